/* Knows which compressions Docker takes for one, and how they are undone. */
#include "spec/archive.h"

#include <archive.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/lazy.h"
#include <config.h>
#include "spec/bzip2.h"
#include "spec/gzip.h"
#include "spec/xz.h"

#define CHUNK ((size_t)64 * 1024)
#define HEAD 10 /* bytes that tell the compression; Docker looks at as many */

/* Only zstd needs it: it comes when such a stream does. */
#define CALLS(X)                                                               \
	X(append_filter, read_append_filter) X(data, read_data)                \
	X(free, read_free) X(new, read_new)                                    \
	X(next_header, read_next_header) X(open, read_open)                    \
	X(support_empty, read_support_format_empty)                            \
	X(support_raw, read_support_format_raw)                                \
	X(set_error, set_error) X(error_number, errno)                         \
	X(error_string, error_string)
#define MEMBER(member, name) __typeof__(archive_##name) *member;
#define SYMBOL(member, name) { "archive_" #name, (void **)&lib.member },
static struct { CALLS(MEMBER) } lib;
static const struct lazy_symbol symbols[] = { CALLS(SYMBOL) };
static struct lazy library = LAZY(LIBARCHIVE_SONAME, symbols);

/* By magic, as Docker's DetectCompression. Where Docker's reader tells damage
 * apart, the format's own library reads; libarchive does the rest. */
static const struct format {
	const char *magic;
	size_t len;
	int filter;   /* libarchive's number of it */
} formats[] = {
	{ "BZh", 3, ARCHIVE_FILTER_BZIP2 },
	{ "\x1f\x8b\x08", 3, ARCHIVE_FILTER_GZIP },
	{ "\xfd" "7zXZ", 6, ARCHIVE_FILTER_XZ },
	{ "\x28\xb5\x2f\xfd", 4, ARCHIVE_FILTER_ZSTD },
};

struct archive_source {
	archive_pull *pull;
	void *arg;
	int fd;
	char head[HEAD];
	size_t head_at, head_len;
	const struct format *format; /* NULL: plain */
	struct gzip_reader *gzip;
	struct xz_reader *xz;
	struct bzip2_reader *bzip2;
	struct archive *archive;
	char *chunk;                 /* libarchive's input */
	struct err err;              /* of the pull inside libarchive */
	bool ended;
	bool forgiving;              /* damage is an end */
	struct err broken;           /* what it was */
	uint64_t limit, total;       /* decompressed bytes; 0: no limit */
};

/* ---- the bytes as they come ---- */

static ssize_t pull_fd(void *arg, void *bytes, size_t len, struct err *err)
{
	const struct archive_source *source = arg;
	ssize_t n;

	do
		n = read(source->fd, bytes, len);
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_sys(err, errno, "cannot read the archive") : n;
}

static ssize_t pull_raw(void *arg, void *bytes, size_t len, struct err *err)
{
	struct archive_source *source = arg;
	size_t n = source->head_len - source->head_at;

	if (n == 0)
		return source->pull(source->arg, bytes, len, err);
	if (n > len)
		n = len;
	memcpy(bytes, source->head + source->head_at, n);
	source->head_at += n;
	return (ssize_t)n;
}

static int read_head(struct archive_source *source, struct err *err)
{
	ssize_t n;

	while (source->head_len < HEAD) {
		n = source->pull(source->arg, source->head + source->head_len,
				 HEAD - source->head_len, err);
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		source->head_len += (size_t)n;
	}
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (source->head_len >= formats[i].len &&
		    memcmp(source->head, formats[i].magic, formats[i].len) == 0)
			source->format = &formats[i];
	return 0;
}

/* ---- libarchive ---- */

static la_ssize_t give_chunk(struct archive *archive, void *arg,
			     const void **bytes)
{
	struct archive_source *source = arg;
	ssize_t n = pull_raw(source, source->chunk, CHUNK, &source->err);

	*bytes = source->chunk;
	if (n < 0)
		lib.set_error(archive, EIO, "read");
	return n < 0 ? ARCHIVE_FATAL : n;
}

static int filter_error(struct archive_source *source, struct err *err)
{
	const char *text = lib.error_string(source->archive);

	if (source->err.kind != ERR_NONE) {
		*err = source->err;
		return -1;
	}
	if (text && (strcasestr(text, "truncated") ||
		     strcasestr(text, "no progress")))
		text = "unexpected EOF";
	return err_set(err, ERR_INPUT, "%s", text ? text : "damaged archive");
}

static int open_filter(struct archive_source *source, struct err *err)
{
	struct archive_entry *entry;
	int rc;

	if (lazy_load(&library, err) < 0)
		return -1;
	source->archive = lib.new();
	if (!source->archive)
		abort(); /* only memory can be missing */
	source->chunk = mem_alloc(CHUNK);
	lib.support_raw(source->archive);
	lib.support_empty(source->archive);
	/* This one filter, not whatever its output may look like. */
	if (lib.append_filter(source->archive,
				       source->format->filter) < ARCHIVE_WARN)
		return filter_error(source, err);
	/* A filter that fails at its first bytes looks like an empty archive:
	 * only the number tells, and only until the next call. */
	if (lib.open(source->archive, source, NULL, give_chunk,
			      NULL) != ARCHIVE_OK ||
	    lib.error_number(source->archive) != 0)
		return filter_error(source, err);
	rc = lib.next_header(source->archive, &entry);
	source->ended = rc == ARCHIVE_EOF;
	return rc < ARCHIVE_WARN ? filter_error(source, err) : 0;
}

static ssize_t read_filter(struct archive_source *source, void *bytes,
			   size_t len, struct err *err)
{
	la_ssize_t n;

	/* Opening reads, so it waits for the first read: a damaged archive
	 * is then found where its bytes are wanted. */
	if (!source->archive && open_filter(source, err) < 0)
		return -1;
	if (source->ended)
		return 0;
	do
		n = lib.data(source->archive, bytes, len);
	while (n == ARCHIVE_RETRY);
	return n < 0 ? filter_error(source, err) : n;
}

/* ---- the door ---- */

static int open_reader(struct archive_source *source, struct err *err)
{
	switch (source->format ? source->format->filter : ARCHIVE_FILTER_NONE) {
	case ARCHIVE_FILTER_GZIP:
		source->gzip = gzip_reader_pull(pull_raw, source);
		return 0;
	case ARCHIVE_FILTER_XZ:
		source->xz = xz_reader_pull(pull_raw, source, err);
		return source->xz ? 0 : -1;
	case ARCHIVE_FILTER_BZIP2:
		source->bzip2 = bzip2_reader_pull(pull_raw, source, err);
		return source->bzip2 ? 0 : -1;
	default:
		return 0;
	}
}

static struct archive_source *source_open(struct archive_source *fresh,
					  struct err *err)
{
	AUTO(archive_source_free) struct archive_source *source = fresh;

	if (read_head(source, err) < 0 || open_reader(source, err) < 0)
		return NULL;
	return STEAL(source);
}

struct archive_source *archive_source_pull(archive_pull *pull, void *arg,
					   struct err *err)
{
	struct archive_source *source = mem_alloc(sizeof(*source));

	source->pull = pull;
	source->arg = arg;
	return source_open(source, err);
}

struct archive_source *archive_source_fd(int fd, struct err *err)
{
	struct archive_source *source = mem_alloc(sizeof(*source));

	source->fd = fd;
	source->pull = pull_fd;
	source->arg = source;
	return source_open(source, err);
}

static ssize_t read_some(struct archive_source *source, void *bytes,
			 size_t len, struct err *err)
{
	ssize_t n;

	if (!source->format)
		return pull_raw(source, bytes, len, err);
	if (source->xz)
		return xz_reader_read(source->xz, bytes, len, err);
	if (source->bzip2)
		return bzip2_reader_read(source->bzip2, bytes, len, err);
	if (!source->gzip)
		return read_filter(source, bytes, len, err);
	n = gzip_reader_read(source->gzip, bytes, len, err);
	if (n < 0 && err->kind == ERR_CORRUPT)
		err->kind = ERR_INPUT; /* it comes from outside */
	return n;
}

ssize_t archive_source_read(struct archive_source *source, void *bytes,
			    size_t len, struct err *err)
{
	ssize_t n = source->broken.kind != ERR_NONE ? 0 :
		read_some(source, bytes, len, err);

	if (n < 0 && source->forgiving && err->kind == ERR_INPUT) {
		source->broken = *err;
		*err = (struct err)ERR_INIT;
		return 0;
	}
	if (n > 0)
		source->total += (uint64_t)n;
	if (source->limit && source->total > source->limit)
		return err_set(err, ERR_INPUT, "it is larger than %llu bytes "
			       "once decompressed, far more than its own size "
			       "allows", (unsigned long long)source->limit);
	return n;
}

void archive_source_forgive(struct archive_source *source)
{
	source->forgiving = true;
}

const char *archive_source_damage(const struct archive_source *source)
{
	return source->broken.kind != ERR_NONE ? source->broken.msg : NULL;
}

void archive_source_limit(struct archive_source *source, uint64_t bytes)
{
	source->limit = bytes;
}

bool archive_source_is_zstd(const struct archive_source *source)
{
	return source->format &&
	       source->format->filter == ARCHIVE_FILTER_ZSTD;
}

const char *archive_source_complaint(const struct archive_source *source)
{
	return source->xz ? xz_reader_complaint(source->xz) : NULL;
}

void archive_source_free(struct archive_source *source)
{
	if (!source)
		return;
	gzip_reader_free(source->gzip);
	xz_reader_free(source->xz);
	bzip2_reader_free(source->bzip2);
	if (source->archive)
		lib.free(source->archive);
	free(source->chunk);
	free(source);
}
