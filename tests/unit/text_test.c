/* Widths, cuts and escapes of text: what may reach a terminal, and how wide. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "view/row.h"

static void check_safe(const char *bytes, size_t len, const char *want)
{
	AUTO_FREE char *got = text_safe(bytes, len);

	assert_string_equal(got, want);
}

static void check_fit(const char *text, int columns, bool pad, bool ascii,
		      const char *want)
{
	AUTO_FREE char *got = text_fit(text, columns, pad, ascii);

	assert_string_equal(got, want);
	assert_true(text_width(got) <= columns);
}

static void hangul_takes_two_columns_and_marks_none(void **state)
{
	(void)state;
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("층리"), 4);
	assert_int_equal(text_width("e\xcc\x81"), 1);
	assert_int_equal(text_width("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab"), 2);
	assert_int_equal(text_width(""), 0);
}

static void a_cut_never_splits_a_cluster(void **state)
{
	(void)state;
	check_fit("abcdef", 6, false, false, "abcdef");
	check_fit("abcdef", 5, false, false, "abcd…");
	check_fit("abcdef", 5, false, true, "abcd>");
	check_fit("층리층리", 8, false, false, "층리층리");
	check_fit("층리층리", 7, false, false, "층리층…");
	check_fit("층리층리", 6, false, false, "층리…");
	check_fit("층리층리", 6, true, false, "층리… ");
	check_fit("e\xcc\x81x", 1, false, false, "…");
	check_fit("e\xcc\x81xy", 2, false, false, "e\xcc\x81…");
	check_fit("층", 1, true, false, "…");
	check_fit("abc", 0, true, false, "");
	check_fit("ab", 4, true, false, "ab  ");
}

static void control_bytes_and_bad_utf8_are_escaped(void **state)
{
	(void)state;
	check_safe("a\x1b[31mb", 7, "a\\x1b[31mb");
	check_safe("a\0b", 3, "a\\x00b");
	check_safe("\x7f\t\n", 3, "\\x7f\\x09\\x0a");
	check_safe("\xff\xfe", 2, "\\xff\\xfe");
	check_safe("\xec\x95", 2, "\\xec\\x95");
	check_safe("\xed\xa0\x80", 3, "\\xed\\xa0\\x80");
	check_safe("\xc2\x9b" "31m", 5, "\\xc2\\x9b31m");
	check_safe("층리", 6, "층리");
}

static void signs_that_turn_the_writing_direction_are_escaped(void **state)
{
	(void)state;
	check_safe("a\xe2\x80\xae" "b", 5, "a\\xe2\\x80\\xaeb");
	check_safe("\xe2\x81\xa6", 3, "\\xe2\\x81\\xa6");
}

static void a_mark_without_a_base_is_escaped(void **state)
{
	(void)state;
	check_safe("\xcc\x81x", 3, "\\xcc\\x81x");
	check_safe("x\xcc\x81", 3, "x\xcc\x81");
}

static void tabs_become_blanks_where_asked(void **state)
{
	AUTO_FREE char *tabs = text_tabs("a\tb\t\x01", 5);
	AUTO_FREE char *line = text_line("a\tb\nc", 5);

	(void)state;
	assert_string_equal(tabs, "a       b       \\x01");
	assert_string_equal(line, "a b c");
}

static void safe_text_stays_as_it_is(void **state)
{
	AUTO_FREE char *once = text_safe("a\x1b\xff층", 6);
	AUTO_FREE char *twice = text_safe(once, strlen(once));

	(void)state;
	assert_string_equal(once, twice);
}

static void sizes_and_times_have_three_digits(void **state)
{
	static const struct { int64_t n; const char *want; } sizes[] = {
		{ 0, "0 B" }, { 12, "12 B" }, { 999, "999 B" },
		{ 1000, "1 kB" }, { 1234, "1.23 kB" }, { 999900, "1 MB" },
		{ 1100000, "1.1 MB" }, { 5590000, "5.59 MB" }, { -1, "?" },
	};
	static const struct { int64_t n; const char *want; } times[] = {
		{ 0, "0 ms" }, { 99, "99 ms" }, { 100, "0.1 s" },
		{ 4200, "4.2 s" }, { 125000, "2 min 05 s" },
		{ 7260000, "2 h 01 min" }, { -1, "?" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		AUTO_FREE char *got = text_size(sizes[i].n);

		assert_string_equal(got, sizes[i].want);
	}
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		AUTO_FREE char *got = text_duration(times[i].n);

		assert_string_equal(got, times[i].want);
	}
}

static void a_row_is_cut_with_a_mark_wherever_the_edge_falls(void **state)
{
	(void)state;
	for (int columns = 1; columns < 12; columns++) {
		AUTO(row_release) struct row row = { 0 };
		AUTO_FREE char *text = NULL;

		row_add(&row, STYLE_HIT, "ab층");
		row_add(&row, STYLE_MISS, "cd");
		row_add(&row, STYLE_DIM, "ef");
		row_fit(&row, columns, true);
		text = row_text(&row);
		assert_true(row_width(&row) <= columns);
		if (columns < 8)
			assert_int_equal(text[strlen(text) - 1], '>');
		else
			assert_string_equal(text, "ab층cdef");
	}
}

static void words_flow_into_rows_of_a_width(void **state)
{
	AUTO(rows_release) struct rows rows = { 0 };
	struct flow flow = { .rows = &rows, .link = 3, .indent = 2,
			     .width = 12 };
	static const char *const want[] = {
		"  one two", "  three", "  0123456789", "  abcdef", "  층리",
	};

	(void)state;
	flow_words(&flow, STYLE_PLAIN, "one two  three 0123456789abcdef 층리");
	assert_int_equal(rows.count, 5);
	for (size_t i = 0; i < 5; i++) {
		AUTO_FREE char *text = row_text(&rows.items[i]);

		assert_string_equal(text, want[i]);
		assert_int_equal(rows.items[i].link, 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hangul_takes_two_columns_and_marks_none),
		cmocka_unit_test(a_cut_never_splits_a_cluster),
		cmocka_unit_test(control_bytes_and_bad_utf8_are_escaped),
		cmocka_unit_test(
			signs_that_turn_the_writing_direction_are_escaped),
		cmocka_unit_test(a_mark_without_a_base_is_escaped),
		cmocka_unit_test(tabs_become_blanks_where_asked),
		cmocka_unit_test(safe_text_stays_as_it_is),
		cmocka_unit_test(sizes_and_times_have_three_digits),
		cmocka_unit_test(
			a_row_is_cut_with_a_mark_wherever_the_edge_falls),
		cmocka_unit_test(words_flow_into_rows_of_a_width),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("view/text", tests, NULL, NULL);
}
