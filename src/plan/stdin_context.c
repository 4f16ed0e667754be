/* Knows how a tar on stdin is told from a Dockerfile. */
#include "plan/stdin_context.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fs.h"
#include "context/context.h"
#include "spec/archive.h"
#include "spec/layertar.h"

#define TAR_BLOCK 512

int stdin_context_file(struct err *err)
{
	const char *dir = getenv("TMPDIR");
	int fd = open(dir && *dir ? dir : "/tmp",
		      O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		fd = memfd_create("context", MFD_CLOEXEC);
	if (fd < 0)
		err_sys(err, errno, "cannot keep the context");
	return fd;
}

int stdin_context_save(struct err *err)
{
	AUTO_FD int fd = stdin_context_file(err);
	char bytes[65536];
	ssize_t n;

	if (fd < 0)
		return -1;
	while ((n = read(STDIN_FILENO, bytes, sizeof(bytes))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, errno, "cannot read the context");
		if (fs_write_all(fd, bytes, (size_t)n, err) < 0)
			return -1;
	}
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, errno, "cannot read the context");
	return STEAL_FD(fd);
}

int stdin_context_is_tar(int fd, struct err *err)
{
	static const struct {
		const char *bytes;
		size_t len;
	} magics[] = { { "\x1f\x8b\x08", 3 }, { "BZh", 3 },
		       { "\xfd" "7zXZ\0", 6 } };
	char block[TAR_BLOCK] = "";
	ssize_t n = pread(fd, block, sizeof(block), 0);

	if (n < 0)
		return err_sys(err, errno, "cannot read the context");
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (!memcmp(block, magics[i].bytes, magics[i].len))
			return 1;
	/* The client looks at one block: a PAX header alone is no tar. */
	if (n < TAR_BLOCK || block[156] == 'x' || block[156] == 'g')
		return 0;
	return archive_is_tar(fd, err);
}

int stdin_context_tar(const struct buf *text, struct err *err)
{
	static const char zeros[2 * TAR_BLOCK];
	struct tar_entry entry = { .name = (char *)"Dockerfile",
				   .mode = 0100644, .typeflag = '0',
				   .size = (int64_t)text->len,
				   .atime_sec = -1 };
	AUTO(buf_release) struct buf tar = BUF_INIT;
	AUTO_FD int fd = memfd_create("context", MFD_CLOEXEC);

	if (fd < 0)
		return err_sys(err, errno, "cannot keep the context");
	tar_header_format(&entry, &tar);
	buf_add(&tar, text->data ? text->data : "", text->len);
	if (text->len % TAR_BLOCK)
		buf_add(&tar, zeros, TAR_BLOCK - text->len % TAR_BLOCK);
	buf_add(&tar, zeros, sizeof(zeros));
	if (fs_write_all(fd, tar.data, tar.len, err) < 0)
		return -1;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, errno, "cannot keep the context");
	return STEAL_FD(fd);
}

int stdin_context_of_text(const struct buf *text, struct tree **out,
			  struct err *err)
{
	struct context_options how = { .dockerfile = "Dockerfile" };
	AUTO_FD int fd = stdin_context_tar(text, err);

	return fd < 0 ? -1 : context_open_tar(fd, &how, out, err);
}
