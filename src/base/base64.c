/* Knows base 64. */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buf *out, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	buf_reserve(out, len / 3 * 4 + 4);
	for (; len > 0; p += 3) {
		uint32_t word = (uint32_t)p[0] << 16;
		char text[4];

		word |= len > 1 ? (uint32_t)p[1] << 8 : 0;
		word |= len > 2 ? p[2] : 0U;
		text[0] = digits[word >> 18];
		text[1] = digits[word >> 12 & 63];
		text[2] = len > 1 ? digits[word >> 6 & 63] : '=';
		text[3] = len > 2 ? digits[word & 63] : '=';
		buf_add(out, text, 4);
		len -= len < 3 ? len : 3;
	}
}

static int value_of(char c)
{
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

bool base64_decode(struct buf *out, const char *text, size_t len)
{
	if (len % 4 != 0)
		return false;
	for (size_t i = 0; i < len; i += 4) {
		int pad = 0;
		uint32_t word = 0;

		for (int k = 0; k < 4; k++) {
			int value = value_of(text[i + (size_t)k]);

			if (text[i + (size_t)k] == '=' && i + 4 == len && k > 1) {
				pad++;
				value = 0;
			} else if (pad || value < 0) {
				return false;
			}
			word = word << 6 | (uint32_t)value;
		}
		for (int k = 0; k < 3 - pad; k++)
			buf_addc(out, (char)(word >> (16 - 8 * k) & 0xff));
	}
	return true;
}
