/* Knows how zlib is driven over descriptors. */
#include "spec/gzip.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/fs.h"

#define CHUNK (64 * 1024)
#define GZIP_WINDOW (15 + 16) /* zlib: 16 asks for the gzip wrapper */

struct gzip_writer {
	int fd;
	z_stream z;
	unsigned char out[CHUNK];
};

struct gzip_writer *gzip_writer_new(int fd)
{
	struct gzip_writer *gzip = mem_alloc(sizeof(*gzip));
	static gz_header head = { .os = 255 };

	gzip->fd = fd;
	if (deflateInit2(&gzip->z, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		abort(); /* only memory can be missing */
	deflateSetHeader(&gzip->z, &head);
	return gzip;
}

static int deflate_some(struct gzip_writer *gzip, int flush, struct err *err)
{
	int rc;

	do {
		gzip->z.next_out = gzip->out;
		gzip->z.avail_out = CHUNK;
		rc = deflate(&gzip->z, flush);
		if (rc == Z_STREAM_ERROR)
			return err_set(err, ERR_FAILED, "cannot compress");
		if (fs_write_all(gzip->fd, gzip->out,
				 CHUNK - gzip->z.avail_out, err) < 0)
			return -1;
	} while (gzip->z.avail_out == 0);
	return 0;
}

int gzip_writer_add(struct gzip_writer *gzip, const void *bytes, size_t len,
		    struct err *err)
{
	gzip->z.next_in = (unsigned char *)(uintptr_t)bytes;
	gzip->z.avail_in = (uInt)len;
	return len ? deflate_some(gzip, Z_NO_FLUSH, err) : 0;
}

int gzip_writer_end(struct gzip_writer *gzip, struct err *err)
{
	gzip->z.avail_in = 0;
	return deflate_some(gzip, Z_FINISH, err);
}

void gzip_writer_free(struct gzip_writer *gzip)
{
	if (!gzip)
		return;
	deflateEnd(&gzip->z);
	free(gzip);
}

struct gzip_reader {
	int fd;
	bool ended;
	z_stream z;
	unsigned char in[CHUNK];
};

struct gzip_reader *gzip_reader_new(int fd)
{
	struct gzip_reader *gzip = mem_alloc(sizeof(*gzip));

	gzip->fd = fd;
	if (inflateInit2(&gzip->z, GZIP_WINDOW) != Z_OK)
		abort();
	return gzip;
}

static int fill(struct gzip_reader *gzip, struct err *err)
{
	ssize_t n;

	do
		n = read(gzip->fd, gzip->in, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(err, errno, "cannot read");
	if (n == 0)
		return err_set(err, ERR_CORRUPT, "unexpected EOF");
	gzip->z.next_in = gzip->in;
	gzip->z.avail_in = (uInt)n;
	return 0;
}

ssize_t gzip_reader_read(struct gzip_reader *gzip, void *bytes, size_t len,
			 struct err *err)
{
	gzip->z.next_out = bytes;
	gzip->z.avail_out = (uInt)len;
	while (!gzip->ended && gzip->z.avail_out == len && len > 0) {
		int rc;

		if (gzip->z.avail_in == 0 && fill(gzip, err) < 0)
			return -1;
		rc = inflate(&gzip->z, Z_NO_FLUSH);
		if (rc == Z_STREAM_END)
			gzip->ended = true;
		else if (rc != Z_OK && rc != Z_BUF_ERROR)
			return err_set(err, ERR_CORRUPT, "invalid gzip data");
	}
	return (ssize_t)(len - gzip->z.avail_out);
}

void gzip_reader_free(struct gzip_reader *gzip)
{
	if (!gzip)
		return;
	inflateEnd(&gzip->z);
	free(gzip);
}
