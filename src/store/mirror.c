/* Knows how a root repeats the images of another store: configurations whose
 * digest is not their ID, and layers that are known before they are here. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "store/inside.h"

#define MARK "mirror"
#define REFILL "refilling"

bool store_is_mirror(const struct store *store)
{
	return store->mirror;
}

void mirror_load(struct store *store)
{
	store->mirror = store->private_fd >= 0 &&
			faccessat(store->private_fd, MARK, F_OK, 0) == 0;
}

int store_mirror_make(struct store *store, struct err *err)
{
	if (store->mirror)
		return 0;
	if (fs_write_atomic(store->private_fd, MARK, "", 0, 0600, true,
			    err) < 0)
		return -1;
	store->mirror = true;
	return 0;
}

/* ---- layers that are not here ---- */

bool layer_absent(const struct layer *layer)
{
	return strcmp(layer->cache_id, LAYER_ABSENT) == 0;
}

static int write_text(int dir, const char *name, const char *text,
		      struct err *err)
{
	AUTO_FD int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC |
				O_CLOEXEC, 0644);

	if (fd < 0)
		return err_sys(err, errno, "cannot create '%s'", name);
	return fs_write_all(fd, text, strlen(text), err);
}

static int write_files(int dir, const struct digest *parent,
		       const struct digest *diff, uint64_t size,
		       struct err *err)
{
	char number[24];

	snprintf(number, sizeof(number), "%" PRIu64, size);
	if (write_text(dir, "diff", diff->text, err) < 0 ||
	    write_text(dir, "size", number, err) < 0 ||
	    write_text(dir, "cache-id", LAYER_ABSENT, err) < 0)
		return -1;
	return digest_is_set(parent) ?
	       write_text(dir, "parent", parent->text, err) : 0;
}

static int put_absent(struct store *store, const struct digest *parent,
		      const struct digest *diff, const struct digest *chain,
		      uint64_t size, struct err *err)
{
	char name[sizeof(STORE_TMP) + 80];
	AUTO_FD int dir = -1;

	snprintf(name, sizeof(name), STORE_TMP "/%s", DIGEST_HEX(chain));
	if (fs_remove_tree(store->private_fd, name, err) < 0)
		return -1;
	if (mkdirat(store->private_fd, name, 0700) < 0)
		return err_sys(err, errno, "cannot make layer %.12s",
			       DIGEST_HEX(chain));
	dir = openat(store->private_fd, name,
		     O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(err, errno, "cannot make layer %.12s",
			       DIGEST_HEX(chain));
	if (write_files(dir, parent, diff, size, err) < 0)
		return -1;
	if (renameat(store->private_fd, name, store->layerdb_fd,
		     DIGEST_HEX(chain)) < 0)
		return err_sys(err, errno, "cannot make layer %.12s",
			       DIGEST_HEX(chain));
	return 0;
}

int store_mirror_layers(struct store *store, const struct image_config *config,
			const uint64_t *sizes, struct err *err)
{
	struct digest chain = { "" };

	for (size_t i = 0; i < config->diff_id_count; i++) {
		struct digest below = chain;
		struct layer_entry *layer;
		int found;

		digest_chain(&below, &config->diff_ids[i], &chain);
		found = layer_table_get(store, &chain, &layer, err);
		if (found < 0 ||
		    (!found && put_absent(store, &below, &config->diff_ids[i],
					  &chain, sizes[i], err) < 0))
			return -1;
	}
	return 0;
}

void store_on_absent(struct store *store, store_bring *bring, void *arg)
{
	store->bring = bring;
	store->bring_arg = arg;
}

static bool any_absent(struct layer_entry *top)
{
	for (; top; top = top->parent)
		if (layer_absent(&top->layer))
			return true;
	return false;
}

/* The entries are lent to others: what is new is written into them. */
static int look_again(struct store *store, struct layer_entry *top,
		      struct err *err)
{
	for (; top; top = top->parent) {
		AUTO(buf_release) struct buf text = BUF_INIT;
		char path[64 + sizeof("/cache-id")];

		if (!layer_absent(&top->layer))
			continue;
		snprintf(path, sizeof(path), "%s/cache-id",
			 DIGEST_HEX(&top->layer.chain_id));
		if (quiet_read(store->layerdb_fd, path, SMALL_LIMIT, &text,
			       err) < 0)
			return -1;
		if (!text.len || strcmp(text.data, LAYER_ABSENT) == 0)
			return err_set(err, ERR_NOT_FOUND, "the files of layer "
				       "%.12s did not come",
				       DIGEST_HEX(&top->layer.chain_id));
		free(top->layer.cache_id);
		top->layer.cache_id = buf_steal(&text);
	}
	return 0;
}

int store_need(struct store *store, const struct digest *chain,
	       struct err *err)
{
	struct layer_entry *top;

	if (!store->mirror || !digest_is_set(chain))
		return 0;
	if (layer_table_get(store, chain, &top, err) != 1 || !any_absent(top))
		return err->kind ? -1 : 0;
	if (!store->bring)
		return err_set(err, ERR_NOT_FOUND, "the files of layer %.12s "
			       "are not here", DIGEST_HEX(chain));
	if (store->bring(store->bring_arg, store, chain, err) < 0)
		return err_wrap(err, "cannot get the files of layer %.12s",
				DIGEST_HEX(chain));
	return look_again(store, top, err);
}

/* ---- filling them ---- */

int store_mirror_refill(struct store *store, struct err *err)
{
	store->refilling = true;
	return fs_write_atomic(store->private_fd, REFILL, "", 0, 0600, false,
			       err);
}

void store_mirror_refilled(struct store *store)
{
	unlinkat(store->private_fd, REFILL, 0);
}

bool store_mirror_torn(const struct store *store)
{
	return faccessat(store->private_fd, REFILL, F_OK, 0) == 0;
}

/* ---- names, and what the other store no longer has ---- */

int store_mirror_names(struct store *store, const struct strv *refs,
		       const struct digest *ids, struct err *err)
{
	return tag_table_replace(store, refs, ids, err);
}

int store_mirror_drop(struct store *store, const struct digest *id,
		      struct err *err)
{
	struct image_entry *entry = image_table_find(store, id);

	if (unlinkat(store->content_fd, DIGEST_HEX(id), 0) < 0 &&
	    errno != ENOENT)
		return err_sys(err, errno, "cannot remove image %.12s",
			       DIGEST_HEX(id));
	if (fs_remove_tree(store->metadata_fd, DIGEST_HEX(id), err) < 0)
		return -1;
	if (entry)
		image_table_remove(store, entry);
	return 0;
}
