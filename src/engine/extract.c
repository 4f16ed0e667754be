/* Knows how files of an image are written out without ever leaving the
 * directory they go to. */
#include "engine/extract.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"

struct extract {
	const struct files *files;
	struct extracted *out;
};

void extracted_release(struct extracted *extracted)
{
	strv_release(&extracted->skipped);
}

static int fails(const struct extract *extract, uint32_t at, struct err *err)
{
	AUTO_FREE char *path = files_path(extract->files, at);
	int sys = errno;

	return err_sys(err, sys, "cannot write '/%s'", path);
}

/* Mode last: a change of owner takes set-user-ID away. */
static int finish(const struct extract *extract, uint32_t at, int fd,
		  const struct timespec *mtime, struct err *err)
{
	const struct file *file = &extract->files->items[at];
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
	mode_t mode = file->mode & 07777;

	if (fchown(fd, file->uid, file->gid) < 0)
		mode &= 01777;
	times[1] = *mtime;
	if (fchmod(fd, mode) < 0 || futimens(fd, times) < 0)
		return fails(extract, at, err);
	return 0;
}

static int copy_bytes(const struct extract *extract, uint32_t at, int from,
		      int to, struct err *err)
{
	char bytes[65536];
	ssize_t n;

	while ((n = read(from, bytes, sizeof(bytes))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fails(extract, at, err);
		if (fs_write_all(to, bytes, (size_t)n, err) < 0)
			return -1;
	}
	return 0;
}

static int write_file(const struct extract *extract, uint32_t at, int dir,
		      struct err *err)
{
	AUTO_FD int from = files_open(extract->files, at, err);
	AUTO_FD int to = -1;
	struct stat st;

	if (from < 0)
		return -1;
	to = openat(dir, files_name(extract->files, at), O_WRONLY | O_CREAT |
		    O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0 || fstat(from, &st) < 0)
		return fails(extract, at, err);
	if (copy_bytes(extract, at, from, to, err) < 0)
		return -1;
	return finish(extract, at, to, &st.st_mtim, err);
}

static int write_link(const struct extract *extract, uint32_t at, int dir,
		      struct err *err)
{
	const struct file *file = &extract->files->items[at];
	const char *name = files_name(extract->files, at);

	if (symlinkat(files_link(extract->files, at), dir, name) < 0)
		return fails(extract, at, err);
	/* An ordinary user keeps it as his own. */
	if (fchownat(dir, name, file->uid, file->gid,
		     AT_SYMLINK_NOFOLLOW) < 0 && errno != EPERM)
		return fails(extract, at, err);
	return 0;
}

static int write_one(struct extract *extract, uint32_t at, int dir,
		     struct err *err);

static int write_children(struct extract *extract, uint32_t at, int dir,
			  struct err *err)
{
	const struct files *files = extract->files;

	for (uint32_t i = files->items[at].child; i != FILE_NONE;
	     i = files->items[i].next)
		if (files->items[i].state != FILE_GONE &&
		    files->items[i].state != FILE_REMOVED &&
		    write_one(extract, i, dir, err) < 0)
			return -1;
	return 0;
}

static int write_dir(struct extract *extract, uint32_t at, int dir,
		     struct err *err)
{
	const char *name = files_name(extract->files, at);
	struct timespec now = { .tv_nsec = UTIME_NOW };
	AUTO_FD int fd = -1;

	if (mkdirat(dir, name, 0700) < 0)
		return fails(extract, at, err);
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
		    O_CLOEXEC);
	if (fd < 0)
		return fails(extract, at, err);
	if (write_children(extract, at, fd, err) < 0)
		return -1;
	return finish(extract, at, fd, &now, err);
}

static int write_one(struct extract *extract, uint32_t at, int dir,
		     struct err *err)
{
	switch (extract->files->items[at].mode & S_IFMT) {
	case S_IFREG:
		extract->out->count++;
		return write_file(extract, at, dir, err);
	case S_IFLNK:
		extract->out->count++;
		return write_link(extract, at, dir, err);
	case S_IFDIR:
		extract->out->count++;
		return write_dir(extract, at, dir, err);
	}
	strv_take(&extract->out->skipped, files_path(extract->files, at));
	return 0;
}

int extract_files(const struct files *files, uint32_t at, const char *dest,
		  struct extracted *out, struct err *err)
{
	struct extract extract = { files, out };
	AUTO_FD int dir = -1;

	*out = (struct extracted){ 0 };
	if (fs_mkdir_p(AT_FDCWD, dest, 0777, err) < 0)
		return -1;
	dir = open(dest, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(err, errno, "cannot open '%s'", dest);
	return at == 0 ? write_children(&extract, 0, dir, err)
		       : write_one(&extract, at, dir, err);
}
