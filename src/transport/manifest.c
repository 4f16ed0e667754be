/* Knows what stands in manifests and indexes, and which entry is ours. */
#include "transport/manifest.h"

#include <string.h>
#include <strings.h>

#include <jansson.h>

static void descriptor_release(struct descriptor *descriptor)
{
	free(descriptor->media_type);
}

void manifest_release(struct manifest *manifest)
{
	free(manifest->media_type);
	descriptor_release(&manifest->config);
	for (size_t i = 0; i < manifest->count; i++)
		descriptor_release(&manifest->items[i]);
	free(manifest->items);
	*manifest = (struct manifest){ 0 };
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static int read_descriptor(const json_t *object, struct descriptor *out,
			   struct err *err)
{
	const json_t *size = json_object_get(object, "size");
	const char *digest = text_of(object, "digest");

	if (!digest_parse(digest, &out->digest))
		return err_set(err, ERR_INPUT, "invalid manifest: bad digest "
			       "'%.80s'", digest);
	if (!json_is_integer(size) || json_integer_value(size) < 0)
		return err_set(err, ERR_INPUT, "invalid manifest: '%s' has no "
			       "size", digest);
	out->size = json_integer_value(size);
	out->media_type = mem_strdup(text_of(object, "mediaType"));
	out->foreign = strstr(out->media_type, ".foreign.") ||
		       strstr(out->media_type, ".nondistributable.");
	return 0;
}

static int read_list(const json_t *list, size_t max, struct manifest *out,
		     struct err *err)
{
	size_t count = json_array_size(list);

	if (count > max)
		return err_set(err, ERR_INPUT, "invalid manifest: %zu entries "
			       "are more than %zu", count, max);
	out->items = mem_array(count, sizeof(*out->items));
	for (size_t i = 0; i < count; i++) {
		out->count++;
		if (read_descriptor(json_array_get(list, i), &out->items[i],
				    err) < 0)
			return -1;
	}
	return 0;
}

static void copy_word(char *to, size_t size, const char *from)
{
	size_t len = strnlen(from, size - 1);

	memcpy(to, from, len);
	to[len] = '\0';
}

static void read_platform(const json_t *entry, struct platform *out)
{
	const json_t *platform = json_object_get(entry, "platform");
	AUTO_FREE char *text = NULL;
	const char *variant = text_of(platform, "variant");
	struct err ignored = ERR_INIT;

	text = mem_printf("%s/%s%s%s", text_of(platform, "os"),
			  text_of(platform, "architecture"),
			  *variant ? "/" : "", variant);
	if (names_platform(text, out, &ignored) == 0)
		return;
	copy_word(out->os, sizeof(out->os), text_of(platform, "os"));
	copy_word(out->architecture, sizeof(out->architecture),
		  text_of(platform, "architecture"));
	copy_word(out->variant, sizeof(out->variant), variant);
}

static int read_index(const json_t *root, struct manifest *out,
		      struct err *err)
{
	const json_t *list = json_object_get(root, "manifests");

	out->is_index = true;
	if (read_list(list, MANIFEST_ENTRIES_MAX, out, err) < 0)
		return -1;
	for (size_t i = 0; i < out->count; i++)
		read_platform(json_array_get(list, i),
			      &out->items[i].platform);
	return 0;
}

/* As docker: old registries said all sorts of things. */
static bool is_config_type(const char *type)
{
	static const char *const types[] = {
		TYPE_DOCKER_CONFIG, TYPE_OCI_CONFIG,
		"application/octet-stream", "application/json", "text/html", "",
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

/* It may go into another manifest as it is. */
static bool is_layer_type(const char *type)
{
	if (type[strspn(type, "abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-_/")])
		return false;
	return !*type || strncmp(type, "application/vnd.oci.image",
				 strlen("application/vnd.oci.image")) == 0 ||
	       strncmp(type, "application/vnd.docker",
		       strlen("application/vnd.docker")) == 0;
}

static int read_image(const json_t *root, struct manifest *out,
		      struct err *err)
{
	if (!json_is_object(json_object_get(root, "config")) ||
	    !json_is_array(json_object_get(root, "layers")))
		return err_set(err, ERR_UNSUPPORTED,
			       "the manifest is not one of an image");
	if (read_descriptor(json_object_get(root, "config"), &out->config,
			    err) < 0 ||
	    read_list(json_object_get(root, "layers"), MANIFEST_LAYERS_MAX,
		      out, err) < 0)
		return -1;
	if (!is_config_type(out->config.media_type))
		return err_set(err, ERR_UNSUPPORTED, "unsupported media type "
			       "%s", out->config.media_type);
	for (size_t i = 0; i < out->count; i++)
		if (!is_layer_type(out->items[i].media_type))
			return err_set(err, ERR_UNSUPPORTED, "unsupported "
				       "media type %s",
				       out->items[i].media_type);
	return 0;
}

static bool says_index(const json_t *root, const char *type)
{
	const char *own = text_of(root, "mediaType");
	const char *said = type ? type : own;

	if (strncmp(said, TYPE_DOCKER_LIST, strlen(TYPE_DOCKER_LIST)) == 0 ||
	    strncmp(said, TYPE_OCI_INDEX, strlen(TYPE_OCI_INDEX)) == 0)
		return true;
	if (strncmp(said, TYPE_DOCKER_MANIFEST,
		    strlen(TYPE_DOCKER_MANIFEST)) == 0 ||
	    strncmp(said, TYPE_OCI_MANIFEST, strlen(TYPE_OCI_MANIFEST)) == 0)
		return false;
	return json_is_array(json_object_get(root, "manifests"));
}

static int read_root(const json_t *root, const char *type,
		     struct manifest *out, struct err *err)
{
	if (!json_is_object(root))
		return err_set(err, ERR_INPUT, "invalid manifest: it is not "
			       "an object");
	if (json_is_array(json_object_get(root, "fsLayers")))
		return err_set(err, ERR_UNSUPPORTED, "the manifest is of "
			       "schema 1, which registries gave up");
	return says_index(root, type) ? read_index(root, out, err) :
					read_image(root, out, err);
}

int manifest_parse(struct span json, const char *type, struct manifest *out,
		   struct err *err)
{
	json_error_t where;
	json_t *root;
	int rc;

	if (json.len > MANIFEST_MAX)
		return err_set(err, ERR_INPUT, "the manifest has more than "
			       "%zu bytes", MANIFEST_MAX);
	root = json_loadb(json.ptr ? json.ptr : "", json.len, 0, &where);
	if (!root)
		return err_set(err, ERR_INPUT, "invalid manifest: %s",
			       where.text);
	rc = read_root(root, type, out, err);
	if (rc == 0)
		out->media_type = mem_strdup(*text_of(root, "mediaType") ?
					     text_of(root, "mediaType") :
					     type ? type : "");
	json_decref(root);
	return rc;
}

/* arm64 is v8 wherever it is not said. */
static const char *variant_of(const struct platform *platform)
{
	return strcmp(platform->architecture, "arm64") == 0 &&
	       strcmp(platform->variant, "v8") == 0 ? "" : platform->variant;
}

static bool fits(const struct platform *have, const struct platform *want,
		 bool variant)
{
	return strcmp(have->os, want->os) == 0 &&
	       strcmp(have->architecture, want->architecture) == 0 &&
	       (!variant ||
		strcmp(variant_of(have), variant_of(want)) == 0);
}

int manifest_choose(const struct manifest *index,
		    const struct platform *wanted,
		    const struct descriptor **out, struct err *err)
{
	bool arm = strcmp(wanted->architecture, "arm") == 0;

	for (int loose = 0; loose <= arm; loose++)
		for (size_t i = 0; i < index->count; i++)
			if (fits(&index->items[i].platform, wanted, !loose)) {
				*out = &index->items[i];
				return 0;
			}
	return err_set(err, ERR_NOT_FOUND, "no matching manifest for %s/%s%s%s "
		       "in the manifest list entries", wanted->os,
		       wanted->architecture, *wanted->variant ? "/" : "",
		       wanted->variant);
}

static void format_descriptor(const struct descriptor *d, const char *indent,
			      struct buf *out)
{
	buf_addf(out, "{\n%s   \"mediaType\": \"%s\",\n%s   \"size\": %lld,\n"
		 "%s   \"digest\": \"%s\"\n%s}", indent, d->media_type, indent,
		 (long long)d->size, indent, d->digest.text, indent);
}

void manifest_format(const struct descriptor *config,
		     const struct descriptor *layers, size_t count,
		     struct buf *out)
{
	buf_adds(out, "{\n   \"schemaVersion\": 2,\n   \"mediaType\": \""
		 TYPE_DOCKER_MANIFEST "\",\n   \"config\": ");
	format_descriptor(config, "   ", out);
	buf_adds(out, ",\n   \"layers\": [");
	for (size_t i = 0; i < count; i++) {
		buf_adds(out, i ? ",\n      " : "\n      ");
		format_descriptor(&layers[i], "      ", out);
	}
	buf_adds(out, count ? "\n   ]\n}" : "]\n}");
}
