/* Knows what a killed writer or a crashed machine leaves, and how the store
 * gets whole again.
 *
 * Nothing but repositories.json is synced while images are made. A kill loses
 * nothing: names appear by rename, after their content was written. For a
 * crash of the machine varve/dirty (synced once, before the first change)
 * holds the boot and the second from which on things may be torn: when a
 * writer finds the mark of another boot, all layers and images made since
 * then are verified, and what is broken is moved to varve/broken. On the same
 * boot a later writer syncs the file system and takes the mark away once it
 * is old enough for the kernel to have written nearly everything. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "store/inside.h"

#define DIRTY "dirty"
#define BOOT_ID "/proc/sys/kernel/random/boot_id"
/* By then the kernel has written back by itself (dirty_expire: 30 s). */
#define RENEW_AFTER 60
/* Change times are stamped by a coarser clock than the mark. */
#define CLOCK_SLACK 1

struct mark {
	char boot[64];
	long long since; /* seconds */
};

/* ---- the mark ---- */

static void read_boot(char out[64])
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err ignored = ERR_INIT;

	snprintf(out, 64, "unknown");
	if (fs_read(AT_FDCWD, BOOT_ID, SMALL_LIMIT, &text, &ignored) == 1 &&
	    text.len > 0)
		snprintf(out, 64, "%.*s", (int)strcspn(text.data, "\n"),
			 text.data);
}

/* 1 there is a mark, 0 none. One that cannot be read covers everything. */
static int read_mark(struct store *store, struct mark *out, struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	int found = quiet_read(store->private_fd, DIRTY, SMALL_LIMIT, &text,
			       err);

	*out = (struct mark){ .since = 0 };
	if (found == 1 && text.len > 0 &&
	    sscanf(text.data, "%63s %lld", out->boot, &out->since) != 2)
		*out = (struct mark){ .since = 0 };
	return found;
}

int store_mark(struct store *store, struct err *err)
{
	struct mark mark;
	char boot[64];
	AUTO_FREE char *text = NULL;
	int found;

	if (store->marked)
		return 0;
	read_boot(boot);
	found = read_mark(store, &mark, err);
	if (found < 0)
		return -1;
	if (!found || strcmp(mark.boot, boot) != 0) {
		text = mem_printf("%s\n%lld\n", boot, (long long)time(NULL));
		if (fs_write_atomic(store->private_fd, DIRTY, text,
				    strlen(text), 0600, true, err) < 0)
			return err_wrap(err, "cannot mark the store");
	}
	store->marked = true;
	return 0;
}

/* ---- out of sight ---- */

static int move_away(struct store *store, int dir, const char *name,
		     const char *kind, struct err *err)
{
	AUTO_FREE char *to = mem_printf(STORE_BROKEN "/%s-%s", kind, name);

	if (mkdirat(store->private_fd, STORE_BROKEN, 0700) < 0 &&
	    errno != EEXIST)
		return err_sys(err, errno, "cannot make '%s/varve/"
			       STORE_BROKEN "'", store->root);
	if (fs_remove_tree(store->private_fd, to, err) < 0)
		return -1;
	if (renameat(dir, name, store->private_fd, to) < 0 &&
	    errno != ENOENT)
		return err_sys(err, errno, "cannot move '%s' away", name);
	return 0;
}

static int retire_one(struct store *store, const char *hex, struct err *err)
{
	AUTO_FREE char *path = mem_printf("%s/cache-id", hex);
	AUTO(buf_release) struct buf cache = BUF_INIT;
	struct digest chain;

	if (quiet_read(store->layerdb_fd, path, SMALL_LIMIT, &cache, err) < 0)
		return -1;
	if (move_away(store, store->layerdb_fd, hex, "layer", err) < 0)
		return -1;
	if (digest_parse_hex(hex, &chain))
		layer_table_forget(store, &chain);
	if (cache.len == 0 || cache.len > 255 || cache.data[0] == '.' ||
	    strcmp(cache.data, "l") == 0 ||
	    strcspn(cache.data, "/ \n") != cache.len)
		return 0;
	return move_away(store, store->overlay_fd, cache.data, "overlay",
			 err);
}

/* Which layers stand on which, as the files say it, broken ones too. */
struct kinship {
	struct store *store;
	struct relation {
		struct digest chain, parent;
	} *items;
	size_t count;
};

static int visit_layer(void *arg, const char *name, unsigned char type,
		       struct err *err)
{
	struct kinship *kin = arg;
	struct relation relation = { .parent = { "" } };
	AUTO_FREE char *path = mem_printf("%s/parent", name);

	(void)type;
	if (!digest_parse_hex(name, &relation.chain))
		return 0;
	if (quiet_digest(kin->store->layerdb_fd, path, false,
			 &relation.parent, err) < 0)
		return -1;
	MEM_PUSH(kin->items, kin->count) = relation;
	return 0;
}

static int by_parent(const void *a, const void *b)
{
	const struct relation *x = a, *y = b;

	return strcmp(x->parent.text, y->parent.text);
}

static const struct relation *first_child(const struct kinship *kin,
					  const struct digest *parent)
{
	size_t low = 0, high = kin->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(kin->items[middle].parent.text, parent->text) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < kin->count ? &kin->items[low] : NULL;
}

/* What stands on it names its directory by a link that will be another one
 * when the same layer is made again: it goes as well. */
int store_retire(struct store *store, const struct digest *chain,
		 struct err *err)
{
	struct kinship kin = { .store = store };
	struct digest *todo = NULL;
	size_t count = 0;
	int rc = quiet_each(store->layerdb_fd, ".", visit_layer, &kin, err);

	if (kin.count > 1)
		qsort(kin.items, kin.count, sizeof(*kin.items), by_parent);
	MEM_PUSH(todo, count) = *chain;
	for (size_t i = 0; rc == 0 && i < count && count <= kin.count + 1;
	     i++) {
		struct digest at = todo[i];
		const struct relation *child = first_child(&kin, &at);

		for (; child && child < kin.items + kin.count &&
		       digest_equal(&child->parent, &at); child++)
			MEM_PUSH(todo, count) = child->chain;
		rc = retire_one(store, DIGEST_HEX(&at), err);
	}
	free(todo);
	free(kin.items);
	return rc;
}

/* ---- after a crash of the machine ---- */

struct check {
	struct store *store;
	long long since;
	struct strv names; /* made since then */
	int dir;
};

static int visit_recent(void *arg, const char *name, unsigned char type,
			struct err *err)
{
	struct check *check = arg;
	struct digest id;
	struct stat st;

	(void)type;
	(void)err;
	if (digest_parse_hex(name, &id) &&
	    fstatat(check->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (long long)st.st_ctim.tv_sec + CLOCK_SLACK >= check->since)
		strv_add(&check->names, name);
	return 0;
}

static int find_recent(struct check *check, int dir, struct err *err)
{
	strv_release(&check->names);
	check->dir = dir;
	return quiet_each(dir, ".", visit_recent, check, err);
}

/* Whether the layer and what hangs on it came through. */
static int layer_is_whole(struct store *store, const struct digest *chain,
			  struct err *err)
{
	AUTO(buf_release) struct buf lower = BUF_INIT, want = BUF_INIT;
	AUTO_FREE char *path = NULL, *target = NULL;
	struct layer_entry *entry;
	char to[512];
	ssize_t n;
	int found = layer_table_get(store, chain, &entry, err);

	if (found <= 0)
		return found;
	if (layer_read_link(store, entry->layer.cache_id, &lower, err) < 0)
		return err->kind == ERR_CORRUPT ? 0 : -1;
	path = mem_printf("l/%s", lower.data);
	target = mem_printf("../%s/diff", entry->layer.cache_id);
	n = readlinkat(store->overlay_fd, path, to, sizeof(to));
	if (n != (ssize_t)strlen(target) || memcmp(to, target, (size_t)n))
		return 0;
	buf_clear(&lower);
	if (entry->parent) {
		free(path);
		path = mem_printf("%s/lower", entry->layer.cache_id);
		if (quiet_read(store->overlay_fd, path, LOWER_LIMIT, &lower,
			       err) < 0)
			return -1;
		if (layer_make_lower(store, entry->parent->layer.cache_id,
				     &want, err) < 0)
			return err->kind == ERR_CORRUPT ? 0 : -1;
		if (lower.len != want.len ||
		    memcmp(lower.data, want.data, lower.len) != 0)
			return 0;
	}
	return layer_verify(store, &entry->layer, err);
}

static int check_layer(struct store *store, const char *hex, struct err *err)
{
	struct err why = ERR_INIT;
	struct digest chain;
	struct stat st;
	int whole;

	/* Gone already with the one it stood on. */
	if (!digest_parse_hex(hex, &chain) ||
	    fstatat(store->layerdb_fd, hex, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	whole = layer_is_whole(store, &chain, &why);
	if (whole == 1)
		return 0;
	if (whole < 0) {
		*err = why;
		return -1;
	}
	store_warn(store, "layer %.12s did not survive the crash of the "
		   "machine; it was moved to varve/" STORE_BROKEN, hex);
	return store_retire(store, &chain, err);
}

static int drop_torn_parent(struct store *store, const char *hex,
			    struct err *err)
{
	AUTO_FREE char *path = mem_printf("%s/parent", hex);
	struct digest parent;
	int good = quiet_digest(store->metadata_fd, path, true, &parent, err);

	if (good)
		return good < 0 ? -1 : 0;
	if (unlinkat(store->metadata_fd, path, 0) == 0)
		store_warn(store, "the parent of image %.12s did not survive "
			   "the crash of the machine", hex);
	return 0;
}

static int check_image(struct store *store, const char *hex, struct err *err)
{
	AUTO(image_config_release) struct image_config config = { 0 };
	AUTO(buf_release) struct buf json = BUF_INIT;
	struct err why = ERR_INIT;
	struct layer_entry *layer;
	struct digest id, chain;
	int whole = 0;

	if (!digest_parse_hex(hex, &id))
		return 0;
	if (store_config_bytes(store, &id, &json, &why) == 0 &&
	    image_config_parse(json.data, json.len, &config, &why) == 0) {
		image_config_chain(&config, &chain);
		whole = digest_is_set(&chain) ?
			layer_table_get(store, &chain, &layer, err) : 1;
	}
	if (whole < 0)
		return -1;
	if (whole)
		return drop_torn_parent(store, hex, err);
	store_warn(store, "image %.12s did not survive the crash of the "
		   "machine; it was moved to varve/" STORE_BROKEN, hex);
	if (move_away(store, store->metadata_fd, hex, "metadata", err) < 0)
		return -1;
	return move_away(store, store->content_fd, hex, "image", err);
}

static int verify_since(struct store *store, long long since, struct err *err)
{
	struct check check = { .store = store, .since = since };
	int rc = find_recent(&check, store->layerdb_fd, err);

	for (size_t i = 0; rc == 0 && i < check.names.count; i++)
		rc = check_layer(store, check.names.items[i], err);
	if (rc == 0)
		rc = find_recent(&check, store->content_fd, err);
	for (size_t i = 0; rc == 0 && i < check.names.count; i++)
		rc = check_image(store, check.names.items[i], err);
	strv_release(&check.names);
	layer_table_release(store);
	return rc;
}

static int settle_mark(struct store *store, struct err *err)
{
	long long now = (long long)time(NULL);
	struct mark mark;
	char boot[64];
	int found = read_mark(store, &mark, err);

	if (found <= 0)
		return found;
	read_boot(boot);
	if (strcmp(mark.boot, boot) != 0) {
		if (mark.since > now)
			mark.since = 0; /* the clock went back */
		if (verify_since(store, mark.since, err) < 0)
			return err_wrap(err, "cannot verify what was made "
					"before the machine crashed");
	} else if (now >= mark.since && now - mark.since < RENEW_AFTER) {
		return 0;
	}
	if (syncfs(store->root_fd) == 0)
		unlinkat(store->private_fd, DIRTY, 0);
	return 0;
}

/* ---- after a kill ---- */

static int discard_drafts(struct store *store, struct err *err)
{
	AUTO(strv_release) struct strv names = { 0 };

	if (fs_list(store->private_fd, STORE_DRAFTS, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		if (draft_discard(store, names.items[i], err) < 0)
			return -1;
	return 0;
}

static int empty_tmp(struct store *store, struct err *err)
{
	AUTO(strv_release) struct strv names = { 0 };

	if (fs_list(store->private_fd, STORE_TMP, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *path = mem_printf(STORE_TMP "/%s",
						  names.items[i]);

		if (fs_remove_tree(store->private_fd, path, err) < 0)
			return -1;
	}
	return 0;
}

int store_recover(struct store *store, struct err *err)
{
	if (discard_drafts(store, err) < 0 || empty_tmp(store, err) < 0)
		return err_wrap(err, "cannot remove what a killed varve left");
	return settle_mark(store, err);
}
