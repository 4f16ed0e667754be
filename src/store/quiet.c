/* Knows how files and directories are read without leaving a trace, not even
 * an access time. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/utf8.h"
#include "store/inside.h"

int quiet_open(int dir, const char *name, int flags)
{
	int fd = openat(dir, name, flags | O_CLOEXEC | O_NOATIME);

	/* Only the owner may ask for that. */
	if (fd < 0 && errno == EPERM)
		fd = openat(dir, name, flags | O_CLOEXEC);
	return fd;
}

int quiet_read(int dir, const char *name, size_t limit, struct buf *out,
	       struct err *err)
{
	/* O_NONBLOCK: a fifo in place of a file must not stop us. */
	AUTO_FD int fd = quiet_open(dir, name, O_RDONLY | O_NONBLOCK);

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return err_sys(err, errno, "cannot open '%s'", name);
	if (fs_read_fd(fd, limit, out, err) < 0)
		return err_wrap(err, "file '%s'", name);
	return 1;
}

static int each(DIR *stream, quiet_visit *visit, void *arg, struct err *err)
{
	struct dirent *entry;
	int rc = 0;

	while (rc == 0 && (errno = 0, (entry = readdir(stream)))) {
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			rc = visit(arg, entry->d_name, entry->d_type, err);
	}
	if (rc == 0 && errno)
		return err_sys(err, errno, "cannot read a directory");
	return rc;
}

int quiet_each(int dir, const char *name, quiet_visit *visit, void *arg,
	       struct err *err)
{
	int fd, rc;
	DIR *stream;

	if (dir < 0)
		return 0;
	fd = quiet_open(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_sys(err, errno, "cannot open directory '%s'", name);
	stream = fdopendir(fd);
	if (!stream) {
		close(fd);
		return err_sys(err, errno, "cannot read directory '%s'", name);
	}
	rc = each(stream, visit, arg, err);
	closedir(stream);
	return rc;
}

int quiet_digest(int dir, const char *name, bool exact, struct digest *out,
		 struct err *err)
{
	char text[sizeof(out->text) + 64];
	AUTO_FD int fd = quiet_open(dir, name, O_RDONLY | O_NONBLOCK);
	struct span span;
	ssize_t n;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return err_sys(err, errno, "cannot open '%s'", name);
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return err_sys(err, errno, "cannot read '%s'", name);
	span = (struct span){ text, (size_t)n };
	if (!exact)
		span = utf8_trim(span);
	text[n] = '\0';
	if (span.ptr + span.len < text + n)
		text[span.ptr - text + (ptrdiff_t)span.len] = '\0';
	return strlen(span.ptr) == span.len && digest_parse(span.ptr, out);
}
