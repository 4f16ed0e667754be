/* Knows how zlib is driven over descriptors. */
#include "spec/gzip.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/fs.h"

#define CHUNK (64 * 1024)
#define HEAD 10 /* bytes of a member that Go looks at together */
#define GZIP_WINDOW (15 + 16) /* zlib: 16 asks for the gzip wrapper */
#define JUDGED_FROM 8192 /* bytes: of fewer nothing is said */

struct gzip_writer {
	int fd;
	int level;
	z_stream z;
	gz_header head;
	unsigned char out[CHUNK];
};

struct gzip_writer *gzip_writer_new(int fd)
{
	struct gzip_writer *gzip = mem_alloc(sizeof(*gzip));

	gzip->fd = fd;
	gzip->level = Z_BEST_SPEED;
	gzip->head.os = 255; /* unknown, as Go has it */
	if (deflateInit2(&gzip->z, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		abort(); /* only memory can be missing */
	deflateSetHeader(&gzip->z, &gzip->head);
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

/*
 * Whether bytes are as even as what is packed already: with n bytes at random
 * the squares of their counts sum up to n^2/256 + n. A sum below is one of a
 * table, a sum above of text, code, or noise that comes again.
 */
static bool is_noise(const unsigned char *bytes, size_t len)
{
	uint32_t counts[256] = { 0 };
	uint64_t squares = 0, even = (uint64_t)len * len / 256;

	for (size_t i = 0; i < len; i++)
		counts[bytes[i]]++;
	for (int i = 0; i < 256; i++)
		squares += (uint64_t)counts[i] * counts[i];
	return squares > even + len / 2 &&
	       squares < even + even / 32 + len + len / 2;
}

/* To seek matches in noise takes longest of all, and finds none. */
static int choose_level(struct gzip_writer *gzip, const void *bytes,
			size_t len, struct err *err)
{
	int level = len >= JUDGED_FROM && is_noise(bytes, len) ?
		    Z_NO_COMPRESSION : Z_BEST_SPEED;
	int rc = Z_BUF_ERROR;

	gzip->z.avail_in = 0;
	while (level != gzip->level && rc == Z_BUF_ERROR) {
		gzip->z.next_out = gzip->out;
		gzip->z.avail_out = CHUNK;
		rc = deflateParams(&gzip->z, level, Z_DEFAULT_STRATEGY);
		if (rc == Z_STREAM_ERROR)
			return err_set(err, ERR_FAILED, "cannot compress");
		if (fs_write_all(gzip->fd, gzip->out,
				 CHUNK - gzip->z.avail_out, err) < 0)
			return -1;
	}
	gzip->level = level;
	return 0;
}

int gzip_writer_add(struct gzip_writer *gzip, const void *bytes, size_t len,
		    struct err *err)
{
	if (choose_level(gzip, bytes, len, err) < 0)
		return -1;
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

#define WINDOW 32768 /* what is given out at a time, as Go's flate does */

struct gzip_reader {
	gzip_pull *pull;
	void *arg;
	int fd;
	bool inside;  /* a member has begun and not ended */
	bool ended;
	z_stream z;
	size_t at, held; /* of the window: given out, filled */
	struct err broken; /* what the next reading says */
	unsigned char window[WINDOW];
	unsigned char in[CHUNK];
};

static ssize_t pull_fd(void *arg, void *bytes, size_t len, struct err *err)
{
	struct gzip_reader *gzip = arg;
	ssize_t n;

	do
		n = read(gzip->fd, bytes, len);
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_sys(err, errno, "cannot read") : n;
}

struct gzip_reader *gzip_reader_pull(gzip_pull *pull, void *arg)
{
	struct gzip_reader *gzip = mem_alloc(sizeof(*gzip));

	gzip->pull = pull;
	gzip->arg = arg;
	gzip->inside = true; /* at least one member must be there */
	if (inflateInit2(&gzip->z, GZIP_WINDOW) != Z_OK)
		abort(); /* only memory can be missing */
	return gzip;
}

struct gzip_reader *gzip_reader_new(int fd)
{
	struct gzip_reader *gzip = gzip_reader_pull(pull_fd, NULL);

	gzip->fd = fd;
	gzip->arg = gzip;
	return gzip;
}

/* Pulls until there are so many bytes of input, if it has as many. */
static int fill(struct gzip_reader *gzip, uInt least, struct err *err)
{
	z_stream *z = &gzip->z;
	ssize_t n = 1;

	if (z->avail_in >= least)
		return 0;
	if (z->avail_in > 0)
		memmove(gzip->in, z->next_in, z->avail_in);
	z->next_in = gzip->in;
	while (n > 0 && z->avail_in < least) {
		n = gzip->pull(gzip->arg, gzip->in + z->avail_in,
			       CHUNK - z->avail_in, err);
		z->avail_in += n > 0 ? (uInt)n : 0;
	}
	return n < 0 ? -1 : 0;
}

/* Go's words for what zlib says. */
static const char *reason(const char *said)
{
	if (said && strcmp(said, "incorrect header check") == 0)
		return "invalid header";
	if (said && (strcmp(said, "incorrect data check") == 0 ||
		     strcmp(said, "incorrect length check") == 0))
		return "invalid checksum";
	return said ? said : "invalid data";
}

/* To the end of a member, or until out is full. */
static int inflate_some(struct gzip_reader *gzip, struct err *err)
{
	uInt least = gzip->inside ? 1 : HEAD;
	int rc;

	if (fill(gzip, least, err) < 0)
		return -1;
	if (gzip->z.avail_in == 0 && !gzip->inside) {
		gzip->ended = true;
		return 0;
	}
	if (gzip->z.avail_in < least)
		return err_set(err, ERR_CORRUPT, "unexpected EOF");
	gzip->inside = true;
	rc = inflate(&gzip->z, Z_NO_FLUSH);
	if (rc == Z_STREAM_END) {
		/* Members follow each other (RFC 1952, 2.2). */
		gzip->inside = false;
		inflateReset(&gzip->z);
	} else if (rc != Z_OK && rc != Z_BUF_ERROR) {
		return err_set(err, ERR_CORRUPT, "gzip: %s",
			       reason(gzip->z.msg));
	}
	return 0;
}

static ssize_t fill_window(struct gzip_reader *gzip, unsigned char *out,
			   struct err *err)
{
	gzip->z.next_out = out;
	gzip->z.avail_out = WINDOW;
	if (gzip->broken.kind != ERR_NONE) {
		*err = gzip->broken;
		return -1;
	}
	do {
		if (inflate_some(gzip, &gzip->broken) < 0)
			break;
	} while (!gzip->ended && gzip->z.avail_out > 0 &&
		 (gzip->inside || gzip->z.avail_out == WINDOW));
	/* What came out before the damage comes first. */
	if (gzip->broken.kind != ERR_NONE && gzip->z.avail_out == WINDOW) {
		*err = gzip->broken;
		return -1;
	}
	return (ssize_t)(WINDOW - gzip->z.avail_out);
}

ssize_t gzip_reader_read(struct gzip_reader *gzip, void *bytes, size_t len,
			 struct err *err)
{
	size_t n = gzip->held - gzip->at;

	if (n == 0 && !gzip->ended) {
		ssize_t got = fill_window(
			gzip, len >= WINDOW ? bytes : gzip->window, err);

		if (got < 0 || len >= WINDOW)
			return got;
		gzip->at = 0;
		gzip->held = n = (size_t)got;
	}
	if (n > len)
		n = len;
	if (n > 0)
		memcpy(bytes, gzip->window + gzip->at, n);
	gzip->at += n;
	return (ssize_t)n;
}

void gzip_reader_free(struct gzip_reader *gzip)
{
	if (!gzip)
		return;
	inflateEnd(&gzip->z);
	free(gzip);
}
