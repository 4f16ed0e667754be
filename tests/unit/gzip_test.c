/* What gzip_writer writes, gzip_reader reads; how small it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "spec/gzip.h"

#define PART 65536

static uint32_t seed = 1;

static char noise(void)
{
	seed = seed * 1664525 + 1013904223;
	return (char)(seed >> 24);
}

static void add_noise(struct buf *to, size_t len)
{
	while (len--)
		buf_addc(to, noise());
}

static void add_text(struct buf *to, size_t len)
{
	while (len--)
		buf_addc(to, "etaoin shrdlucmf"[noise() & 15]);
}

/* Every byte as often as any other, but no noise. */
static void add_table(struct buf *to, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_addc(to, (char)i);
}

/* Bytes of the stream; what comes back from it is what went in. */
static off_t pack(const struct buf *from, size_t part)
{
	int fd = memfd_create("gzip", MFD_CLOEXEC);
	AUTO(gzip_writer_free) struct gzip_writer *writer =
		gzip_writer_new(fd);
	AUTO(gzip_reader_free) struct gzip_reader *reader = NULL;
	AUTO(buf_release) struct buf back = BUF_INIT;
	struct err err = ERR_INIT;
	char chunk[4096];
	off_t size;
	ssize_t n;

	for (size_t at = 0; at < from->len; at += part) {
		size_t len = from->len - at < part ? from->len - at : part;

		assert_int_equal(gzip_writer_add(writer, from->data + at, len,
						 &err), 0);
	}
	assert_int_equal(gzip_writer_end(writer, &err), 0);
	size = lseek(fd, 0, SEEK_CUR);
	lseek(fd, 0, SEEK_SET);
	reader = gzip_reader_new(fd);
	while ((n = gzip_reader_read(reader, chunk, sizeof(chunk), &err)) > 0)
		buf_add(&back, chunk, (size_t)n);
	assert_int_equal(n, 0);
	assert_int_equal(back.len, from->len);
	assert_memory_equal(back.data, from->data, back.len);
	close(fd);
	return size;
}

static void noise_between_text_comes_back_however_it_was_given(void **state)
{
	static const size_t parts[] = { 511, 8192, 32768, PART, 300000 };
	AUTO(buf_release) struct buf all = BUF_INIT;

	(void)state;
	for (int i = 0; i < 5; i++) {
		add_noise(&all, PART + 77);
		add_text(&all, 2 * PART);
		add_table(&all, PART);
	}
	add_noise(&all, PART);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		pack(&all, parts[i]);
}

static void noise_is_stored_and_nothing_else_is(void **state)
{
	AUTO(buf_release) struct buf some = BUF_INIT;

	(void)state;
	add_noise(&some, 16 * PART);
	assert_in_range(pack(&some, PART), some.len, some.len + 512);
	buf_clear(&some);
	add_text(&some, 16 * PART);
	assert_in_range(pack(&some, PART), 1, some.len * 2 / 3);
	buf_clear(&some);
	add_table(&some, 16 * PART);
	assert_in_range(pack(&some, PART), 1, some.len / 50);
}

static void nothing_at_all_is_a_stream(void **state)
{
	AUTO(buf_release) struct buf none = BUF_INIT;

	(void)state;
	buf_adds(&none, "");
	assert_in_range(pack(&none, 1), 18, 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			noise_between_text_comes_back_however_it_was_given),
		cmocka_unit_test(noise_is_stored_and_nothing_else_is),
		cmocka_unit_test(nothing_at_all_is_a_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
