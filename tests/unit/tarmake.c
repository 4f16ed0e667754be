/* Knows how tests make tars. */
#include "tarmake.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "spec/gzip.h"
#include "spec/tarblock.h"

void tarmake_entry(struct buf *tar, const struct tar_entry *entry,
		   const char *content)
{
	tar_header_format(entry, tar);
	if (content) {
		buf_add(tar, content, (size_t)entry->size);
		tar_pad(tar, (uint64_t)entry->size);
	}
}

static char *text(const char *s)
{
	return (char *)(uintptr_t)s;
}

void tarmake_file(struct buf *tar, const char *name, const char *content)
{
	struct tar_entry entry = {
		.name = text(name), .mode = 0100644, .typeflag = '0',
		.uid = getuid(), .gid = getgid(),
		.size = (int64_t)strlen(content),
		.mtime = { .tv_sec = 1600000000 },
	};

	tarmake_entry(tar, &entry, content);
}

void tarmake_dir(struct buf *tar, const char *name)
{
	struct tar_entry entry = {
		.name = text(name), .mode = 040755, .typeflag = '5',
		.uid = getuid(), .gid = getgid(),
		.mtime = { .tv_sec = 1500000000 },
	};

	tarmake_entry(tar, &entry, NULL);
}

void tarmake_link(struct buf *tar, char typeflag, const char *name,
		  const char *target)
{
	struct tar_entry entry = {
		.name = text(name), .mode = 0100644, .typeflag = typeflag,
		.uid = getuid(), .gid = getgid(), .linkname = text(target),
		.mtime = { .tv_sec = 1600000000 },
	};

	tarmake_entry(tar, &entry, NULL);
}

void tarmake_special(struct buf *tar, char typeflag, const void *body,
		     size_t len)
{
	struct tar_entry entry = {
		.name = text("special"), .typeflag = typeflag,
		.size = (int64_t)len,
	};

	tarmake_entry(tar, &entry, len ? body : "");
}

void tarmake_record(struct buf *body, const char *key, const char *value)
{
	size_t bare = strlen(key) + strlen(value) + 3, len = bare + 1;

	while (bare + (size_t)snprintf(NULL, 0, "%zu", len) != len)
		len++;
	buf_addf(body, "%zu %s=%s\n", len, key, value);
}

void tarmake_end(struct buf *tar)
{
	static const char zeros[2 * TAR_BLOCK_SIZE];

	buf_add(tar, zeros, sizeof(zeros));
}

void tarmake_sum(struct buf *tar, size_t at)
{
	unsigned char *block = (unsigned char *)tar->data + at;
	unsigned int sum = 0;
	char digits[8];

	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < TAR_BLOCK_SIZE; i++)
		sum += block[i];
	snprintf(digits, sizeof(digits), "%06o", sum & 0777777);
	memcpy(block + 148, digits, 7);
}

static int nameless(void)
{
	int fd = open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	return fd;
}

int tarmake_fd(const void *bytes, size_t len)
{
	struct err err = ERR_INIT;
	int fd = nameless();

	assert_int_equal(fs_write_all(fd, bytes, len, &err), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

void tarmake_slurp(int fd, struct buf *out)
{
	struct err err = ERR_INIT;

	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(fs_read_fd(fd, 1 << 28, out, &err), 0);
}

void tarmake_gzip(const struct buf *from, struct buf *to)
{
	AUTO_FD int fd = nameless();
	AUTO(gzip_writer_free) struct gzip_writer *gzip = gzip_writer_new(fd);
	struct err err = ERR_INIT;

	assert_int_equal(gzip_writer_add(gzip, from->data, from->len, &err),
			 0);
	assert_int_equal(gzip_writer_end(gzip, &err), 0);
	tarmake_slurp(fd, to);
}

ssize_t tarmake_pull(void *arg, void *bytes, size_t len, struct err *err)
{
	struct tarmake_pipe *pipe = arg;
	size_t n = pipe->bytes->len - pipe->at;

	(void)err;
	n = n < len ? n : len;
	n = n < pipe->step ? n : pipe->step;
	if (n)
		memcpy(bytes, pipe->bytes->data + pipe->at, n);
	pipe->at += n;
	return (ssize_t)n;
}
