/* Knows how a manifest is taken apart, and how bytes are held against what
 * their descriptor says. */
#include "transport/image.h"

#include <string.h>

#include <jansson.h>

void image_parts_release(struct image_parts *parts)
{
	for (size_t i = 0; i < parts->layer_count; i++)
		free(parts->layers[i].media_type);
	free(parts->layers);
	free(parts->media_type);
	free(parts->config_type);
	buf_release(&parts->manifest);
	buf_release(&parts->config);
	*parts = (struct image_parts){ 0 };
}

void image_source_free(struct image_source *source)
{
	if (source)
		source->ops->free(source);
}

void image_dest_free(struct image_dest *dest)
{
	if (dest)
		dest->ops->free(dest);
}

/* ---- manifests ---- */

static int take_blob(const json_t *json, struct blob *out, struct err *err)
{
	const char *digest = json_string_value(json_object_get(json, "digest"));
	const char *type =
		json_string_value(json_object_get(json, "mediaType"));
	const json_t *size = json_object_get(json, "size");

	if (!digest || !digest_parse(digest, &out->digest))
		return err_set(err, ERR_INPUT, "a descriptor's digest '%s' is "
			       "not a sha256", digest ? digest : "");
	out->size = json_is_integer(size) ? json_integer_value(size) : -1;
	out->media_type = mem_strdup(type ? type : "");
	return 0;
}

static int take_manifest(struct image_parts *parts, const json_t *json,
			 struct err *err)
{
	const json_t *layers = json_object_get(json, "layers");
	const char *type =
		json_string_value(json_object_get(json, "mediaType"));
	size_t count = json_array_size(layers);
	struct blob config = { .size = -1 };

	if (!json_is_object(json_object_get(json, "config")) ||
	    !json_is_array(layers))
		return err_set(err, ERR_UNSUPPORTED,
			       "the manifest is not one of an image");
	if (count > IMAGE_LAYERS_MAX)
		return err_set(err, ERR_INPUT, "the manifest has more than %d "
			       "layers", IMAGE_LAYERS_MAX);
	if (take_blob(json_object_get(json, "config"), &config, err) < 0)
		return err_wrap(err, "the manifest's config");
	parts->config_digest = config.digest;
	parts->config_type = config.media_type;
	parts->media_type = mem_strdup(type ? type : OCI_MANIFEST);
	parts->layers = mem_array(count + 1, sizeof(*parts->layers));
	for (size_t i = 0; i < count; i++) {
		parts->layer_count = i + 1;
		if (take_blob(json_array_get(layers, i), &parts->layers[i],
			      err) < 0)
			return err_wrap(err, "layer %zu of the manifest", i);
	}
	return 0;
}

int image_parts_manifest(struct image_parts *parts, struct buf *bytes,
			 const struct digest *expected, struct err *err)
{
	json_error_t where;
	json_t *json;
	int done;

	digest_make(bytes->data, bytes->len, &parts->manifest_digest);
	if (expected && digest_is_set(expected) &&
	    !digest_equal(expected, &parts->manifest_digest))
		return err_set(err, ERR_CORRUPT, "manifest %s has the digest "
			       "%s", expected->text,
			       parts->manifest_digest.text);
	json = json_loadb(bytes->data ? bytes->data : "", bytes->len, 0,
			  &where);
	if (!json)
		return err_set(err, ERR_INPUT, "the manifest is damaged: %s",
			       where.text);
	done = take_manifest(parts, json, err);
	json_decref(json);
	buf_release(&parts->manifest);
	parts->manifest = *bytes;
	*bytes = (struct buf)BUF_INIT;
	return done;
}

static void format_blob(struct buf *out, const char *type,
			const struct digest *digest, int64_t size)
{
	buf_addf(out, "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%lld}",
		 type, digest->text, (long long)size);
}

void image_parts_make(struct image_parts *parts)
{
	struct buf *out = &parts->manifest;

	digest_make(parts->config.data, parts->config.len,
		    &parts->config_digest);
	free(parts->media_type);
	free(parts->config_type);
	parts->media_type = mem_strdup(OCI_MANIFEST);
	parts->config_type = mem_strdup(OCI_CONFIG);
	buf_clear(out);
	buf_adds(out, "{\"schemaVersion\":2,\"mediaType\":\"" OCI_MANIFEST
		      "\",\"config\":");
	format_blob(out, OCI_CONFIG, &parts->config_digest,
		    (int64_t)parts->config.len);
	buf_adds(out, ",\"layers\":[");
	for (size_t i = 0; i < parts->layer_count; i++) {
		buf_adds(out, i ? "," : "");
		format_blob(out, parts->layers[i].media_type,
			    &parts->layers[i].digest, parts->layers[i].size);
	}
	buf_adds(out, "]}");
	digest_make(out->data, out->len, &parts->manifest_digest);
}

/* ---- what comes is what was said ---- */

void image_check_begin(struct image_check *check, const struct blob *blob,
		       image_sink *sink, void *arg)
{
	*check = (struct image_check){ .blob = blob, .sink = sink,
				       .arg = arg, .sum = sha256_new() };
}

int image_check_add(void *arg, const void *bytes, size_t len, struct err *err)
{
	struct image_check *check = arg;

	check->bytes += (int64_t)len;
	if (check->blob->size >= 0 && check->bytes > check->blob->size)
		return err_set(err, ERR_CORRUPT, "blob %s is longer than %lld "
			       "bytes", check->blob->digest.text,
			       (long long)check->blob->size);
	sha256_add(check->sum, bytes, len);
	return check->sink ? check->sink(check->arg, bytes, len, err) : 0;
}

int image_check_end(struct image_check *check, int done, struct err *err)
{
	struct digest sum;

	sha256_end(check->sum, &sum);
	sha256_free(check->sum);
	check->sum = NULL;
	if (done < 0)
		return -1;
	if (check->blob->size >= 0 && check->bytes != check->blob->size)
		return err_set(err, ERR_CORRUPT, "blob %s has %lld bytes, not "
			       "%lld", check->blob->digest.text,
			       (long long)check->bytes,
			       (long long)check->blob->size);
	if (!digest_equal(&sum, &check->blob->digest))
		return err_set(err, ERR_CORRUPT, "blob %s has the digest %s",
			       check->blob->digest.text, sum.text);
	return 0;
}

/* ---- from one to the other ---- */

static int add(void *arg, const void *bytes, size_t len, struct err *err)
{
	struct image_dest *dest = arg;

	return dest->ops->add(dest, bytes, len, err);
}

int image_send(struct image_source *source, const struct image_parts *parts,
	       struct image_dest *dest, const char *ref, struct err *err)
{
	for (size_t i = 0; i < parts->layer_count; i++) {
		int there = dest->ops->has_layer(dest, parts, i, err);

		if (there < 0)
			return -1;
		if (there)
			continue;
		if (dest->ops->begin(dest, parts, i, err) < 0 ||
		    source->ops->layer(source, parts, i, add, dest, err) < 0 ||
		    dest->ops->end(dest, err) < 0)
			return -1;
	}
	return dest->ops->put_image(dest, parts, ref, err);
}
