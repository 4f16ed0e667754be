/* Knows where things lie in an OCI image layout, and which entry of its index
 * a name means. */
#include "transport/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "base/fs.h"
#include "spec/names.h"

#define CHUNK ((size_t)128 * 1024)
#define NESTING_MAX 8
#define REF_NAME "org.opencontainers.image.ref.name"
#define IMAGE_NAME "io.containerd.image.name"

struct layout {
	struct image_source source; /* first */
	int dir;
	json_t *index;
};

/* ---- blobs ---- */

static void blob_path(const struct digest *digest, char out[96])
{
	snprintf(out, 96, "blobs/sha256/%s", DIGEST_HEX(digest));
}

/* Links are followed inside the layout only. */
static int open_file(int dir, const char *path, struct err *err)
{
	AUTO_FD int fd = fs_open_in_root(
		dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, err);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(err, ERR_INPUT, "'%s' is not a file", path);
	return STEAL_FD(fd);
}

static int read_file(int dir, const char *path, size_t limit, struct buf *out,
		     struct err *err)
{
	AUTO_FD int fd = open_file(dir, path, err);

	return fd < 0 ? -1 : fs_read_fd(fd, limit, out, err);
}

static int read_blob(int dir, const struct digest *digest, size_t limit,
		     struct buf *out, struct err *err)
{
	struct digest sum;
	char path[96];

	blob_path(digest, path);
	if (read_file(dir, path, limit, out, err) < 0)
		return -1;
	digest_make(out->data, out->len, &sum);
	if (!digest_equal(&sum, digest))
		return err_set(err, ERR_CORRUPT, "blob %s has the digest %s",
			       digest->text, sum.text);
	return 0;
}

/* ---- the index ---- */

static int parse_index(const struct buf *text, json_t **out, struct err *err)
{
	json_error_t where;
	json_t *json = json_loadb(text->data ? text->data : "", text->len, 0,
				  &where);

	if (json_is_array(json_object_get(json, "manifests"))) {
		*out = json;
		return 0;
	}
	err_set(err, ERR_INPUT, "the index is damaged: %s",
		json ? "it has no list of manifests" : where.text);
	json_decref(json);
	return -1;
}

static const char *text_of(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text ? text : "";
}

static bool is_attestation(const json_t *entry)
{
	const json_t *notes = json_object_get(entry, "annotations");
	const json_t *platform = json_object_get(entry, "platform");

	return strcmp(text_of(notes, "vnd.docker.reference.type"),
		      "attestation-manifest") == 0 ||
	       strcmp(text_of(platform, "architecture"), "unknown") == 0;
}

static bool is_index(const json_t *entry)
{
	const char *type = text_of(entry, "mediaType");

	return strcmp(type, TYPE_OCI_INDEX) == 0 || strstr(type, "manifest.list");
}

/* No platform said: it may be ours. */
static bool is_ours(const json_t *entry)
{
	const json_t *json = json_object_get(entry, "platform");
	const char *os = text_of(json, "os");
	const char *arch = text_of(json, "architecture");
	const struct platform *host = names_host_platform();

	return (!*os || strcmp(os, "linux") == 0) &&
	       (!*arch || strcmp(arch, host->architecture) == 0);
}

static const char *name_of(const json_t *entry)
{
	const json_t *notes = json_object_get(entry, "annotations");
	const char *name = text_of(notes, IMAGE_NAME);

	return *name ? name : text_of(notes, REF_NAME);
}

static bool has_name(const json_t *entry, const char *ref)
{
	const json_t *notes = json_object_get(entry, "annotations");

	return strcmp(ref, text_of(notes, REF_NAME)) == 0 ||
	       strcmp(ref, text_of(notes, IMAGE_NAME)) == 0 ||
	       strcmp(ref, text_of(entry, "digest")) == 0;
}

static int list(struct image_source *source, struct strv *names,
		struct err *err)
{
	struct layout *layout = (struct layout *)source;
	json_t *entries = json_object_get(layout->index, "manifests");

	(void)err;
	for (size_t i = 0; i < json_array_size(entries); i++)
		strv_add(names, name_of(json_array_get(entries, i)));
	return 0;
}

/* NULL and err if none, or with no name more than one. */
static json_t *find_entry(struct layout *layout, const char *ref,
			  struct err *err)
{
	json_t *entries = json_object_get(layout->index, "manifests");
	size_t count = json_array_size(entries);
	json_t *found = NULL;

	if (ref && *ref == '@' && strspn(ref + 1, "0123456789") ==
	    strlen(ref + 1))
		return json_array_get(entries, strtoul(ref + 1, NULL, 10));
	for (size_t i = 0; i < count; i++) {
		json_t *entry = json_array_get(entries, i);

		if (ref ? !has_name(entry, ref) : is_attestation(entry))
			continue;
		if (found && !ref) {
			err_set(err, ERR_INPUT, "there is more than one image "
				"in the layout: name one of them");
			return NULL;
		}
		found = entry;
	}
	if (!found)
		err_set(err, ERR_NOT_FOUND, "no image '%s' in the layout",
			ref ? ref : "");
	return found;
}

static int open_entry(struct layout *layout, const json_t *entry, int depth,
		      struct image_parts *out, struct err *err);

static int open_index(struct layout *layout, const struct buf *text, int depth,
		      struct image_parts *out, struct err *err)
{
	json_t *index, *entries;
	int done = 1;

	if (parse_index(text, &index, err) < 0)
		return -1;
	entries = json_object_get(index, "manifests");
	for (size_t i = 0; done == 1 && i < json_array_size(entries); i++) {
		const json_t *entry = json_array_get(entries, i);

		if (!is_attestation(entry) && (is_ours(entry) ||
					       is_index(entry)))
			done = open_entry(layout, entry, depth + 1, out, err);
	}
	json_decref(index);
	return done;
}

/* 0 opened, 1 nothing for this platform in it, -1. */
static int open_entry(struct layout *layout, const json_t *entry, int depth,
		      struct image_parts *out, struct err *err)
{
	const char *digest_text = text_of(entry, "digest");
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct digest digest;

	if (!digest_parse(digest_text, &digest))
		return err_set(err, ERR_INPUT, "the digest '%s' in the index "
			       "is not a sha256", digest_text);
	if (depth > NESTING_MAX)
		return err_set(err, ERR_INPUT, "the index is nested deeper "
			       "than %d", NESTING_MAX);
	if (read_blob(layout->dir, &digest, MANIFEST_MAX, &text, err) <
	    0)
		return err_wrap(err, "cannot read a manifest");
	if (is_index(entry))
		return open_index(layout, &text, depth, out, err);
	return image_parts_manifest(out, &text, text_of(entry, "mediaType"),
				    &digest, err);
}

static int open_image(struct image_source *source, const char *ref,
		      struct image_parts *out, struct err *err)
{
	struct layout *layout = (struct layout *)source;
	AUTO(image_parts_release) struct image_parts parts = { 0 };
	json_t *entry = find_entry(layout, ref, err);
	int done = entry ? open_entry(layout, entry, 0, &parts, err) : -1;

	if (done == 1)
		return err_set(err, ERR_NOT_FOUND, "no image for linux/%s in "
			       "the index", names_host_platform()->architecture);
	if (done < 0)
		return -1;
	if (read_blob(layout->dir, &parts.config_digest, IMAGE_CONFIG_MAX,
		      &parts.config, err) < 0)
		return err_wrap(err, "cannot read the image configuration");
	*out = parts;
	parts = (struct image_parts){ 0 };
	return 0;
}

static int pour(int fd, struct image_check *check, struct err *err)
{
	AUTO_FREE char *chunk = mem_alloc(CHUNK);
	ssize_t n;

	while ((n = read(fd, chunk, CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, errno, "cannot read a blob");
		if (image_check_add(check, chunk, (size_t)n, err) < 0)
			return -1;
	}
	return 0;
}

static int read_layer(struct image_source *source,
		      const struct image_parts *parts, size_t index,
		      image_sink *sink, void *arg, struct err *err)
{
	struct layout *layout = (struct layout *)source;
	const struct descriptor *blob = &parts->layers[index];
	struct image_check check;
	AUTO_FD int fd = -1;
	char path[96];

	blob_path(&blob->digest, path);
	fd = open_file(layout->dir, path, err);
	if (fd < 0)
		return -1;
	image_check_begin(&check, blob, sink, arg);
	return image_check_end(&check, pour(fd, &check, err), err);
}

static void free_source(struct image_source *source)
{
	json_decref(((struct layout *)source)->index);
	free(source);
}

int layout_source(int dir, struct image_source **out, struct err *err)
{
	static const struct image_source_ops ops = {
		"oci", list, open_image, read_layer, free_source,
	};
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct layout *layout;
	json_t *index;

	if (read_file(dir, "index.json", MANIFEST_MAX, &text, err) < 0)
		return err_wrap(err, "not an OCI image layout");
	if (parse_index(&text, &index, err) < 0)
		return -1;
	layout = mem_alloc(sizeof(*layout));
	*layout = (struct layout){ { &ops }, dir, index };
	*out = &layout->source;
	return 0;
}
