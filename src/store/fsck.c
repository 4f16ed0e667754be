/* Knows what whole means: every image has its layers, every layer its files,
 * its links and its tar (store.md 1.7). */
#include "store/fsck.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/inside.h"

struct fsck {
	struct store *store;
	const struct fsck_options *options;
	struct strv *problems;
	int count;
};

static void __attribute__((format(printf, 2, 3)))
problem(struct fsck *fsck, const char *fmt, ...)
{
	char text[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	strv_add(fsck->problems, text);
	fsck->count++;
}

/* A question that failed because of what is stored is an answer. */
static int answer(struct fsck *fsck, int rc, struct err *err)
{
	if (rc >= 0 || err->kind == ERR_DENIED || err->kind == ERR_CANCELLED)
		return rc;
	problem(fsck, "%s", err->msg);
	*err = (struct err)ERR_INIT;
	return 0;
}

/* ---- layers ---- */

static void check_link(struct fsck *fsck, const struct layer *layer,
		       const char *link)
{
	AUTO_FREE char *path = mem_printf("l/%s", link);
	AUTO_FREE char *want = mem_printf("../%s/diff", layer->cache_id);
	char target[512];
	ssize_t n = readlinkat(fsck->store->overlay_fd, path, target,
			       sizeof(target));

	if (n != (ssize_t)strlen(want) || memcmp(target, want, (size_t)n) != 0)
		problem(fsck, "layer %.12s: '%s' does not lead to its files",
			DIGEST_HEX(&layer->chain_id), path);
}

static int check_lower(struct fsck *fsck, const struct layer_entry *entry,
		       struct err *err)
{
	AUTO_FREE char *path = mem_printf("%s/lower", entry->layer.cache_id);
	AUTO(buf_release) struct buf lower = BUF_INIT, want = BUF_INIT;
	int found = quiet_read(fsck->store->overlay_fd, path, LOWER_LIMIT,
			       &lower, err);

	if (found < 0)
		return -1;
	if (entry->parent &&
	    layer_make_lower(fsck->store, entry->parent->layer.cache_id,
			     &want, err) < 0)
		return 0; /* said of the parent */
	if (lower.len != want.len ||
	    (want.len > 0 && memcmp(lower.data, want.data, want.len) != 0))
		problem(fsck, "layer %.12s: its 'lower' does not name the "
			"layers below", DIGEST_HEX(&entry->layer.chain_id));
	return 0;
}

static int check_overlay(struct fsck *fsck, const struct layer_entry *entry,
			 struct err *err)
{
	const struct layer *layer = &entry->layer;
	AUTO_FREE char *diff = mem_printf("%s/diff", layer->cache_id);
	AUTO(buf_release) struct buf link = BUF_INIT;
	struct stat st;
	int rc;

	if (fstatat(fsck->store->overlay_fd, diff, &st,
		    AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode)) {
		problem(fsck, "layer %.12s: its files are missing ('"
			STORE_DRIVER "/%s')", DIGEST_HEX(&layer->chain_id),
			diff);
		return 0;
	}
	rc = layer_read_link(fsck->store, layer->cache_id, &link, err);
	if (rc == 0)
		check_link(fsck, layer, link.data);
	else if (answer(fsck, rc, err) < 0)
		return -1;
	return check_lower(fsck, entry, err);
}

static int check_split(struct fsck *fsck, const struct layer *layer,
		       struct err *err)
{
	AUTO_FD int fd = -1;
	int whole;

	if (fsck->options && fsck->options->layers) {
		whole = layer_verify(fsck->store, layer, err);
		if (whole == 0)
			return answer(fsck, -1, err);
		return whole < 0 ? -1 : 0;
	}
	fd = store_layer_split(fsck->store, layer, err);
	return fd < 0 ? answer(fsck, -1, err) : 0;
}

static int visit_layer(void *arg, const char *name, unsigned char type,
		       struct err *err)
{
	struct fsck *fsck = arg;
	struct layer_entry *entry;
	struct digest chain;
	int found;

	(void)type;
	if (!digest_parse_hex(name, &chain))
		return 0;
	found = layer_table_get(fsck->store, &chain, &entry, err);
	/* What is wrong with it became a warning. */
	if (found <= 0)
		return found;
	if (check_overlay(fsck, entry, err) < 0)
		return -1;
	return check_split(fsck, &entry->layer, err);
}

/* ---- images ---- */

static int check_history(struct fsck *fsck, const struct image *image)
{
	size_t filled = 0;

	for (size_t i = 0; i < image->config.history_count; i++)
		filled += !image->config.history[i].empty_layer;
	if (filled > image->config.diff_id_count)
		problem(fsck, "image %.12s: its history names more layers "
			"than it has", DIGEST_HEX(&image->id));
	return 0;
}

static int check_parent_file(struct fsck *fsck, const struct image *image,
			     struct err *err)
{
	AUTO_FREE char *path = mem_printf("%s/parent", DIGEST_HEX(&image->id));
	struct store *store = fsck->store;
	struct digest parent;
	struct stat st;
	int good;

	if (store->metadata_fd < 0 ||
	    fstatat(store->metadata_fd, path, &st, 0) < 0)
		return 0;
	good = quiet_digest(store->metadata_fd, path, true, &parent, err);
	if (good < 0)
		return -1;
	if (!good)
		problem(fsck, "image %.12s: its parent file is damaged",
			DIGEST_HEX(&image->id));
	else if (!image_table_find(store, &parent))
		problem(fsck, "image %.12s: its parent %.12s is not there",
			DIGEST_HEX(&image->id), DIGEST_HEX(&parent));
	return 0;
}

static int check_images(struct fsck *fsck, struct err *err)
{
	struct image *const *images;
	size_t count;

	if (store_images(fsck->store, &images, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (check_history(fsck, images[i]) < 0 ||
		    check_parent_file(fsck, images[i], err) < 0)
			return -1;
	return 0;
}

static void check_names(struct fsck *fsck)
{
	struct tag_entry *tag;
	struct digest id;

	for (tag = fsck->store->tags; tag; tag = tag->hh.next)
		if (!digest_parse(tag->value, &id) ||
		    !image_table_find(fsck->store, &id))
			problem(fsck, "'%s' names an image that is not there",
				tag->ref);
}

int store_fsck(struct store *store, const struct fsck_options *options,
	       struct strv *problems, struct err *err)
{
	struct fsck fsck = { .store = store, .options = options,
			     .problems = problems };

	problems->set = true;
	if (check_images(&fsck, err) < 0 ||
	    quiet_each(store->layerdb_fd, ".", visit_layer, &fsck, err) < 0)
		return -1;
	check_names(&fsck);
	/* Whatever was left out while reading. */
	for (size_t i = 0; i < store->warnings.count; i++)
		problem(&fsck, "%s", store->warnings.items[i]);
	return fsck.count;
}
