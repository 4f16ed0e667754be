/* Cells: nothing is written outside, no wide character is ever half there. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tui/canvas.h"

static void check(const struct canvas *canvas, const char *want)
{
	AUTO(buf_release) struct buf out = BUF_INIT;

	canvas_print(canvas, &out);
	assert_string_equal(out.data, want);
}

static void text_is_cut_to_its_area(void **state)
{
	AUTO(canvas_release) struct canvas canvas = { 0 };
	struct area area = { 1, 2, 1, 4 };

	(void)state;
	canvas_init(&canvas, 3, 8);
	assert_int_equal(canvas_text(&canvas, &area, 0, 0, STYLE_HIT,
				     "abcdefgh"), 4);
	canvas_text(&canvas, &area, 1, 0, STYLE_HIT, "outside");
	canvas_text(&canvas, &area, -1, 0, STYLE_HIT, "outside");
	check(&canvas, "\n  abcd\n\n");
	assert_int_equal(canvas_cell(&canvas, 1, 2)->style, STYLE_HIT);
	assert_int_equal(canvas_cell(&canvas, 1, 6)->style, STYLE_PLAIN);
}

static void a_wide_character_at_the_edge_is_left_out(void **state)
{
	AUTO(canvas_release) struct canvas canvas = { 0 };
	struct area area;

	(void)state;
	canvas_init(&canvas, 1, 5);
	area = canvas_area(&canvas);
	canvas_text(&canvas, &area, 0, 0, STYLE_PLAIN, "층리도");
	check(&canvas, "층리\n");
	canvas_clear(&canvas);
	canvas_text(&canvas, &area, 0, -1, STYLE_PLAIN, "층a");
	check(&canvas, " a\n");
}

static void writing_over_half_of_it_blanks_the_other(void **state)
{
	AUTO(canvas_release) struct canvas canvas = { 0 };
	struct area area;

	(void)state;
	canvas_init(&canvas, 1, 6);
	area = canvas_area(&canvas);
	canvas_text(&canvas, &area, 0, 0, STYLE_PLAIN, "층리");
	canvas_text(&canvas, &area, 0, 1, STYLE_PLAIN, "x");
	check(&canvas, " x리\n");
	canvas_text(&canvas, &area, 0, 2, STYLE_PLAIN, "y");
	check(&canvas, " xy\n");
	canvas_text(&canvas, &area, 0, 0, STYLE_PLAIN, "층리");
	canvas_text(&canvas, &area, 0, 1, STYLE_PLAIN, "도");
	check(&canvas, " 도\n");
}

static void marks_stay_with_their_character(void **state)
{
	AUTO(canvas_release) struct canvas canvas = { 0 };
	AUTO(buf_release) struct buf zalgo = BUF_INIT;
	struct area area;

	(void)state;
	canvas_init(&canvas, 1, 4);
	area = canvas_area(&canvas);
	canvas_text(&canvas, &area, 0, 0, STYLE_PLAIN, "e\xcc\x81x");
	check(&canvas, "e\xcc\x81x\n");
	buf_adds(&zalgo, "z");
	for (int i = 0; i < 100; i++)
		buf_adds(&zalgo, "\xcc\x81");
	buf_adds(&zalgo, "y");
	canvas_text(&canvas, &area, 0, 0, STYLE_PLAIN, zalgo.data);
	assert_string_equal(canvas_cell(&canvas, 0, 1)->text, "y");
	assert_true(strlen(canvas_cell(&canvas, 0, 0)->text) < CELL_TEXT);
}

static void a_row_can_be_scrolled_to_the_side(void **state)
{
	AUTO(canvas_release) struct canvas canvas = { 0 };
	AUTO(row_release) struct row row = { 0 };
	struct area area;

	(void)state;
	canvas_init(&canvas, 1, 6);
	area = canvas_area(&canvas);
	row_add(&row, STYLE_PLAIN, "ab");
	row_add(&row, STYLE_HIT, "층cdef");
	canvas_row(&canvas, &area, 0, 1, &row, 3);
	check(&canvas, "  cdef\n");
}

static void any_size_and_place_is_harmless(void **state)
{
	(void)state;
	for (int rows = -1; rows < 4; rows++)
		for (int columns = -1; columns < 9; columns++) {
			AUTO(canvas_release) struct canvas canvas = { 0 };
			AUTO(row_release) struct row row = { 0 };
			struct area area = { -1, -2, 9, 20 };

			canvas_init(&canvas, rows, columns);
			row_add(&row, STYLE_HIT, "층리 title");
			for (int y = -3; y < 9; y++) {
				canvas_row(&canvas, &area, y, y, &row, y);
				canvas_select(&canvas, &area, y);
			}
			area = (struct area){ 0, 0, rows, columns };
			canvas_rule(&canvas, &area, 0, &row, true, false);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_cut_to_its_area),
		cmocka_unit_test(a_wide_character_at_the_edge_is_left_out),
		cmocka_unit_test(writing_over_half_of_it_blanks_the_other),
		cmocka_unit_test(marks_stay_with_their_character),
		cmocka_unit_test(a_row_can_be_scrolled_to_the_side),
		cmocka_unit_test(any_size_and_place_is_harmless),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("tui/canvas", tests, NULL, NULL);
}
