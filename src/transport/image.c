/* Knows how a manifest is taken apart, and how bytes are held against what
 * their descriptor says. */
#include "transport/image.h"

#include <string.h>

#define OCI_FOREIGN "application/vnd.oci.image.layer.nondistributable.v1.tar"

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

int image_parts_manifest(struct image_parts *parts, struct buf *bytes,
			 const char *type, const struct digest *expected,
			 struct err *err)
{
	AUTO(manifest_release) struct manifest manifest = { 0 };

	digest_make(bytes->data ? bytes->data : "", bytes->len,
		    &parts->manifest_digest);
	if (expected && digest_is_set(expected) &&
	    !digest_equal(expected, &parts->manifest_digest))
		return err_set(err, ERR_CORRUPT, "manifest %s has the digest "
			       "%s", expected->text,
			       parts->manifest_digest.text);
	if (manifest_parse((struct span){ bytes->data, bytes->len }, type,
			   &manifest, err) < 0)
		return -1;
	if (manifest.is_index)
		return err_set(err, ERR_UNSUPPORTED,
			       "the manifest is not one of an image");
	parts->media_type = *manifest.media_type ?
			    STEAL(manifest.media_type) :
			    mem_strdup(TYPE_OCI_MANIFEST);
	parts->config_digest = manifest.config.digest;
	parts->config_size = manifest.config.size;
	parts->config_type = STEAL(manifest.config.media_type);
	parts->layers = STEAL(manifest.items);
	parts->layer_count = manifest.count;
	manifest.count = 0;
	parts->manifest = *bytes;
	*bytes = (struct buf)BUF_INIT;
	return 0;
}

static void format_blob(struct buf *out, const char *type,
			const struct digest *digest, int64_t size)
{
	buf_addf(out, "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%lld}",
		 type, digest->text, (long long)size);
}

/* What OCI calls a layer that Docker has a name for. */
static const char *layer_type(const char *type)
{
	bool foreign = strstr(type, ".foreign.") != NULL;

	if (strncmp(type, "application/vnd.docker.",
		    strlen("application/vnd.docker.")) != 0)
		return type;
	if (strstr(type, "gzip"))
		return foreign ? OCI_FOREIGN "+gzip" : TYPE_OCI_LAYER "+gzip";
	if (strstr(type, "zstd"))
		return foreign ? OCI_FOREIGN "+zstd" : TYPE_OCI_LAYER "+zstd";
	return foreign ? OCI_FOREIGN : TYPE_OCI_LAYER;
}

void image_parts_oci(const struct image_parts *parts, struct buf *out)
{
	buf_clear(out);
	buf_adds(out, "{\"schemaVersion\":2,\"mediaType\":\""
		      TYPE_OCI_MANIFEST "\",\"config\":");
	format_blob(out, TYPE_OCI_CONFIG, &parts->config_digest,
		    (int64_t)parts->config.len);
	buf_adds(out, ",\"layers\":[");
	for (size_t i = 0; i < parts->layer_count; i++) {
		buf_adds(out, i ? "," : "");
		format_blob(out, layer_type(parts->layers[i].media_type),
			    &parts->layers[i].digest, parts->layers[i].size);
	}
	buf_adds(out, "]}");
}

void image_parts_make(struct image_parts *parts)
{
	digest_make(parts->config.data, parts->config.len,
		    &parts->config_digest);
	free(parts->media_type);
	free(parts->config_type);
	parts->media_type = mem_strdup(TYPE_OCI_MANIFEST);
	parts->config_type = mem_strdup(TYPE_OCI_CONFIG);
	image_parts_oci(parts, &parts->manifest);
	digest_make(parts->manifest.data, parts->manifest.len,
		    &parts->manifest_digest);
}

/* ---- what comes is what was said ---- */

void image_check_begin(struct image_check *check, const struct descriptor *blob,
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
