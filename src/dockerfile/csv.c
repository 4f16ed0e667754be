/* Knows the quotes of comma-separated values as Go reads them. */
#include "dockerfile/csv.h"

#include <string.h>

#define FAILED "failed to parse csv mounts: "
#define BARE "bare \" in non-quoted-field"
#define EXTRA "extraneous or missing \" in quoted-field"

struct reader {
	struct span line, rest;
	struct strv *out;
	struct buf *why;
};

static int fail(struct reader *reader, const char *at, const char *reason)
{
	buf_addf(reader->why, FAILED "parse error on line 1, column %zu: %s",
		 (size_t)(at - reader->line.ptr) + 1, reason);
	return -1;
}

static void advance(struct reader *reader, size_t n)
{
	reader->rest.ptr += n;
	reader->rest.len -= n;
}

/* 1 if another field follows, 0 at the end. */
static int end_field(struct reader *reader)
{
	if (reader->rest.len == 0)
		return 0;
	advance(reader, 1); /* the comma */
	return 1;
}

static int read_plain(struct reader *reader)
{
	const char *start = reader->rest.ptr;
	const char *comma = memchr(start, ',', reader->rest.len);
	size_t len = comma ? (size_t)(comma - start) : reader->rest.len;
	const char *quote = memchr(start, '"', len);

	if (quote)
		return fail(reader, quote, BARE);
	strv_addn(reader->out, start, len);
	advance(reader, len);
	return end_field(reader);
}

static int read_quoted(struct reader *reader)
{
	AUTO(buf_release) struct buf field = BUF_INIT;

	advance(reader, 1);
	for (;;) {
		const char *start = reader->rest.ptr;
		const char *quote = memchr(start, '"', reader->rest.len);

		if (!quote)
			return fail(reader, start + reader->rest.len, EXTRA);
		buf_add(&field, start, (size_t)(quote - start));
		advance(reader, (size_t)(quote - start) + 1);
		if (reader->rest.len == 0 || *reader->rest.ptr == ',')
			break;
		if (*reader->rest.ptr != '"')
			return fail(reader, quote, EXTRA);
		buf_addc(&field, '"');
		advance(reader, 1);
	}
	strv_take(reader->out, buf_steal(&field));
	return end_field(reader);
}

int csv_split(const char *text, struct strv *out, struct buf *why)
{
	struct reader reader = { span_of(text), span_of(text), out, why };
	int more;

	if (reader.rest.len && text[reader.rest.len - 1] == '\r')
		reader.rest.len--;
	if (reader.rest.len == 0) {
		buf_adds(why, FAILED "EOF");
		return -1;
	}
	do {
		more = reader.rest.len && *reader.rest.ptr == '"' ?
			read_quoted(&reader) : read_plain(&reader);
	} while (more > 0);
	return more;
}
