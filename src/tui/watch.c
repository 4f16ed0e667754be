/* Knows how inotify tells of changes in a whole tree of directories. */
#include "tui/watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <uthash.h>

#include "base/buf.h"

#define MASK                                                                   \
	(IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM | \
	 IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_ONLYDIR)

struct place {
	int wd;
	char *path;
	bool recursive;
	unsigned what;
	UT_hash_handle hh;
};
struct skip {
	dev_t dev;
	ino_t ino;
};

struct watch {
	int fd;
	struct place *places; /* by watch descriptor */
	size_t count;
	bool incomplete;
	struct skip *skips;
	size_t skip_count;
	struct strv skip_paths;
};

struct watch *watch_new(void)
{
	struct watch *watch = mem_alloc(sizeof(*watch));

	watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	watch->incomplete = watch->fd < 0;
	return watch;
}

static void drop(struct watch *watch, struct place *place)
{
	HASH_DEL(watch->places, place);
	watch->count--;
	free(place->path);
	free(place);
}

void watch_free(struct watch *watch)
{
	struct place *place, *next;

	if (!watch)
		return;
	HASH_ITER(hh, watch->places, place, next)
		drop(watch, place);
	if (watch->fd >= 0)
		close(watch->fd);
	free(watch->skips);
	strv_release(&watch->skip_paths);
	free(watch);
}

int watch_fd(const struct watch *watch)
{
	return watch->fd;
}

bool watch_incomplete(const struct watch *watch)
{
	return watch->incomplete;
}

/* Done again when directories come up: a skipped one may be among them. */
static void find_skips(struct watch *watch)
{
	watch->skip_count = 0;
	free(watch->skips);
	watch->skips = NULL;
	for (size_t i = 0; i < watch->skip_paths.count; i++) {
		struct stat st;

		if (stat(watch->skip_paths.items[i], &st) == 0)
			MEM_PUSH(watch->skips, watch->skip_count) =
				(struct skip){ st.st_dev, st.st_ino };
	}
}

static bool skipped(const struct watch *watch, const struct stat *st)
{
	for (size_t i = 0; i < watch->skip_count; i++)
		if (watch->skips[i].dev == st->st_dev &&
		    watch->skips[i].ino == st->st_ino)
			return true;
	return false;
}

/* true: it was not watched before. */
static bool add(struct watch *watch, const char *path, bool recursive,
		unsigned what)
{
	struct place *place;
	int wd;

	if (watch->fd < 0)
		return false;
	if (watch->count >= WATCH_DIRS_MAX) {
		watch->incomplete = true;
		return false;
	}
	wd = inotify_add_watch(watch->fd, path, MASK);
	if (wd < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			watch->incomplete = true;
		return false;
	}
	HASH_FIND_INT(watch->places, &wd, place);
	if (place) {
		bool more = recursive && !place->recursive;

		place->recursive |= recursive;
		place->what |= what;
		return more;
	}
	place = mem_alloc(sizeof(*place));
	place->wd = wd;
	place->path = mem_strdup(path);
	place->recursive = recursive;
	place->what = what;
	HASH_ADD_INT(watch->places, wd, place);
	watch->count++;
	return true;
}

static void add_names(struct watch *watch, const char *path, DIR *dir,
		      struct strv *todo)
{
	struct dirent *entry;
	struct stat st;

	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN)
			continue;
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISDIR(st.st_mode) || skipped(watch, &st))
			continue;
		strv_take(todo, mem_printf("%s/%s", path, name));
	}
}

static void add_tree(struct watch *watch, const char *path)
{
	AUTO(strv_release) struct strv todo = { 0 };

	strv_add(&todo, path);
	for (size_t i = 0; i < todo.count; i++) {
		DIR *dir;

		if (!add(watch, todo.items[i], true, WATCH_SOURCES))
			continue;
		dir = opendir(todo.items[i]);
		if (!dir)
			continue;
		add_names(watch, todo.items[i], dir, &todo);
		closedir(dir);
		if (todo.count > WATCH_DIRS_MAX) {
			watch->incomplete = true;
			break;
		}
	}
}

void watch_tree(struct watch *watch, const char *path,
		const char *const *skip, size_t skip_count)
{
	for (size_t i = 0; i < skip_count; i++)
		if (skip[i])
			strv_add(&watch->skip_paths, skip[i]);
	find_skips(watch);
	add_tree(watch, path);
}

void watch_dir(struct watch *watch, const char *path, enum watch_what what)
{
	add(watch, path, false, what);
}

static unsigned one_event(struct watch *watch,
			  const struct inotify_event *event)
{
	struct place *place;
	unsigned what;

	if (event->mask & IN_Q_OVERFLOW)
		return WATCH_SOURCES | WATCH_STORE;
	HASH_FIND_INT(watch->places, &event->wd, place);
	if (!place)
		return 0;
	what = place->what;
	if (event->mask & IN_IGNORED) {
		drop(watch, place);
		return 0;
	}
	if ((event->mask & (IN_CREATE | IN_MOVED_TO)) &&
	    (event->mask & IN_ISDIR) && event->len && place->recursive) {
		AUTO_FREE char *path =
			mem_printf("%s/%s", place->path, event->name);
		struct stat st;

		find_skips(watch);
		if (lstat(path, &st) == 0 && !skipped(watch, &st))
			add_tree(watch, path);
	}
	return what;
}

unsigned watch_poll(struct watch *watch)
{
	_Alignas(struct inotify_event) char bytes[16384];
	unsigned what = 0;
	ssize_t n;

	if (watch->fd < 0)
		return 0;
	while ((n = read(watch->fd, bytes, sizeof(bytes))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *event =
				(const void *)(bytes + at);

			what |= one_event(watch, event);
			at += (ssize_t)(sizeof(*event) + event->len);
		}
	}
	return what;
}
