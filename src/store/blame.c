/* Knows how to follow one path through the layers. */
#include "store/blame.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "store/merge.h"

void blame_release(struct blame *blame)
{
	for (size_t i = 0; i < blame->count; i++)
		free(blame->items[i].with);
	free(blame->items);
	*blame = (struct blame){ 0 };
}

static bool shows(const struct blame *blame)
{
	return blame->count &&
	       blame->items[blame->count - 1].what != BLAME_REMOVED;
}

static void removed(struct blame *blame, size_t layer, const char *with)
{
	if (shows(blame))
		MEM_PUSH(blame->items, blame->count) = (struct blame_entry){
			.layer = layer, .what = BLAME_REMOVED,
			.with = mem_strdup(with) };
}

static void touched(struct blame *blame, size_t layer, const struct stat *st)
{
	enum blame_what what = shows(blame) ? BLAME_CHANGED : BLAME_ADDED;
	struct blame_entry *last;

	/* An opaque directory above it took it away just before. */
	if (blame->count) {
		last = &blame->items[blame->count - 1];
		if (last->layer == layer) {
			free(last->with);
			blame->count--;
			what = BLAME_CHANGED;
		}
	}
	MEM_PUSH(blame->items, blame->count) = (struct blame_entry){
		.layer = layer, .what = what, .st = *st };
}

/*
 * The part of path up to end, in one layer. 1: go on with what is in it,
 * 0: this layer has no more to say, -1.
 */
static int look(struct store *store, const struct layer *layer, size_t n,
		const char *path, size_t end, struct blame *out,
		struct err *err)
{
	AUTO_FREE char *part = mem_strndup(path, end);
	AUTO_FREE char *full = mem_printf(
		"%s/" STORE_DRIVER "/%s/diff/%s",
		store->absolute ? store->absolute : store->root,
		layer->cache_id, part);
	bool whole = path[end] == '\0';
	struct stat st;

	if (lstat(full, &st) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		return err_sys(err, errno, "cannot look at '%s'", full);
	}
	if ((S_ISCHR(st.st_mode) && st.st_rdev == 0) ||
	    (!whole && !S_ISDIR(st.st_mode))) {
		removed(out, n, whole ? NULL : part);
		return 0;
	}
	if (whole) {
		touched(out, n, &st);
		return 0;
	}
	if (merged_is_opaque(full))
		removed(out, n, part);
	return 1;
}

int blame_path(struct store *store, const struct layer *const *layers,
	       size_t count, const char *path, struct blame *out,
	       struct err *err)
{
	AUTO(blame_release) struct blame blame = { 0 };
	AUTO_FREE char *rooted = mem_printf("/%s", path);
	AUTO_FREE char *clean = fs_clean_path(rooted);

	if (count && store_need(store, &layers[count - 1]->chain_id, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		int more = 1;

		for (size_t end = 1; more > 0 && clean[end - 1];) {
			end += strcspn(clean + end, "/");
			more = look(store, layers[i], i, clean + 1, end - 1,
				    &blame, err);
			end++;
		}
		if (more < 0)
			return -1;
	}
	*out = blame;
	blame = (struct blame){ 0 };
	return 0;
}

const struct history *layer_step(const struct image_config *config,
				 size_t layer)
{
	for (size_t i = 0; i < config->history_count; i++)
		if (!config->history[i].empty_layer && layer-- == 0)
			return &config->history[i];
	return NULL;
}
