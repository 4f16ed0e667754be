/* Knows base 64. */
#include "base/base64.h"

#include <stdint.h>

static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buf *out, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	char *to;

	buf_reserve(out, len / 3 * 4 + 4);
	to = out->data + out->len;
	for (; len >= 3; len -= 3, p += 3) {
		*to++ = digits[p[0] >> 2];
		*to++ = digits[(p[0] << 4 & 0x30) | p[1] >> 4];
		*to++ = digits[(p[1] << 2 & 0x3c) | p[2] >> 6];
		*to++ = digits[p[2] & 0x3f];
	}
	if (len > 0) {
		unsigned char second = len > 1 ? p[1] : 0;

		*to++ = digits[p[0] >> 2];
		*to++ = digits[(p[0] << 4 & 0x30) | second >> 4];
		*to++ = len > 1 ? digits[second << 2 & 0x3c] : '=';
		*to++ = '=';
	}
	*to = '\0';
	out->len = (size_t)(to - out->data);
}

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* One group of four; the bytes in it, or 0. */
static size_t decode_group(const char *text, bool last, char out[3])
{
	int a = value_of(text[0]), b = value_of(text[1]);
	int c = value_of(text[2]), d = value_of(text[3]);
	size_t n = 3;

	if (last && d < 0 && text[3] == '=') {
		d = 0;
		n = 2;
		if (c < 0 && text[2] == '=') {
			c = 0;
			n = 1;
		}
	}
	if (a < 0 || b < 0 || c < 0 || d < 0)
		return 0;
	out[0] = (char)(a << 2 | b >> 4);
	out[1] = (char)(b << 4 | c >> 2);
	out[2] = (char)(c << 6 | d);
	return n;
}

bool base64_decode(struct buf *out, const char *text, size_t len)
{
	if (len % 4 != 0)
		return false;
	buf_reserve(out, len / 4 * 3);
	for (size_t i = 0; i < len; i += 4) {
		char group[3];
		size_t n = decode_group(text + i, i + 4 == len, group);

		if (n == 0)
			return false;
		buf_add(out, group, n);
	}
	return true;
}
