/*
 * Knows the warning about empty continuation lines, which Docker hands to
 * Go's Printf as the format: verbs in a RUN line turn up as mistakes.
 */
#include "dockerfile/warning.h"

#include <string.h>

#include "base/utf8.h"

#define NUMBER_MAX 1000000 /* a larger width eats the rest of the text */

struct format {
	struct span rest;
	struct buf *out;
	bool indexed, bad_index; /* of the verb at hand: [n] after the % */
};

static char peek(const struct format *format)
{
	return format->rest.len ? *format->rest.ptr : '\0';
}

static void advance(struct format *format, size_t n)
{
	format->rest.ptr += n;
	format->rest.len -= n;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* true if there was a number; one too large takes all that follows. */
static bool skip_number(struct format *format)
{
	int n = 0;
	bool any = false;

	while (format->rest.len && is_digit(peek(format))) {
		if (n > NUMBER_MAX) {
			advance(format, format->rest.len);
			return false;
		}
		n = n * 10 + (peek(format) - '0');
		any = true;
		advance(format, 1);
	}
	return any;
}

/* `[n]`: there are no arguments, so it is bad whatever it says. */
static void skip_index(struct format *format)
{
	const char *close;

	format->indexed = false;
	if (peek(format) != '[')
		return;
	format->bad_index = true;
	close = format->rest.len < 3 ? NULL :
		memchr(format->rest.ptr, ']', format->rest.len);
	if (!close) {
		advance(format, 1);
		return;
	}
	format->indexed = close > format->rest.ptr + 1;
	for (const char *p = format->rest.ptr + 1; p < close; p++)
		if (!is_digit(*p))
			format->indexed = false;
	advance(format, (size_t)(close - format->rest.ptr) + 1);
}

static void read_width(struct format *format)
{
	skip_index(format);
	if (peek(format) == '*') {
		advance(format, 1);
		buf_adds(format->out, "%!(BADWIDTH)");
		format->indexed = false;
	} else if (skip_number(format) && format->indexed) {
		format->bad_index = true;
	}
}

static void read_precision(struct format *format)
{
	if (peek(format) != '.')
		return;
	advance(format, 1);
	if (format->indexed)
		format->bad_index = true;
	skip_index(format);
	if (peek(format) == '*') {
		advance(format, 1);
		buf_adds(format->out, "%!(BADPREC)");
		format->indexed = false;
	} else {
		skip_number(format);
	}
}

/* After a %. */
static void read_verb(struct format *format)
{
	uint32_t verb;
	bool valid;

	format->bad_index = false;
	while (format->rest.len && strchr("#0+- ", peek(format)) &&
	       peek(format))
		advance(format, 1);
	read_width(format);
	read_precision(format);
	if (!format->indexed)
		skip_index(format);
	if (format->rest.len == 0) {
		buf_adds(format->out, "%!(NOVERB)");
		return;
	}
	advance(format, utf8_decode(format->rest.ptr, format->rest.len, &verb,
				    &valid));
	if (verb == '%') {
		buf_addc(format->out, '%');
		return;
	}
	buf_adds(format->out, "%!");
	utf8_append(format->out, verb);
	buf_adds(format->out, format->bad_index ? "(BADINDEX)" : "(MISSING)");
}

static char *print(struct span text)
{
	struct buf out = BUF_INIT;
	struct format format = { .rest = text, .out = &out };

	while (format.rest.len) {
		const char *percent = memchr(format.rest.ptr, '%',
					     format.rest.len);
		size_t len = percent ? (size_t)(percent - format.rest.ptr) :
				       format.rest.len;

		buf_add(&out, format.rest.ptr, len);
		advance(&format, len);
		if (percent) {
			advance(&format, 1);
			read_verb(&format);
		}
	}
	return buf_steal(&out);
}

void warning_add(struct buf *warning, struct span line)
{
	buf_adds(warning, "[WARNING]: Empty continuation line found in:\n    ");
	buf_add(warning, line.ptr, line.len);
	buf_addc(warning, '\n');
}

char *warning_finish(struct buf *warning)
{
	if (warning->len == 0)
		return NULL;
	buf_adds(warning, "[WARNING]: Empty continuation lines will become "
		 "errors in a future release.\n");
	return print((struct span){ warning->data, warning->len });
}
