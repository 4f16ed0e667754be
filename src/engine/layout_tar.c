/* Knows how a layout becomes one file: names in order, nobody's, no times. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "engine/place_write.h"
#include "spec/layertar.h"
#include "spec/tarblock.h"

#define CHUNK ((size_t)128 * 1024)

static int write_header(int fd, const char *name, char type, int64_t size,
			struct err *err)
{
	AUTO(buf_release) struct buf header = BUF_INIT;
	struct tar_entry entry = {
		.name = (char *)(uintptr_t)name,
		.mode = type == '5' ? S_IFDIR | 0755 : S_IFREG | 0644,
		.size = size,
		.typeflag = type,
		.atime_sec = -1,
	};

	tar_header_format(&entry, &header);
	return fs_write_all(fd, header.data, header.len, err);
}

static int pour(int from, int to, int64_t size, struct err *err)
{
	AUTO_FREE char *chunk = mem_alloc(CHUNK);
	AUTO(buf_release) struct buf padding = BUF_INIT;

	for (int64_t left = size; left > 0;) {
		size_t most = left < (int64_t)CHUNK ? (size_t)left : CHUNK;
		ssize_t n = read(from, chunk, most);

		if (n <= 0)
			return err_sys(err, n ? errno : EIO,
				       "cannot read a blob");
		if (fs_write_all(to, chunk, (size_t)n, err) < 0)
			return -1;
		left -= n;
	}
	tar_pad(&padding, (uint64_t)size);
	return padding.len ? fs_write_all(to, padding.data, padding.len, err) :
			     0;
}

struct adding {
	int fd;
	const char *prefix;
};

static int add(void *arg, int dir, const char *name, struct err *err)
{
	struct adding *adding = arg;
	AUTO_FREE char *path = mem_printf("%s%s", adding->prefix, name);
	AUTO_FREE char *prefix = mem_printf("%s/", path);
	struct adding below = { adding->fd, prefix };
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, errno, "cannot read '%s'", path);
	if (!S_ISDIR(st.st_mode))
		return write_header(adding->fd, path, '0', st.st_size, err) <
				       0 ? -1 :
		       pour(fd, adding->fd, st.st_size, err);
	if (write_header(adding->fd, prefix, '5', 0, err) < 0)
		return -1;
	return fs_each(dir, name, add, &below, err);
}

int layout_tar(int dir, int fd, struct err *err)
{
	static const char end[1024];
	struct adding adding = { fd, "" };

	if (fs_each(dir, ".", add, &adding, err) < 0)
		return -1;
	return fs_write_all(fd, end, sizeof(end), err);
}
