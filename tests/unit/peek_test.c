/* Facts about view/peek: a file of any size is shown row by row. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "view/peek.h"

static void open_text(struct peek *peek, const char *text, size_t len)
{
	char name[] = "/tmp/peek-XXXXXX";
	int fd = mkstemp(name);
	struct err err = ERR_INIT;

	assert_true(fd >= 0);
	unlink(name);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(peek_open(fd, peek, &err), 0);
}

static void expect(const struct peek *peek, size_t index, const char *want)
{
	AUTO(row_release) struct row row = { 0 };
	AUTO_FREE char *text = NULL;

	peek_row(peek, index, &row);
	text = row_text(&row);
	assert_string_equal(text, want);
}

static void text_is_shown_line_by_line(void **state)
{
	AUTO(peek_release) struct peek peek;
	static const char text[] = "one\n\ttwo\r\n\n\xff\x1b[31m";

	(void)state;
	open_text(&peek, text, sizeof(text) - 1);
	assert_false(peek.hex);
	assert_int_equal(peek_count(&peek), 4);
	expect(&peek, 0, "one");
	expect(&peek, 1, "        two");
	expect(&peek, 2, "");
	expect(&peek, 3, "\\xff\\x1b[31m");
}

static void an_empty_file_has_no_rows(void **state)
{
	AUTO(peek_release) struct peek peek;

	(void)state;
	open_text(&peek, "", 0);
	assert_int_equal(peek_count(&peek), 0);
	assert_int_equal(peek_find(&peek, "x", 0, 1), 0);
}

static void bytes_are_shown_beside_their_characters(void **state)
{
	AUTO(peek_release) struct peek peek;
	static const char bytes[] = "\0ELF0123456789ab\nz";

	(void)state;
	open_text(&peek, bytes, sizeof(bytes) - 1);
	assert_true(peek.hex);
	assert_int_equal(peek_count(&peek), 2);
	expect(&peek, 0, "00000000   00 45 4c 46 30 31 32 33  34 35 36 37 38 "
			 "39 61 62  .ELF0123456789ab");
	expect(&peek, 1, "00000010   0a 7a                             "
			 "                .z");
	assert_int_equal(peek_find(&peek, "z", 0, 1), 1);
	assert_int_equal(peek_find(&peek, "ELF", 1, 1), 0);
	assert_int_equal(peek_find(&peek, "ab\nz", 1, -1), 0);
}

static void where_sixteen_bytes_do_not_fit_a_row_has_eight(void **state)
{
	AUTO(peek_release) struct peek peek;
	static const char bytes[] = "\0ELF0123456789ab\nz";

	(void)state;
	open_text(&peek, bytes, sizeof(bytes) - 1);
	assert_int_equal(peek_fit(&peek, 76, 1), 2);
	assert_int_equal(peek_count(&peek), 3);
	expect(&peek, 0, "00000000   00 45 4c 46 30 31 32 33  .ELF0123");
	expect(&peek, 1, "00000008   34 35 36 37 38 39 61 62  456789ab");
	expect(&peek, 2, "00000010   0a 7a                    .z");
	assert_int_equal(peek_find(&peek, "789", 0, 1), 1);
	assert_int_equal(peek_fit(&peek, 77, 2), 1);
	assert_int_equal(peek_count(&peek), 2);
}

/* Several blocks of rows, a line of several rows, search both ways. */
static void many_lines_are_found_again(void **state)
{
	AUTO(peek_release) struct peek peek;
	AUTO(buf_release) struct buf text = BUF_INIT;
	AUTO_FREE char *row = NULL;

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_addf(&text, "line %d\n", i);
	for (int i = 0; i < 3000; i++)
		buf_addc(&text, 'x');
	open_text(&peek, text.data, text.len);
	assert_int_equal(peek_count(&peek), 1003);
	expect(&peek, 255, "line 255");
	expect(&peek, 256, "line 256");
	expect(&peek, 999, "line 999");
	row = mem_alloc(1025);
	memset(row, 'x', 1024);
	expect(&peek, 1000, row);
	row[3000 - 2048] = '\0';
	expect(&peek, 1002, row);
	assert_int_equal(peek_find(&peek, "LINE 7", 0, 1), 1003);
	assert_int_equal(peek_find(&peek, "line 777", 0, 1), 777);
	assert_int_equal(peek_find(&peek, "line 777", 778, 1), 777);
	assert_int_equal(peek_find(&peek, "line 3", 290, -1), 39);
	assert_int_equal(peek_find(&peek, "line 99", 5, -1), 999);
	peek.hex = true;
	assert_int_equal(peek_find(&peek, "line 0", 0, 1), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_shown_line_by_line),
		cmocka_unit_test(
			where_sixteen_bytes_do_not_fit_a_row_has_eight),
		cmocka_unit_test(an_empty_file_has_no_rows),
		cmocka_unit_test(bytes_are_shown_beside_their_characters),
		cmocka_unit_test(many_lines_are_found_again),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
