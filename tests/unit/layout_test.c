/* Panes share the screen as they need it, and none moves for a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tui/app.h"

static int detail_of(int rows, int columns, int needed)
{
	struct layout layout;

	layout_make(rows, columns, PANE_FILE, false, 0, needed, &layout);
	assert_int_equal(layout.panes[PANE_TREE].rows,
			 layout.panes[PANE_FILE].rows);
	assert_int_equal(layout.panes[PANE_TREE].rows +
				 layout.panes[PANE_DETAIL].rows,
			 rows - 2);
	return layout.panes[PANE_DETAIL].rows;
}

static void the_detail_has_what_the_upper_panes_do_not_need(void **state)
{
	(void)state;
	assert_int_equal(detail_of(24, 80, 11), 10);
	assert_int_equal(detail_of(30, 100, 11), 16);
	assert_int_equal(detail_of(40, 120, 20), 18);
}

static void it_has_a_third_at_least_and_two_at_most(void **state)
{
	(void)state;
	assert_int_equal(detail_of(24, 80, 1000000), 7);
	assert_int_equal(detail_of(40, 120, 1000000), 12);
	assert_int_equal(detail_of(24, 80, 1), 14);
	assert_int_equal(detail_of(40, 120, 1), 25);
}

static void a_line_more_moves_it_every_fourth_time_at_most(void **state)
{
	int moved = 0;

	(void)state;
	for (int needed = 1; needed < 100; needed++) {
		int by = detail_of(60, 120, needed) -
			 detail_of(60, 120, needed + 1);

		assert_in_range(by, 0, 4);
		moved += by > 0;
		if (by)
			assert_int_equal(needed % 4, 0);
	}
	assert_in_range(moved, 1, 12);
}

static void a_wide_screen_has_three_columns(void **state)
{
	struct layout layout;

	(void)state;
	layout_make(60, 200, PANE_FILE, false, 0, 10, &layout);
	assert_int_equal(layout.panes[PANE_DETAIL].rows, 58);
	assert_int_equal(layout.panes[PANE_TREE].rows, 58);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_detail_has_what_the_upper_panes_do_not_need),
		cmocka_unit_test(it_has_a_third_at_least_and_two_at_most),
		cmocka_unit_test(
			a_line_more_moves_it_every_fourth_time_at_most),
		cmocka_unit_test(a_wide_screen_has_three_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
