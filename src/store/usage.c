/* Knows docker's sums over the images of a store (daemon/images in 20.10,
 * command/formatter/disk_usage.go). */
#include "store/usage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "store/inside.h"

#define CONTAINER_LIMIT ((size_t)4 << 20)

struct layer_count {
	struct digest chain;
	uint64_t size;
	size_t count;
	UT_hash_handle hh;
};

struct tally {
	struct store *store;
	struct layer_count *layers;
	struct buf containers;  /* their configurations, one after the other */
};

static bool listed(const struct image *image)
{
	return image->tags.count > 0 || image->child_count == 0;
}

static void count_layer(struct tally *tally, const struct layer *layer)
{
	struct layer_count *entry;

	HASH_FIND_STR(tally->layers, layer->chain_id.text, entry);
	if (!entry) {
		entry = mem_alloc(sizeof(*entry));
		entry->chain = layer->chain_id;
		entry->size = layer->size;
		HASH_ADD_STR(tally->layers, chain.text, entry);
	}
	entry->count++;
}

static int layers_of(struct store *store, struct image *image,
		     const struct layer ***out, size_t *count,
		     struct err *err)
{
	const struct image_config *config = store_config(store, image, err);

	return config ? store_layers_of(store, config, out, count, err) : -1;
}

static int count_layers(struct tally *tally, struct image *image,
			struct err *err)
{
	AUTO_FREE const struct layer **layers = NULL;
	size_t count;

	if (layers_of(tally->store, image, &layers, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		count_layer(tally, layers[i]);
	return 0;
}

/* Bytes that only this image of those listed holds. */
static int unshared(struct tally *tally, struct image *image, uint64_t *out,
		    struct err *err)
{
	AUTO_FREE const struct layer **layers = NULL;
	struct layer_count *entry;
	size_t count;

	if (layers_of(tally->store, image, &layers, &count, err) < 0)
		return -1;
	*out = 0;
	for (size_t i = 0; i < count; i++) {
		HASH_FIND_STR(tally->layers, layers[i]->chain_id.text, entry);
		if (entry && entry->count == 1)
			*out += entry->size;
	}
	return 0;
}

static int read_container(void *arg, const char *name, unsigned char type,
			  struct err *err)
{
	AUTO_FREE char *file = mem_printf("containers/%s/config.v2.json",
					  name);
	struct tally *tally = arg;
	struct err ignored = ERR_INIT;

	(void)type;
	(void)err;
	quiet_read(tally->store->root_fd, file, CONTAINER_LIMIT,
		   &tally->containers, &ignored);
	return 0;
}

static bool has_container(const struct tally *tally, const struct image *image)
{
	AUTO_FREE char *field = mem_printf("\"Image\":\"%s\"",
					   image->id.text);

	return tally->containers.len &&
	       memmem(tally->containers.data, tally->containers.len, field,
		      strlen(field));
}

static int sum_images(struct tally *tally, struct image *const *images,
		      size_t count, struct store_usage *out, struct err *err)
{
	uint64_t used = 0, own;
	struct layer_count *entry, *next;

	for (size_t i = 0; i < count; i++)
		if (!listed(images[i]))
			out->intermediate++;
		else if (count_layers(tally, images[i], err) < 0)
			return -1;
	out->images = count - out->intermediate;
	HASH_ITER(hh, tally->layers, entry, next)
		out->size += entry->size;
	for (size_t i = 0; i < count; i++) {
		if (!listed(images[i]) || !has_container(tally, images[i]))
			continue;
		if (unshared(tally, images[i], &own, err) < 0)
			return -1;
		out->active++;
		used += own;
	}
	out->reclaimable = out->size - used;
	return 0;
}

/* Disk blocks, as du counts. */
static int sum_dir(void *arg, int dir, const char *name, struct err *err)
{
	uint64_t *sum = arg;
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 :
		       err_sys(err, errno, "cannot look at '%s'", name);
	*sum += (uint64_t)st.st_blocks * 512;
	if (!S_ISDIR(st.st_mode))
		return 0;
	return fs_each(dir, name, sum_dir, arg, err);
}

int store_count_usage(struct store *store, struct store_usage *out,
		      struct err *err)
{
	struct tally tally = { .store = store };
	struct layer_count *entry, *next;
	struct image *const *images;
	size_t count;
	int rc;

	*out = (struct store_usage){ 0 };
	if (store_images(store, &images, &count, err) < 0)
		return -1;
	rc = store->root_fd < 0 ? 0 :
	     quiet_each(store->root_fd, "containers", read_container, &tally,
			err);
	if (rc == 0)
		rc = sum_images(&tally, images, count, out, err);
	if (rc == 0 && store_private_fd(store) >= 0)
		rc = fs_each(store_private_fd(store), ".", sum_dir, &out->own,
			     err);
	HASH_ITER(hh, tally.layers, entry, next) {
		HASH_DEL(tally.layers, entry);
		free(entry);
	}
	buf_release(&tally.containers);
	return rc;
}
