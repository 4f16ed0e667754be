/* Knows how an OCI image layout grows: blobs first, then the index. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "base/fs.h"
#include "transport/layout.h"

#define BLOBS "blobs/sha256/"
#define TEMPORARY BLOBS ".tmp"
#define REF_NAME "org.opencontainers.image.ref.name"
static const char version[] = "{\"imageLayoutVersion\": \"1.0.0\"}";

struct layout_dest {
	struct image_dest dest; /* first */
	int dir, fd;            /* fd: of the layer that comes */
	struct image_check check;
};

static int write_bytes(void *arg, const void *bytes, size_t len,
		       struct err *err)
{
	return fs_write_all(*(int *)arg, bytes, len, err);
}

static int has_layer(struct image_dest *dest, const struct image_parts *parts,
		     size_t index, struct err *err)
{
	struct layout_dest *layout = (struct layout_dest *)dest;
	const struct descriptor *blob = &parts->layers[index];
	char path[96];
	struct stat st;

	(void)err;
	snprintf(path, sizeof(path), BLOBS "%s", DIGEST_HEX(&blob->digest));
	return fstatat(layout->dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode) &&
	       (blob->size < 0 || st.st_size == blob->size);
}

static int begin(struct image_dest *dest, const struct image_parts *parts,
		 size_t index, struct err *err)
{
	struct layout_dest *layout = (struct layout_dest *)dest;

	unlinkat(layout->dir, TEMPORARY, 0);
	layout->fd = openat(layout->dir, TEMPORARY,
			    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (layout->fd < 0)
		return err_sys(err, errno, "cannot write a blob");
	image_check_begin(&layout->check, &parts->layers[index], write_bytes,
			  &layout->fd);
	return 0;
}

static int add(void *arg, const void *bytes, size_t len, struct err *err)
{
	return image_check_add(&((struct layout_dest *)arg)->check, bytes,
			       len, err);
}

static int end(struct image_dest *dest, struct err *err)
{
	struct layout_dest *layout = (struct layout_dest *)dest;
	char path[96];

	snprintf(path, sizeof(path), BLOBS "%s",
		 DIGEST_HEX(&layout->check.blob->digest));
	close(STEAL_FD(layout->fd));
	if (image_check_end(&layout->check, 0, err) < 0)
		return -1;
	if (renameat(layout->dir, TEMPORARY, layout->dir, path) < 0)
		return err_sys(err, errno, "cannot write blob '%s'", path);
	return 0;
}

/* ---- the index ---- */

static int put_blob(int dir, const struct digest *digest,
		    const struct buf *bytes, struct err *err)
{
	char path[96];

	snprintf(path, sizeof(path), BLOBS "%s", DIGEST_HEX(digest));
	return fs_write_atomic(dir, path, bytes->data, bytes->len, 0644, false,
			       err);
}

static json_t *read_index(int dir, struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	int found = fs_read(dir, "index.json", MANIFEST_MAX, &text, err);
	json_t *json;

	if (found < 0)
		return NULL;
	if (!found)
		return json_pack("{s:i, s:[]}", "schemaVersion", 2,
				 "manifests");
	json = json_loadb(text.data ? text.data : "", text.len, 0, NULL);
	if (json_is_array(json_object_get(json, "manifests")))
		return json;
	json_decref(json);
	err_set(err, ERR_INPUT, "the layout's index is damaged");
	return NULL;
}

/* What had the name loses it: it goes, as skopeo has it. */
static void add_entry(json_t *entries, const struct digest *manifest,
		      size_t size, const char *ref)
{
	json_t *entry = json_pack("{s:s, s:s, s:I}", "mediaType",
				  TYPE_OCI_MANIFEST, "digest", manifest->text,
				  "size", (json_int_t)size);

	for (size_t i = json_array_size(entries); i-- > 0;) {
		json_t *old = json_array_get(entries, i);
		const char *name = json_string_value(json_object_get(
			json_object_get(old, "annotations"), REF_NAME));
		const char *digest =
			json_string_value(json_object_get(old, "digest"));
		bool same = digest && strcmp(digest, manifest->text) == 0;

		if (ref && name ? strcmp(name, ref) == 0 :
				  !ref && !name && same)
			json_array_remove(entries, i);
	}
	if (ref)
		json_object_set_new(entry, "annotations",
				    json_pack("{s:s}", REF_NAME, ref));
	json_array_append_new(entries, entry);
}

static int put_image(struct image_dest *dest, const struct image_parts *parts,
		     const char *ref, struct err *err)
{
	int dir = ((struct layout_dest *)dest)->dir;
	bool docker = strcmp(parts->media_type, TYPE_OCI_MANIFEST) != 0;
	AUTO(buf_release) struct buf oci = BUF_INIT;
	const struct buf *manifest = docker ? &oci : &parts->manifest;
	struct digest digest = parts->manifest_digest;
	AUTO_FREE char *text = NULL;
	json_t *index;

	/* Layouts hold manifests of OCI only; nobody reads others in them. */
	for (size_t i = 0; docker && i < parts->layer_count; i++)
		if (parts->layers[i].foreign)
			return err_set(err, ERR_UNSUPPORTED, "layer %s lies "
				       "elsewhere, which a layout cannot say",
				       parts->layers[i].digest.text);
	if (docker) {
		image_parts_oci(parts, &oci);
		digest_make(oci.data, oci.len, &digest);
	}
	if (put_blob(dir, &parts->config_digest, &parts->config, err) < 0 ||
	    put_blob(dir, &digest, manifest, err) < 0)
		return -1;
	index = read_index(dir, err);
	if (!index)
		return -1;
	add_entry(json_object_get(index, "manifests"), &digest, manifest->len,
		  ref);
	text = json_dumps(index, JSON_COMPACT);
	json_decref(index);
	return fs_write_atomic(dir, "index.json", text, strlen(text), 0644,
			       true, err);
}

static void free_dest(struct image_dest *dest)
{
	struct layout_dest *layout = (struct layout_dest *)dest;

	sha256_free(layout->check.sum);
	if (layout->fd >= 0) {
		close(layout->fd);
		unlinkat(layout->dir, TEMPORARY, 0);
	}
	free(layout);
}

int layout_dest(int dir, struct image_dest **out, struct err *err)
{
	static const struct image_dest_ops ops = {
		has_layer, begin, add, end, put_image, free_dest,
	};
	struct layout_dest *layout;

	if (fs_mkdir_p(dir, "blobs/sha256", 0755, err) < 0 ||
	    fs_write_atomic(dir, "oci-layout", version, strlen(version), 0644,
			    false, err) < 0)
		return err_wrap(err, "cannot make an OCI image layout");
	layout = mem_alloc(sizeof(*layout));
	*layout = (struct layout_dest){ .dest = { &ops }, .dir = dir,
					.fd = -1 };
	*out = &layout->dest;
	return 0;
}
