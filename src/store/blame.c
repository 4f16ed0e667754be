/* Knows how to follow one path through the layers. */
#include "store/blame.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "store/inside.h"
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

static char *place(struct store *store, const struct layer *layer,
		   const char *path)
{
	return mem_printf("%s/" STORE_DRIVER "/%s/diff/%s",
			  store->absolute ? store->absolute : store->root,
			  layer->cache_id, path);
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
	AUTO_FREE char *full = place(store, layer, part);
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

/* ---- what a layer changed ---- */

static int content_differs(const char *old, const char *now, struct err *err)
{
	AUTO_FD int left = quiet_open(AT_FDCWD, old, O_RDONLY | O_NOFOLLOW);
	AUTO_FD int right = quiet_open(AT_FDCWD, now, O_RDONLY | O_NOFOLLOW);
	int same;

	if (left < 0 || right < 0)
		return err_sys(err, errno, "cannot open '%s'", now);
	same = files_same_bytes(left, right, now, err);
	return same < 0 ? -1 : !same;
}

static bool links_differ(const char *old, const char *now)
{
	char a[PATH_MAX] = "", b[PATH_MAX] = "";
	ssize_t n = readlink(old, a, sizeof(a));
	ssize_t m = readlink(now, b, sizeof(b));

	return n != m || (n > 0 && memcmp(a, b, (size_t)n) != 0);
}

static unsigned facts_differ(const struct stat *old, const struct stat *now)
{
	unsigned differs = 0;

	if ((old->st_mode & S_IFMT) != (now->st_mode & S_IFMT))
		differs |= DIFFERS_TYPE;
	else if (S_ISREG(now->st_mode) && old->st_size != now->st_size)
		differs |= DIFFERS_CONTENT;
	else if ((S_ISCHR(now->st_mode) || S_ISBLK(now->st_mode)) &&
		 old->st_rdev != now->st_rdev)
		differs |= DIFFERS_DEVICE;
	if ((old->st_mode & 07777) != (now->st_mode & 07777))
		differs |= DIFFERS_MODE;
	if (old->st_uid != now->st_uid || old->st_gid != now->st_gid)
		differs |= DIFFERS_OWNER;
	return differs;
}

static int xattrs_differ(const char *old, const char *now, struct err *err)
{
	AUTO(strv_release) struct strv a = { 0 };
	AUTO(strv_release) struct strv b = { 0 };

	if (files_xattrs_of(old, &a, err) < 0 ||
	    files_xattrs_of(now, &b, err) < 0)
		return -1;
	return strv_equal(&a, &b) ? 0 : DIFFERS_XATTR;
}

static int tell(struct blame_entry *entry, const struct stat *was,
		const char *old, const char *now, uint64_t *left,
		struct err *err)
{
	unsigned differs = facts_differ(was, &entry->st);
	int part = 0;

	entry->told = true;
	if (differs & DIFFERS_TYPE) {
		entry->differs = differs;
		return 0;
	}
	if (S_ISLNK(was->st_mode) && links_differ(old, now))
		differs |= DIFFERS_LINK;
	if (S_ISREG(was->st_mode) && !(differs & DIFFERS_CONTENT) &&
	    was->st_size > 0) {
		entry->told = (uint64_t)was->st_size <= *left;
		*left -= entry->told ? (uint64_t)was->st_size : 0;
		part = entry->told ? content_differs(old, now, err) : 0;
		differs |= part > 0 ? DIFFERS_CONTENT : 0;
	}
	if (part < 0)
		return -1;
	part = xattrs_differ(old, now, err);
	if (part < 0)
		return -1;
	entry->differs = differs | (unsigned)part;
	return 0;
}

static int tell_all(struct store *store, const struct layer *const *layers,
		    const char *path, uint64_t most, struct blame *blame,
		    struct err *err)
{
	/* The newest first: what is left of `most` may not do for all. */
	for (size_t i = blame->count; i-- > 1;) {
		struct blame_entry *entry = &blame->items[i];
		const struct blame_entry *before = &blame->items[i - 1];
		AUTO_FREE char *old = NULL, *now = NULL;

		if (entry->what != BLAME_CHANGED ||
		    before->what == BLAME_REMOVED)
			continue;
		old = place(store, layers[before->layer], path);
		now = place(store, layers[entry->layer], path);
		if (tell(entry, &before->st, old, now, &most, err) < 0)
			return -1;
	}
	return 0;
}

int blame_path(struct store *store, const struct layer *const *layers,
	       size_t count, const char *path, uint64_t most,
	       struct blame *out, struct err *err)
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
	if (tell_all(store, layers, clean + 1, most, &blame, err) < 0)
		return -1;
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
