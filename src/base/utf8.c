/* Knows UTF-8 and the character classes of Go's unicode package. */
#include "base/utf8.h"

#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <unistr.h>

#define NUL_LEN (sizeof(UTF8_NUL) - 1)

/* Every from becomes a to. */
static void replace(struct buf *out, struct span text, struct span from,
		    struct span to)
{
	while (text.len) {
		const char *at = memmem(text.ptr, text.len, from.ptr,
					from.len);
		size_t len = at ? (size_t)(at - text.ptr) : text.len;

		buf_add(out, text.ptr, len);
		if (at) {
			buf_add(out, to.ptr, to.len);
			len += from.len;
		}
		text.ptr += len;
		text.len -= len;
	}
}

static const struct span real_nul = { "", 1 };
static const struct span hidden_nul = { UTF8_NUL, NUL_LEN };

void utf8_hide_nul(struct buf *out, struct span text)
{
	replace(out, text, real_nul, hidden_nul);
}

void utf8_show_nul(struct buf *out, struct span text)
{
	replace(out, text, hidden_nul, real_nul);
}

bool utf8_has_nul(const char *text)
{
	return strstr(text, UTF8_NUL) != NULL;
}

size_t utf8_decode(const char *s, size_t len, uint32_t *rune, bool *valid)
{
	ucs4_t c = 0;
	int n;

	if ((unsigned char)*s < 0x80) {
		*valid = true;
		*rune = (unsigned char)*s;
		return 1;
	}
	if (*s == '\xff' && len >= NUL_LEN && !memcmp(s, UTF8_NUL, NUL_LEN)) {
		*valid = true;
		*rune = 0;
		return NUL_LEN;
	}
	n = u8_mbtoucr(&c, (const uint8_t *)s, len);
	*valid = n > 0;
	*rune = n > 0 ? c : UTF8_BAD;
	return n > 0 ? (size_t)n : 1;
}

bool utf8_is_valid(const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t rune;
		bool valid;

		i += utf8_decode(text + i, len - i, &rune, &valid);
		if (!valid)
			return false;
	}
	return true;
}

void utf8_append(struct buf *buf, uint32_t rune)
{
	uint8_t bytes[6];
	int n;

	if (rune == 0) {
		buf_add(buf, UTF8_NUL, NUL_LEN);
		return;
	}
	n = u8_uctomb(bytes, rune, sizeof(bytes));

	if (n <= 0)
		n = u8_uctomb(bytes, UTF8_BAD, sizeof(bytes));
	buf_add(buf, bytes, (size_t)n);
}

void utf8_chop(struct buf *buf)
{
	while (buf->len && ((unsigned char)buf->data[--buf->len] & 0xc0) ==
				   0x80)
		;
	if (buf->data)
		buf->data[buf->len] = '\0';
}

bool utf8_is_space(uint32_t rune)
{
	if (rune < 0x80)
		return rune == ' ' || (rune >= '\t' && rune <= '\r');
	return rune == 0x85 || rune == 0xa0 || rune == 0x1680 ||
	       (rune >= 0x2000 && rune <= 0x200a) || rune == 0x2028 ||
	       rune == 0x2029 || rune == 0x202f || rune == 0x205f ||
	       rune == 0x3000;
}

bool utf8_is_letter(uint32_t rune)
{
	return uc_is_general_category(rune, UC_CATEGORY_L);
}

bool utf8_is_digit(uint32_t rune)
{
	return uc_is_general_category(rune, UC_CATEGORY_Nd);
}

bool utf8_is_print(uint32_t rune)
{
	return rune == ' ' || uc_is_general_category(rune, UC_CATEGORY_L) ||
	       uc_is_general_category(rune, UC_CATEGORY_M) ||
	       uc_is_general_category(rune, UC_CATEGORY_N) ||
	       uc_is_general_category(rune, UC_CATEGORY_P) ||
	       uc_is_general_category(rune, UC_CATEGORY_S);
}

bool utf8_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

static void map(struct buf *out, struct span text, ucs4_t (*to)(ucs4_t))
{
	buf_reserve(out, text.len);
	while (text.len) {
		uint32_t rune;
		bool valid;
		size_t n = utf8_decode(text.ptr, text.len, &rune, &valid);

		utf8_append(out, to(rune));
		text.ptr += n;
		text.len -= n;
	}
	out->data[out->len] = '\0';
}

void utf8_lower(struct buf *out, struct span text)
{
	map(out, text, uc_tolower);
}

void utf8_upper(struct buf *out, struct span text)
{
	map(out, text, uc_toupper);
}

struct span utf8_trim_left(struct span text)
{
	while (text.len) {
		uint32_t rune;
		bool valid;
		size_t n = utf8_decode(text.ptr, text.len, &rune, &valid);

		if (!valid || !utf8_is_space(rune))
			break;
		text.ptr += n;
		text.len -= n;
	}
	return text;
}

struct span utf8_trim(struct span text)
{
	text = utf8_trim_left(text);
	while (text.len) {
		size_t at = text.len - 1;
		uint32_t rune;
		bool valid;

		while (at > 0 && text.len - at < 4 &&
		       ((unsigned char)text.ptr[at] & 0xc0) == 0x80)
			at--;
		if (utf8_decode(text.ptr + at, text.len - at, &rune, &valid) !=
			    text.len - at ||
		    !valid || !utf8_is_space(rune))
			break;
		text.len = at;
	}
	return text;
}
