/* Knows how Go quotes strings and how Docker rounds sizes and ages. */
#include "spec/gofmt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#define MAX_RUNE 0x10ffff

/* strconv, appendEscapedRune: one valid character between quotes. */
static void escape(struct buf *out, uint32_t rune, char quote)
{
	static const char letters[] = {
		['\a'] = 'a', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n',
		['\r'] = 'r', ['\t'] = 't', ['\v'] = 'v',
	};

	if (rune == (uint32_t)quote || rune == '\\')
		buf_addf(out, "\\%c", (char)rune);
	else if (utf8_is_print(rune))
		utf8_append(out, rune);
	else if (rune < sizeof(letters) && letters[rune])
		buf_addf(out, "\\%c", letters[rune]);
	else if (rune < 0x20 || rune == 0x7f)
		buf_addf(out, "\\x%02" PRIx32, rune);
	else if (rune < 0x10000)
		buf_addf(out, "\\u%04" PRIx32, rune);
	else
		buf_addf(out, "\\U%08" PRIx32, rune);
}

void gofmt_quote(struct buf *out, const char *text, size_t len)
{
	buf_addc(out, '"');
	while (len > 0) {
		uint32_t rune;
		bool valid;
		size_t n = utf8_decode(text, len, &rune, &valid);

		if (valid)
			escape(out, rune, '"');
		else
			buf_addf(out, "\\x%02x", (unsigned char)*text);
		text += n;
		len -= n;
	}
	buf_addc(out, '"');
}

void gofmt_quote_list(struct buf *out, const struct strv *list)
{
	buf_addc(out, '[');
	for (size_t i = 0; i < list->count; i++) {
		if (i)
			buf_addc(out, ' ');
		gofmt_quote(out, list->items[i], strlen(list->items[i]));
	}
	buf_addc(out, ']');
}

void gofmt_quote_rune(struct buf *out, int64_t rune)
{
	uint32_t c = rune < 0 || rune > MAX_RUNE ? UTF8_BAD : (uint32_t)rune;

	buf_addc(out, '\'');
	if (c >= 0xd800 && c <= 0xdfff)
		buf_adds(out, "\\ufffd");
	else
		escape(out, c, '\'');
	buf_addc(out, '\'');
}

bool gofmt_atoi(const char *text, long *out)
{
	const char *digits = text + (*text == '-' || *text == '+');
	long value;

	if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0')
		return false;
	errno = 0;
	value = strtol(text, NULL, 10);
	if (errno != 0)
		return false;
	*out = value;
	return true;
}

void gofmt_size(char out[32], double bytes, int precision)
{
	static const char *const units[] = { "B",  "kB", "MB", "GB", "TB",
					     "PB", "EB", "ZB", "YB" };
	size_t i = 0;

	while (bytes >= 1000 && i + 1 < sizeof(units) / sizeof(*units)) {
		bytes /= 1000;
		i++;
	}
	snprintf(out, 32, "%.*g%s", precision, bytes, units[i]);
}

void gofmt_age(char out[48], int64_t seconds)
{
	int64_t minutes = seconds / 60, hours = (seconds + 1800) / 3600;
	const struct {
		bool fits;
		const char *one;
		int64_t count;
		const char *unit;
	} ages[] = {
		{ seconds < 1, "Less than a second", 0, NULL },
		{ seconds == 1, "1 second", 0, NULL },
		{ seconds < 60, NULL, seconds, "seconds" },
		{ minutes == 1, "About a minute", 0, NULL },
		{ minutes < 60, NULL, minutes, "minutes" },
		{ hours == 1, "About an hour", 0, NULL },
		{ hours < 48, NULL, hours, "hours" },
		{ hours < 24 * 7 * 2, NULL, hours / 24, "days" },
		{ hours < 24 * 30 * 2, NULL, hours / 24 / 7, "weeks" },
		{ hours < 24 * 365 * 2, NULL, hours / 24 / 30, "months" },
		{ true, NULL, seconds / 3600 / 24 / 365, "years" },
	};
	size_t i = 0;

	while (!ages[i].fits)
		i++;
	if (ages[i].one)
		snprintf(out, 48, "%s ago", ages[i].one);
	else
		snprintf(out, 48, "%" PRId64 " %s ago", ages[i].count,
			 ages[i].unit);
}
