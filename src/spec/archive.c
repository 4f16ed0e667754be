/* Knows how libarchive takes compression off a stream of bytes. */
#include "spec/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

#define CHUNK (128 * 1024)

struct archive_source {
	struct archive *archive;
	bool ended;
	int fd;
	archive_pull *pull;
	void *arg;
	struct err pull_err; /* what the callback said, kept for the reader */
	char chunk[CHUNK];
};

static la_ssize_t pull_chunk(struct archive *archive, void *arg,
			     const void **bytes)
{
	struct archive_source *source = arg;
	ssize_t n;

	*bytes = source->chunk;
	if (source->pull) {
		n = source->pull(source->arg, source->chunk, CHUNK,
				 &source->pull_err);
		if (n < 0)
			archive_set_error(archive, EIO, "%s",
					  source->pull_err.msg);
		return n;
	}
	do
		n = read(source->fd, source->chunk, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		err_sys(&source->pull_err, errno, "cannot read");
		archive_set_error(archive, errno, "cannot read");
	}
	return n;
}

/* The callback's own error, or libarchive's in the words of Go's readers. */
static int say(struct archive_source *source, struct err *err)
{
	const char *text = archive_error_string(source->archive);

	if (source->pull_err.kind != ERR_NONE) {
		*err = source->pull_err;
		return -1;
	}
	if (text && strcasestr(text, "truncated"))
		return err_set(err, ERR_INPUT, "unexpected EOF");
	return err_set(err, ERR_INPUT, "cannot decompress: %s",
		       text ? text : "damaged data");
}

static struct archive_source *open_source(struct archive_source *source,
					  struct err *err)
{
	struct archive_entry *entry;
	int rc;

	source->archive = archive_read_new();
	if (!source->archive)
		abort();
	archive_read_support_filter_gzip(source->archive);
	archive_read_support_filter_bzip2(source->archive);
	archive_read_support_filter_xz(source->archive);
	archive_read_support_filter_zstd(source->archive);
	archive_read_support_format_raw(source->archive);
	archive_read_support_format_empty(source->archive);
	rc = archive_read_open(source->archive, source, NULL, pull_chunk, NULL);
	if (rc == ARCHIVE_OK)
		rc = archive_read_next_header(source->archive, &entry);
	if (rc == ARCHIVE_EOF) {
		source->ended = true;
		return source;
	}
	if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN) {
		say(source, err);
		archive_source_free(source);
		return NULL;
	}
	return source;
}

struct archive_source *archive_source_fd(int fd, struct err *err)
{
	struct archive_source *source = mem_alloc(sizeof(*source));

	source->fd = fd;
	return open_source(source, err);
}

struct archive_source *archive_source_pull(archive_pull *pull, void *arg,
					   struct err *err)
{
	struct archive_source *source = mem_alloc(sizeof(*source));

	source->fd = -1;
	source->pull = pull;
	source->arg = arg;
	return open_source(source, err);
}

ssize_t archive_source_read(struct archive_source *source, void *bytes,
			    size_t len, struct err *err)
{
	la_ssize_t n;

	if (source->ended)
		return 0;
	n = archive_read_data(source->archive, bytes, len);
	if (n < 0)
		return say(source, err);
	if (n == 0)
		source->ended = true;
	return n;
}

void archive_source_free(struct archive_source *source)
{
	if (!source)
		return;
	archive_read_free(source->archive);
	free(source);
}
