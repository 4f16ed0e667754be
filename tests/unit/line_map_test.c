/* A line is found again in a text that was changed around it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "tui/line_map.h"

/* "1 0 2": where the lines of old are now. */
static void becomes(const char *old, const char *now, int lines,
		    const char *want)
{
	AUTO(buf_release) struct buf out = BUF_INIT;
	struct line_map map;

	line_map_make(old, now, &map);
	for (int i = 1; i <= lines; i++)
		buf_addf(&out, i > 1 ? " %d" : "%d", line_map_at(&map, i));
	assert_string_equal(out.data, want);
}

static void what_is_the_same_stays(void **state)
{
	(void)state;
	becomes("a\nb\n", "a\nb\n", 2, "1 2");
	becomes("", "", 1, "1");
}

static void lines_move_with_those_before_them(void **state)
{
	(void)state;
	becomes("a\nb\nc\n", "a\nx\nb\nc\n", 3, "1 3 4");
	becomes("a\nb\nc\n", "a\nc\n", 3, "1 0 2");
	becomes("a\nb\nc", "x\na\nb\nc", 3, "2 3 4");
	becomes("a\na\na\n", "a\na\n", 3, "1 2 0");
}

static void a_changed_line_stays_where_it_is(void **state)
{
	(void)state;
	becomes("a\nb\nc\n", "a\nbb\nc\n", 3, "1 2 3");
	becomes("a\nb\nc", "a\nb\ncx", 3, "1 2 3");
	becomes("ab\nb\n", "a\nb\nb\n", 2, "1 3");
	becomes("a\n", "a", 1, "1");
	becomes("a\nb\n", "", 2, "0 0");
}

static void lines_that_changed_places_are_found(void **state)
{
	(void)state;
	becomes("a\nb\nc\nd\n", "a\nc\nb\nd\n", 4, "1 3 2 4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_the_same_stays),
		cmocka_unit_test(lines_move_with_those_before_them),
		cmocka_unit_test(a_changed_line_stays_where_it_is),
		cmocka_unit_test(lines_that_changed_places_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
