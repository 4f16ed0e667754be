/* Knows how wide text is, and which bytes may reach a terminal. */
#include "view/row.h"

#include <langinfo.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

#include "base/utf8.h"

#define TAB_COLUMNS 8
#define CLUSTER_MAX 64 /* bytes; marks beyond it make a cluster of no width */

/* Columns of one character, 0 for a mark on the one before, -1: not shown. */
static int rune_width(uint32_t rune)
{
	if (rune < 0x80)
		return rune >= 0x20 && rune != 0x7f ? 1 : -1;
	/* Joiners belong to their cluster; all other format characters
	 * (above all those that turn the writing direction) are escaped. */
	if (rune == 0x200c || rune == 0x200d)
		return wcwidth(0xe9) > 0 ? 0 : -1;
	if (!utf8_is_print(rune) && !(utf8_is_space(rune) && rune >= 0xa0 &&
				      rune != 0x2028 && rune != 0x2029))
		return -1;
	return wcwidth((wchar_t)rune);
}

/* Most text by far: nothing of ASCII sits on what is before it. */
static bool is_alone(const char *text)
{
	return *text >= ' ' && *text < 0x7f && (unsigned char)text[1] < 0x80;
}

size_t text_cluster(const char *text, int *columns)
{
	size_t len, n, at;
	uint32_t rune;
	bool valid;
	int width;

	*columns = 1;
	if (is_alone(text))
		return 1;
	*columns = 0;
	len = strnlen(text, CLUSTER_MAX);
	if (!len)
		return 0;
	at = utf8_decode(text, len, &rune, &valid);
	width = valid ? rune_width(rune) : 1;
	*columns = width < 0 ? 1 : width;
	while (at < len) {
		n = utf8_decode(text + at, len - at, &rune, &valid);
		if (!valid || rune_width(rune) != 0)
			break;
		at += n;
	}
	return at;
}

int text_width(const char *text)
{
	int width = 0, columns;
	size_t n;

	while ((n = text_cluster(text, &columns))) {
		width += columns;
		text += n;
	}
	return width;
}

char *text_fit(const char *text, int columns, bool pad, bool ascii)
{
	const char *mark = ascii ? ">" : "…";
	struct buf out = BUF_INIT;
	int used = 0, width = 0;
	size_t n, keep = 0; /* bytes that leave a column for the mark */
	int keep_used = 0;
	size_t at = 0;

	if (columns <= 0)
		return mem_strdup("");
	while ((n = text_cluster(text + at, &width))) {
		if (used + width > columns)
			break;
		used += width;
		at += n;
		if (used <= columns - 1) {
			keep = at;
			keep_used = used;
		}
	}
	if (n) {
		buf_add(&out, text, keep);
		buf_adds(&out, mark);
		used = keep_used + 1;
	} else {
		buf_add(&out, text, at);
	}
	for (; pad && used < columns; used++)
		buf_addc(&out, ' ');
	return buf_steal(&out);
}

/* How white space other than a blank is written. */
enum blanks { BLANKS_ESCAPED, BLANKS_SINGLE, BLANKS_TABS };

static void add_escaped(struct buf *out, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_addf(out, "\\x%02x", (unsigned char)bytes[i]);
}

static char *make_safe(const char *text, size_t len, enum blanks blanks)
{
	struct buf out = BUF_INIT;
	bool base = false; /* something for a mark to sit on */
	int column = 0;

	for (size_t at = 0, n; at < len; at += n) {
		uint32_t rune;
		bool valid;
		int width;

		n = utf8_decode(text + at, len - at, &rune, &valid);
		width = valid && rune ? rune_width(rune) : -1;
		if (rune == '\t' && blanks == BLANKS_TABS) {
			do
				buf_addc(&out, ' ');
			while (++column % TAB_COLUMNS);
		} else if (rune < 0x80 && blanks == BLANKS_SINGLE &&
			   strchr("\t\n\r", (int)rune) && rune) {
			buf_addc(&out, ' ');
			column++;
		} else if (width < 0 || (width == 0 && !base)) {
			add_escaped(&out, text + at, n);
			column += 4 * (int)n;
			base = false;
			continue;
		} else {
			buf_add(&out, text + at, n);
			column += width;
		}
		base = true;
	}
	return buf_steal(&out);
}

char *text_safe(const char *text, size_t len)
{
	return make_safe(text, len, BLANKS_ESCAPED);
}

char *text_line(const char *text, size_t len)
{
	return make_safe(text, len, BLANKS_SINGLE);
}

char *text_tabs(const char *text, size_t len)
{
	return make_safe(text, len, BLANKS_TABS);
}

bool text_locale_utf8(void)
{
	return strcasecmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

char *text_size(int64_t bytes)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
	double n = (double)bytes;
	size_t unit = 0;

	if (bytes < 0)
		return mem_strdup("?");
	while (n >= 999.5 && unit < 5) {
		n /= 1000;
		unit++;
	}
	return mem_printf("%.3g %s", n, units[unit]);
}

char *text_duration(int64_t ms)
{
	if (ms < 0)
		return mem_strdup("?");
	if (ms < 100)
		return mem_printf("%d ms", (int)ms);
	if (ms < 100 * 1000)
		return mem_printf("%.1f s", (double)ms / 1000);
	if (ms < 100 * 60 * 1000)
		return mem_printf("%d min %02d s", (int)(ms / 60000),
				  (int)(ms / 1000 % 60));
	return mem_printf("%lld h %02d min", (long long)(ms / 3600000),
			  (int)(ms / 60000 % 60));
}
