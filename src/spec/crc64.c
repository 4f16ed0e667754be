/* Knows CRC-64/GO-ISO, and that its polynomial is so thin that shifts do
 * better than tables. */
#include "spec/crc64.h"

#include <endian.h>
#include <string.h>

/*
 * The polynomial is x^64 + x^4 + x^3 + x + 1, so x^64 = x^4 + x^3 + x + 1.
 * Bits are reflected: the highest power is bit 0, and multiplying by x^k is
 * a shift to the right by k. What falls out on the right is of the powers
 * from x^64 on: it is taken up again by one multiplication with the four
 * terms, which `fold` does. Squaring doubles the exponents: x^512 is
 * x^32 + x^24 + x^8 + 1.
 */
static uint64_t fold(uint64_t over)
{
	return over ^ over >> 1 ^ over >> 3 ^ over >> 4;
}

static uint64_t times_x8(uint64_t crc)
{
	return crc >> 8 ^ fold(crc << 56);
}

static uint64_t times_x64(uint64_t crc)
{
	return fold(crc) ^ fold(crc << 63 ^ crc << 61 ^ crc << 60);
}

static uint64_t times_x512(uint64_t crc)
{
	return crc ^ crc >> 8 ^ crc >> 24 ^ crc >> 32 ^
	       fold(crc << 56 ^ crc << 40 ^ crc << 32);
}

#define LANES 8
#define STRIDE (LANES * sizeof(uint64_t))

static void load(uint64_t words[LANES], const unsigned char *p)
{
	memcpy(words, p, STRIDE);
	for (int i = 0; i < LANES; i++)
		words[i] = le64toh(words[i]);
}

/* Eight words side by side, each 512 bits further at a step: the steps of
 * the lanes do not wait for each other. */
static uint64_t add_strides(uint64_t crc, const unsigned char *p,
			    size_t strides)
{
	uint64_t lanes[LANES], words[LANES];

	load(lanes, p);
	lanes[0] ^= crc;
	while (--strides > 0) {
		load(words, p += STRIDE);
		for (int i = 0; i < LANES; i++)
			lanes[i] = times_x512(lanes[i]) ^ words[i];
	}
	crc = 0;
	for (int i = 0; i < LANES; i++)
		crc = times_x64(crc ^ lanes[i]);
	return crc;
}

uint64_t crc64(uint64_t crc, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	size_t strides = len / STRIDE;

	crc = ~crc;
	if (strides > 0) {
		crc = add_strides(crc, p, strides);
		p += strides * STRIDE;
		len -= strides * STRIDE;
	}
	for (; len >= sizeof(uint64_t); len -= sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, p, sizeof(word));
		crc = times_x64(crc ^ le64toh(word));
		p += sizeof(word);
	}
	for (; len > 0; len--)
		crc = times_x8(crc ^ *p++);
	return ~crc;
}
