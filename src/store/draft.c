/* Knows how a layer comes to be: unseen in varve/drafts, then by two renames
 * in overlay2 and layerdb (store.md section 4, "A better writer"). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "store/inside.h"

struct layer_draft {
	struct store *store;
	char cache_id[65];
	struct digest parent;      /* chain, or unset */
	unsigned int depth;        /* with this layer */
	int dir_fd, diff_fd, split_fd;
	char *diff_path, *work_path;
	bool done;                 /* nothing is left of the draft */
};

/* ---- making one ---- */

/* 64 hex digits; redrawn when the first 12 could be read as a number, as
 * dockerd does it for hostnames made of IDs. */
static void draw_cache_id(char out[65])
{
	do
		fs_random_hex(out);
	while (strspn(out, "0123456789") >= 12);
}

/* 17 random bytes in base 32, cut to LINK_LEN characters. */
static void draw_link(char out[LINK_LEN + 1])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned char bytes[LINK_LEN];

	fs_random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < LINK_LEN; i++)
		out[i] = digits[bytes[i] & 31];
	out[LINK_LEN] = '\0';
}

static int make_dir(int dir, const char *name, mode_t mode, struct err *err)
{
	if (mkdirat(dir, name, mode) < 0 || fchmodat(dir, name, mode, 0) < 0)
		return err_sys(err, errno, "cannot make '%s' of a new layer",
			       name);
	return 0;
}

/* "layer" first: as long as it is there the draft is not committed. */
static int make_dirs(struct layer_draft *draft, struct err *err)
{
	AUTO_FREE char *name = mem_printf(STORE_DRAFTS "/%s", draft->cache_id);

	if (make_dir(draft->store->private_fd, name, 0700, err) < 0)
		return -1;
	draft->dir_fd = openat(draft->store->private_fd, name,
			       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (draft->dir_fd < 0)
		return err_sys(err, errno, "cannot open a new layer");
	if (make_dir(draft->dir_fd, "layer", 0700, err) < 0 ||
	    make_dir(draft->dir_fd, "overlay", 0710, err) < 0 ||
	    make_dir(draft->dir_fd, "overlay/diff", 0755, err) < 0 ||
	    make_dir(draft->dir_fd, "overlay/work", 0700, err) < 0)
		return -1;
	draft->diff_fd = openat(draft->dir_fd, "overlay/diff",
				O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	draft->split_fd = openat(draft->dir_fd, "layer/tar-split.json.gz",
				 O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (draft->diff_fd < 0 || draft->split_fd < 0)
		return err_sys(err, errno, "cannot open a new layer");
	return 0;
}

static int find_parent(struct layer_draft *draft, struct err *err)
{
	struct layer_entry *parent;
	int found;

	draft->depth = 1;
	if (!digest_is_set(&draft->parent))
		return 0;
	found = layer_table_get(draft->store, &draft->parent, &parent, err);
	if (found == 0)
		return err_set(err, ERR_CORRUPT, "layer %.12s does not exist",
			       DIGEST_HEX(&draft->parent));
	if (found > 0)
		draft->depth = parent->depth + 1;
	return found < 0 ? -1 : 0;
}

int store_draft(struct store *store, const struct digest *parent_chain,
		struct layer_draft **out, struct err *err)
{
	AUTO(layer_draft_free) struct layer_draft *draft = NULL;

	if (store_writable(store, err) < 0)
		return -1;
	draft = mem_alloc(sizeof(*draft));
	draft->store = store;
	draft->dir_fd = draft->diff_fd = draft->split_fd = -1;
	draw_cache_id(draft->cache_id);
	if (parent_chain)
		draft->parent = *parent_chain;
	if (find_parent(draft, err) < 0 || make_dirs(draft, err) < 0)
		return -1;
	draft->diff_path = mem_printf("%s/varve/" STORE_DRAFTS
				      "/%s/overlay/diff",
				      store->absolute, draft->cache_id);
	draft->work_path = mem_printf("%s/varve/" STORE_DRAFTS
				      "/%s/overlay/work",
				      store->absolute, draft->cache_id);
	*out = STEAL(draft);
	return 0;
}

int layer_draft_diff_fd(const struct layer_draft *draft)
{
	return draft->diff_fd;
}

const char *layer_draft_diff_path(const struct layer_draft *draft)
{
	return draft->diff_path;
}

const char *layer_draft_work_path(const struct layer_draft *draft)
{
	return draft->work_path;
}

int layer_draft_split_fd(const struct layer_draft *draft)
{
	return draft->split_fd;
}

/* ---- dropping one ---- */

static void unlink_link(struct store *store, const char *cache_id,
			const char *link)
{
	AUTO_FREE char *path = mem_printf("l/%s", link);
	AUTO_FREE char *target = mem_printf("../%s/diff", cache_id);
	char to[512];
	ssize_t n = readlinkat(store->overlay_fd, path, to, sizeof(to));

	if (n == (ssize_t)strlen(target) && memcmp(to, target, (size_t)n) == 0)
		unlinkat(store->overlay_fd, path, 0);
}

static void drop_link(struct store *store, const char *cache_id)
{
	AUTO_FREE char *path = mem_printf(STORE_DRAFTS "/%s/overlay/link",
					  cache_id);
	AUTO(buf_release) struct buf link = BUF_INIT;
	struct err ignored = ERR_INIT;

	if (layer_read_link(store, cache_id, &link, &ignored) < 0 &&
	    (quiet_read(store->private_fd, path, SMALL_LIMIT, &link,
			&ignored) != 1 ||
	     strchr(link.data ? link.data : "/", '/')))
		return;
	unlink_link(store, cache_id, link.data);
}

int draft_discard(struct store *store, const char *cache_id, struct err *err)
{
	AUTO_FREE char *path = mem_printf(STORE_DRAFTS "/%s", cache_id);
	AUTO_FREE char *layer = mem_printf("%s/layer", path);
	struct stat st;

	/* Without it the layer is in layerdb, or nothing was begun. */
	if (fstatat(store->private_fd, layer, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		drop_link(store, cache_id);
		if (fs_remove_tree(store->overlay_fd, cache_id, err) < 0)
			return -1;
	}
	return fs_remove_tree(store->private_fd, path, err);
}

int draft_withdraw(struct store *store, const struct layer *layer,
		   struct err *err)
{
	AUTO_FREE char *path = mem_printf(STORE_DRAFTS "/%s",
					  layer->cache_id);
	AUTO_FREE char *to = mem_printf("%s/layer", path);

	if (mkdirat(store->private_fd, path, 0700) < 0 && errno != EEXIST)
		return err_sys(err, errno, "cannot remove layer %.12s",
			       DIGEST_HEX(&layer->chain_id));
	if (renameat(store->layerdb_fd, DIGEST_HEX(&layer->chain_id),
		     store->private_fd, to) < 0)
		return err_sys(err, errno, "cannot remove layer %.12s",
			       DIGEST_HEX(&layer->chain_id));
	return 0;
}

static void close_fds(struct layer_draft *draft)
{
	for (int **fd = (int *[]){ &draft->dir_fd, &draft->diff_fd,
				   &draft->split_fd, NULL }; *fd; fd++) {
		if (**fd >= 0)
			close(**fd);
		**fd = -1;
	}
}

static int drop(struct layer_draft *draft, struct err *err)
{
	close_fds(draft);
	draft->done = true;
	return draft_discard(draft->store, draft->cache_id, err);
}

void layer_draft_free(struct layer_draft *draft)
{
	struct err ignored = ERR_INIT; /* the next writer tries again */

	if (!draft)
		return;
	if (draft->done)
		close_fds(draft);
	else
		drop(draft, &ignored);
	free(draft->diff_path);
	free(draft->work_path);
	free(draft);
}

/* ---- committing ---- */

static int write_file(int dir, const char *name, const char *text, size_t len,
		      mode_t mode, struct err *err)
{
	AUTO_FD int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC |
				O_NOFOLLOW | O_CLOEXEC, mode);

	if (fd < 0)
		return err_sys(err, errno, "cannot create '%s' of a new layer",
			       name);
	if (fs_write_all(fd, text, len, err) < 0)
		return err_wrap(err, "'%s' of a new layer", name);
	if (fchmod(fd, mode) < 0)
		return err_sys(err, errno, "cannot create '%s' of a new layer",
			       name);
	return 0;
}

static int write_text(int dir, const char *name, const char *text,
		      struct err *err)
{
	return write_file(dir, name, text, strlen(text), 0644, err);
}

static int write_layer(struct layer_draft *draft, const struct digest *diff_id,
		       uint64_t size, struct err *err)
{
	char decimal[32];
	int dir = draft->dir_fd;

	snprintf(decimal, sizeof(decimal), "%llu", (unsigned long long)size);
	if (write_text(dir, "layer/diff", diff_id->text, err) < 0 ||
	    write_text(dir, "layer/size", decimal, err) < 0 ||
	    write_text(dir, "layer/cache-id", draft->cache_id, err) < 0)
		return -1;
	if (digest_is_set(&draft->parent))
		return write_text(dir, "layer/parent", draft->parent.text,
				  err);
	return 0;
}

static int write_overlay(struct layer_draft *draft,
			 const struct layer_entry *parent, const char *link,
			 struct err *err)
{
	AUTO(buf_release) struct buf lower = BUF_INIT;
	int dir = draft->dir_fd;

	/* A mount leaves things in it. */
	if (fs_remove_tree(dir, "overlay/work", err) < 0 ||
	    write_text(dir, "overlay/link", link, err) < 0 ||
	    write_file(dir, "overlay/committed", "", 0, 0600, err) < 0)
		return -1;
	if (!parent)
		return 0;
	if (layer_make_lower(draft->store, parent->layer.cache_id, &lower,
			     err) < 0 ||
	    write_text(dir, "overlay/lower", lower.data, err) < 0)
		return -1;
	return make_dir(dir, "overlay/work", 0700, err);
}

/* dockerd puts it there when something is stacked on the layer. */
static int mark_committed(struct layer_draft *draft,
			  const struct layer_entry *parent, struct err *err)
{
	AUTO_FREE char *path = NULL;
	struct stat st;

	if (!parent)
		return 0;
	path = mem_printf("%s/committed", parent->layer.cache_id);
	if (fstatat(draft->store->overlay_fd, path, &st, 0) == 0)
		return 0;
	return write_file(draft->store->overlay_fd, path, "", 0, 0600, err);
}

static int appear(struct layer_draft *draft, const struct digest *chain,
		  const char *link, struct err *err)
{
	struct store *store = draft->store;
	AUTO_FREE char *path = mem_printf("l/%s", link);
	AUTO_FREE char *target = mem_printf("../%s/diff", draft->cache_id);
	AUTO_FREE char *name = mem_printf(STORE_DRAFTS "/%s", draft->cache_id);

	if (symlinkat(target, store->overlay_fd, path) < 0)
		return err_sys(err, errno, "cannot link a new layer");
	if (renameat(draft->dir_fd, "overlay", store->overlay_fd,
		     draft->cache_id) < 0 ||
	    renameat(draft->dir_fd, "layer", store->layerdb_fd,
		     DIGEST_HEX(chain)) < 0)
		return err_sys(err, errno, "cannot commit a new layer");
	draft->done = true;
	/* Whatever stays behind is empty, and the next writer's to remove. */
	unlinkat(store->private_fd, name, AT_REMOVEDIR);
	return 0;
}

/* 1 the chain is there already, 0 its place is free. */
static int make_room(struct store *store, const struct digest *chain,
		     struct err *err)
{
	struct layer_entry *old;
	struct stat st;
	int found = layer_table_get(store, chain, &old, err);

	if (found)
		return found;
	if (store->refilling &&
	    fs_remove_tree(store->layerdb_fd, DIGEST_HEX(chain), err) < 0)
		return -1;
	if (fstatat(store->layerdb_fd, DIGEST_HEX(chain), &st,
		    AT_SYMLINK_NOFOLLOW) == 0 &&
	    store_retire(store, chain, err) < 0)
		return -1;
	layer_table_forget(store, chain);
	return 0;
}

static int commit(struct layer_draft *draft, const struct digest *diff_id,
		  uint64_t size, const struct digest *chain, struct err *err)
{
	struct layer_entry *parent = NULL;
	char link[LINK_LEN + 1];

	if (digest_is_set(&draft->parent) &&
	    layer_table_get(draft->store, &draft->parent, &parent, err) != 1)
		return err->kind ? -1 :
		       err_set(err, ERR_CORRUPT, "layer %.12s does not exist",
			       DIGEST_HEX(&draft->parent));
	draw_link(link);
	if (fchmod(draft->split_fd, 0644) < 0)
		return err_sys(err, errno, "cannot commit a new layer");
	if (write_overlay(draft, parent, link, err) < 0 ||
	    write_layer(draft, diff_id, size, err) < 0 ||
	    store_mark(draft->store, err) < 0 ||
	    mark_committed(draft, parent, err) < 0)
		return -1;
	layer_uses_release(draft->store);
	return appear(draft, chain, link, err);
}

int layer_draft_commit(struct layer_draft *draft, const struct digest *diff_id,
		       uint64_t size, struct digest *chain_id,
		       struct err *err)
{
	struct digest chain;
	int there;

	digest_chain(&draft->parent, diff_id, &chain);
	there = make_room(draft->store, &chain, err);
	if (there < 0)
		return -1;
	if (there) {
		if (drop(draft, err) < 0)
			return -1;
	} else if (draft->depth > LAYER_DEPTH_MAX) {
		return err_set(err, ERR_FAILED, "max depth exceeded");
	} else if (commit(draft, diff_id, size, &chain, err) < 0) {
		return -1;
	}
	*chain_id = chain;
	return 0;
}
