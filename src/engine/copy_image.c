/* Knows how layers and configurations of the store become an image elsewhere,
 * and the other way round. */
#include "engine/copy_image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "engine/register.h"
#include "spec/reference.h"

/* ---- out of it ---- */

struct from {
	struct image_source source; /* first */
	struct store *store;
};

static int list(struct image_source *source, struct strv *names,
		struct err *err)
{
	struct image *const *images;
	size_t count;

	if (store_images(((struct from *)source)->store, &images, &count,
			 err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		strv_add(names, images[i]->tags.count ?
					images[i]->tags.items[0] : "");
	return 0;
}

static int find(struct store *store, const char *ref, struct image **out,
		struct err *err)
{
	struct image *const *images;
	size_t count, index;
	int found;

	if (ref && *ref != '@') {
		found = store_find(store, ref, out, err);
		return found == 0 ? err_set(err, ERR_NOT_FOUND, "no image '%s' "
					    "in '%s'", ref, store_root(store)) :
		       found < 0 ? -1 : 0;
	}
	if (store_images(store, &images, &count, err) < 0)
		return -1;
	index = ref ? strtoul(ref + 1, NULL, 10) : 0;
	if (index >= count || (!ref && count != 1))
		return err_set(err, ERR_INPUT, "name one of the %zu images in "
			       "'%s'", count, store_root(store));
	*out = images[index];
	return 0;
}

static int count_bytes(void *arg, const void *bytes, size_t len,
		       struct err *err)
{
	(void)bytes;
	(void)err;
	*(int64_t *)arg += (int64_t)len;
	return 0;
}

/* A descriptor holds the length of the tar, which only the whole tar tells. */
static int take_layers(struct store *store, const struct image_config *config,
		       struct image_parts *parts, struct err *err)
{
	AUTO_FREE const struct layer **layers = NULL;
	size_t count;

	if (store_layers_of(store, config, &layers, &count, err) < 0)
		return -1;
	parts->layers = mem_array(count + 1, sizeof(*parts->layers));
	for (size_t i = 0; i < count; i++) {
		struct descriptor *blob = &parts->layers[parts->layer_count++];

		blob->digest = layers[i]->diff_id;
		blob->media_type = mem_strdup(TYPE_OCI_LAYER);
		if (store_layer_tar(store, layers[i], count_bytes, &blob->size,
				    err) < 0)
			return -1;
	}
	return 0;
}

static int open_image(struct image_source *source, const char *ref,
		      struct image_parts *out, struct err *err)
{
	struct store *store = ((struct from *)source)->store;
	AUTO(image_parts_release) struct image_parts parts = { 0 };
	const struct image_config *config;
	struct image *image;

	if (find(store, ref, &image, err) < 0)
		return -1;
	config = store_config(store, image, err);
	if (!config ||
	    store_config_bytes(store, &image->id, &parts.config, err) < 0 ||
	    take_layers(store, config, &parts, err) < 0)
		return -1;
	image_parts_make(&parts);
	*out = parts;
	parts = (struct image_parts){ 0 };
	return 0;
}

static int read_layer(struct image_source *source,
		      const struct image_parts *parts, size_t index,
		      image_sink *sink, void *arg, struct err *err)
{
	struct store *store = ((struct from *)source)->store;
	const struct layer *layer;
	struct image_check check;
	struct digest chain = { "" };
	int found;

	for (size_t i = 0; i <= index; i++) {
		struct digest below = chain;

		digest_chain(&below, &parts->layers[i].digest, &chain);
	}
	found = store_layer(store, &chain, &layer, err);
	if (found <= 0)
		return found < 0 ? -1 :
		       err_set(err, ERR_CORRUPT, "layer '%s' is missing",
			       chain.text);
	image_check_begin(&check, &parts->layers[index], sink, arg);
	return image_check_end(&check, store_layer_tar(store, layer,
						       image_check_add, &check,
						       err), err);
}

static void free_source(struct image_source *source)
{
	free(source);
}

struct image_source *copy_image_from(struct store *store)
{
	static const struct image_source_ops ops = {
		"", list, open_image, read_layer, free_source,
	};
	struct from *from = mem_alloc(sizeof(*from));

	*from = (struct from){ { &ops }, store };
	return &from->source;
}

/* ---- into it ---- */

struct to {
	struct image_dest dest; /* first */
	struct store *store;
	int fd;                 /* the layer's bytes, on their way */
	struct digest parent, diff;
};

/* The chain below a layer, and the diff ID it has to have. */
static int place(const struct image_parts *parts, size_t index,
		 struct digest *parent, struct digest *diff, struct err *err)
{
	AUTO(image_config_release) struct image_config config;
	struct digest chain = { "" };

	image_config_init(&config);
	if (image_config_parse(parts->config.data ? parts->config.data : "",
			       parts->config.len, &config, err) < 0)
		return err_wrap(err, "the image's configuration");
	if (config.diff_id_count != parts->layer_count)
		return err_set(err, ERR_INPUT, "the manifest has %zu layers "
			       "and the configuration %zu", parts->layer_count,
			       config.diff_id_count);
	for (size_t i = 0; i < index; i++) {
		struct digest below = chain;

		digest_chain(&below, &config.diff_ids[i], &chain);
	}
	*parent = chain;
	if (diff)
		*diff = config.diff_ids[index];
	return 0;
}

static int has_layer(struct image_dest *dest, const struct image_parts *parts,
		     size_t index, struct err *err)
{
	struct to *to = (struct to *)dest;
	const struct layer *layer;
	struct digest chain;

	if (place(parts, index, &to->parent, &to->diff, err) < 0)
		return -1;
	digest_chain(&to->parent, &to->diff, &chain);
	return store_layer(to->store, &chain, &layer, err);
}

static int begin(struct image_dest *dest, const struct image_parts *parts,
		 size_t index, struct err *err)
{
	struct to *to = (struct to *)dest;

	if (place(parts, index, &to->parent, &to->diff, err) < 0)
		return -1;
	to->fd = openat(store_private_fd(to->store), ".",
			O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	return to->fd < 0 ? err_sys(err, errno, "cannot keep a layer") : 0;
}

static int add(void *arg, const void *bytes, size_t len, struct err *err)
{
	return fs_write_all(((struct to *)arg)->fd, bytes, len, err);
}

static int end(struct image_dest *dest, struct err *err)
{
	struct to *to = (struct to *)dest;
	struct digest made, chain;
	AUTO_FD int fd = STEAL_FD(to->fd);
	off_t size = lseek(fd, 0, SEEK_END);

	if (size < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, errno, "cannot read a layer");
	return register_layer_within(to->store, fd,
				     register_limit((uint64_t)size),
				     &to->parent, &to->diff, &made, &chain,
				     err);
}

static int put_image(struct image_dest *dest, const struct image_parts *parts,
		     const char *ref, struct err *err)
{
	struct store *store = ((struct to *)dest)->store;
	AUTO(reference_release) struct reference name = { 0 };
	AUTO_FREE char *familiar = NULL;
	struct digest none = { "" }, id;
	struct image *image;
	int found;

	if (place(parts, 0, &none, NULL, err) < 0 ||
	    (ref && reference_parse(ref, &name, err) < 0))
		return -1;
	digest_make(parts->config.data, parts->config.len, &id);
	found = store_image(store, &id, &image, err);
	if (found < 0 ||
	    (!found && store_put_image(store, parts->config.data,
				       parts->config.len, &none, &id, err) < 0))
		return -1;
	if (!ref)
		return 0;
	reference_default_tag(&name);
	familiar = reference_familiar(&name);
	return store_tag_undated(store, familiar, &id, NULL, err);
}

static void free_dest(struct image_dest *dest)
{
	if (((struct to *)dest)->fd >= 0)
		close(((struct to *)dest)->fd);
	free(dest);
}

struct image_dest *copy_image_to(struct store *store)
{
	static const struct image_dest_ops ops = {
		has_layer, begin, add, end, put_image, free_dest,
	};
	struct to *to = mem_alloc(sizeof(*to));

	*to = (struct to){ .dest = { &ops }, .store = store, .fd = -1 };
	return &to->dest;
}
