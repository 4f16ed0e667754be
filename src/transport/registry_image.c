/* Knows how a repository is read and written image by image. */
#include "transport/registry_image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fs.h"

#define TAG_USUAL "latest"

/* ---- out of it ---- */

struct repository {
	struct image_source source; /* first */
	struct registry *registry;
	const struct platform *platform;
	char *path, *name; /* name: familiar, whole */
	char *word;        /* tag or digest */
};

static int list(struct image_source *source, struct strv *names,
		struct err *err)
{
	(void)err;
	strv_add(names, ((struct repository *)source)->name);
	return 0;
}

static int open_image(struct image_source *source, const char *ref,
		      struct image_parts *out, struct err *err)
{
	struct repository *from = (struct repository *)source;
	AUTO(image_parts_release) struct image_parts parts = { 0 };
	AUTO(buf_release) struct buf bytes = BUF_INIT;
	AUTO_FREE char *type = NULL;
	struct descriptor config;
	struct digest digest;

	(void)ref;
	if (registry_image_manifest(from->registry, from->path, from->word,
				    from->platform, &bytes, &type, &digest,
				    err) < 0)
		return err->kind != ERR_NOT_FOUND ? -1 :
		       err_wrap(err, "manifest for %s not found", from->name);
	if (image_parts_manifest(&parts, &bytes, type, NULL, err) < 0)
		return -1;
	config = (struct descriptor){ .digest = parts.config_digest,
				      .size = parts.config_size };
	if (registry_blob_bytes(from->registry, from->path, &config,
				IMAGE_CONFIG_MAX, &parts.config, err) < 0)
		return -1;
	*out = parts;
	parts = (struct image_parts){ 0 };
	return 0;
}

static int read_layer(struct image_source *source,
		      const struct image_parts *parts, size_t index,
		      image_sink *sink, void *arg, struct err *err)
{
	struct repository *from = (struct repository *)source;

	return registry_blob_stream(from->registry, from->path,
				    &parts->layers[index], sink, arg, err);
}

static void free_source(struct image_source *source)
{
	struct repository *from = (struct repository *)source;

	free(from->path);
	free(from->name);
	free(from->word);
	free(from);
}

struct image_source *registry_source(struct registry *registry,
				     const struct reference *ref,
				     const struct platform *platform)
{
	static const struct image_source_ops ops = {
		"docker", list, open_image, read_layer, free_source,
	};
	struct repository *from = mem_alloc(sizeof(*from));

	*from = (struct repository){
		.source = { &ops }, .registry = registry,
		.platform = platform, .path = mem_strdup(ref->path),
		.name = reference_familiar(ref),
		.word = mem_strdup(digest_is_set(&ref->digest) ?
				   ref->digest.text : ref->tag),
	};
	return &from->source;
}

/* ---- into it ---- */

struct target {
	struct image_dest dest; /* first */
	struct registry *registry;
	char *path, *from;
	char *offered;          /* an upload, instead of a mount; or NULL */
	int scratch, fd;        /* fd: of the blob that comes, or -1 */
	struct image_check check;
};

/* Sent already, or mounted. */
static int has_blob(struct target *to, const struct digest *digest,
		    struct err *err)
{
	int there = registry_has_blob(to->registry, to->path, digest, NULL,
				      err);

	if (there != 0 || !to->from || strcmp(to->from, to->path) == 0)
		return there;
	free(STEAL(to->offered));
	return registry_mount(to->registry, to->path, to->from, digest,
			      &to->offered, err);
}

static int has_layer(struct image_dest *dest, const struct image_parts *parts,
		     size_t index, struct err *err)
{
	return has_blob((struct target *)dest, &parts->layers[index].digest,
			err);
}

static int open_blob(struct target *to, struct err *err)
{
	to->fd = openat(to->scratch, ".", O_RDWR | O_TMPFILE | O_CLOEXEC,
			0600);
	return to->fd < 0 ? err_sys(err, errno, "cannot keep a blob") : 0;
}

static int write_blob(void *arg, const void *bytes, size_t len,
		      struct err *err)
{
	return fs_write_all(((struct target *)arg)->fd, bytes, len, err);
}

static int begin(struct image_dest *dest, const struct image_parts *parts,
		 size_t index, struct err *err)
{
	struct target *to = (struct target *)dest;

	if (open_blob(to, err) < 0)
		return -1;
	image_check_begin(&to->check, &parts->layers[index], write_blob, to);
	return 0;
}

static int add(void *arg, const void *bytes, size_t len, struct err *err)
{
	return image_check_add(&((struct target *)arg)->check, bytes, len,
			       err);
}

static int send_blob(struct target *to, const struct digest *digest,
		     struct err *err)
{
	AUTO_FD int fd = STEAL_FD(to->fd);
	AUTO_FREE char *offered = STEAL(to->offered);
	off_t size = lseek(fd, 0, SEEK_END);

	if (size < 0)
		return err_sys(err, errno, "cannot read a blob");
	return registry_put_blob(to->registry, to->path, digest, fd, size,
				 offered, NULL, NULL, err);
}

static int end(struct image_dest *dest, struct err *err)
{
	struct target *to = (struct target *)dest;

	return image_check_end(&to->check, 0, err) < 0 ? -1 :
	       send_blob(to, &to->check.blob->digest, err);
}

static int send_config(struct target *to, const struct image_parts *parts,
		       struct err *err)
{
	int there = has_blob(to, &parts->config_digest, err);

	if (there != 0)
		return there < 0 ? -1 : 0;
	if (open_blob(to, err) < 0 ||
	    write_blob(to, parts->config.data, parts->config.len, err) < 0)
		return -1;
	return send_blob(to, &parts->config_digest, err);
}

static int put_image(struct image_dest *dest, const struct image_parts *parts,
		     const char *ref, struct err *err)
{
	struct target *to = (struct target *)dest;
	struct digest wanted;

	if (ref && digest_parse(ref, &wanted) &&
	    !digest_equal(&wanted, &parts->manifest_digest))
		return err_set(err, ERR_INPUT, "the manifest's digest is %s, "
			       "not %s", parts->manifest_digest.text, ref);
	if (send_config(to, parts, err) < 0)
		return -1;
	return registry_put_manifest(to->registry, to->path,
				     ref ? ref : TAG_USUAL, parts->media_type,
				     (struct span){ parts->manifest.data,
						    parts->manifest.len },
				     err);
}

static void free_dest(struct image_dest *dest)
{
	struct target *to = (struct target *)dest;

	sha256_free(to->check.sum);
	if (to->fd >= 0)
		close(to->fd);
	free(to->path);
	free(to->from);
	free(to->offered);
	free(to);
}

struct image_dest *registry_dest(struct registry *registry, const char *path,
				 const char *from, int scratch)
{
	static const struct image_dest_ops ops = {
		has_layer, begin, add, end, put_image, free_dest,
	};
	struct target *to = mem_alloc(sizeof(*to));

	*to = (struct target){
		.dest = { &ops }, .registry = registry, .scratch = scratch,
		.path = mem_strdup(path),
		.from = mem_strdup(from), .fd = -1,
	};
	return &to->dest;
}
