/* Knows how a tree is removed, however deep it is: a build's commands can make
 * one that no path and no number of descriptors reaches the end of. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"

struct level {
	struct strv names; /* what is left of it, the last first */
	bool emptied;      /* the last one was gone into */
	dev_t dev;
	ino_t ino;
};

struct removal {
	struct level *levels;
	size_t count;
	int fd; /* of the last level */
};

static void removal_release(struct removal *removal)
{
	for (size_t i = 0; i < removal->count; i++)
		strv_release(&removal->levels[i].names);
	free(removal->levels);
	if (removal->fd >= 0)
		close(removal->fd);
}
AUTO_DEFINE_IN_PLACE(struct removal, removal_release)

/* 1 it is gone, 0 it is a directory that holds something, -1. */
static int remove_one(int dir, const char *name, struct err *err)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 1;
	if (errno != EISDIR && errno != EPERM)
		return err_sys(err, errno, "cannot remove '%s'", name);
	if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 1;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return err_sys(err, errno, "cannot remove '%s'", name);
	return 0;
}

static int go_down(struct removal *removal, int dir, const char *name,
		   struct err *err)
{
	struct level level = { .names = { 0 } };
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_DIRECTORY |
					   O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, errno, "cannot open directory '%s'", name);
	if (fs_list(fd, ".", &level.names, err) < 0) {
		strv_release(&level.names);
		return -1;
	}
	level.dev = st.st_dev;
	level.ino = st.st_ino;
	MEM_PUSH(removal->levels, removal->count) = level;
	if (removal->fd >= 0)
		close(removal->fd);
	removal->fd = STEAL_FD(fd);
	return 0;
}

/* By "..", and only if that is where it came from. */
static int go_up(struct removal *removal, struct err *err)
{
	const struct level *above;
	AUTO_FD int fd = -1;
	struct stat st;

	strv_release(&removal->levels[--removal->count].names);
	if (removal->count == 0)
		return 0;
	above = &removal->levels[removal->count - 1];
	fd = openat(removal->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, errno, "cannot open a directory again");
	if (st.st_dev != above->dev || st.st_ino != above->ino)
		return err_set(err, ERR_FAILED,
			       "a directory was moved while it was removed");
	close(removal->fd);
	removal->fd = STEAL_FD(fd);
	return 0;
}

/* The last name of the last level; once more when what it held is gone. */
static int remove_next(struct removal *removal, struct err *err)
{
	struct level *level = &removal->levels[removal->count - 1];
	const char *name;
	int gone;

	if (level->names.count == 0)
		return go_up(removal, err);
	name = level->names.items[level->names.count - 1];
	gone = remove_one(removal->fd, name, err);
	if (gone < 0)
		return -1;
	if (gone == 0 && level->emptied)
		return err_sys(err, ENOTEMPTY, "cannot remove '%s'", name);
	level->emptied = gone == 0;
	if (gone == 0)
		return go_down(removal, removal->fd, name, err);
	free(level->names.items[--level->names.count]);
	return 0;
}

int fs_remove_tree(int dir, const char *name, struct err *err)
{
	AUTO(removal_release) struct removal removal = { .fd = -1 };
	int gone = remove_one(dir, name, err);

	if (gone != 0)
		return gone < 0 ? -1 : 0;
	if (go_down(&removal, dir, name, err) < 0)
		return -1;
	while (removal.count > 0)
		if (remove_next(&removal, err) < 0)
			return -1;
	if (unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return err_sys(err, errno, "cannot remove '%s'", name);
	return 0;
}
