/* Two changes of one text: joined where they keep apart, else refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tui/text_merge.h"

static void check(const char *base, const char *mine, const char *theirs,
		  const char *want)
{
	AUTO_FREE char *got = NULL;
	AUTO_FREE char *other = NULL;

	assert_int_equal(text_merge(base, mine, theirs, &got), want != NULL);
	assert_int_equal(text_merge(base, theirs, mine, &other), want != NULL);
	if (!want)
		return;
	assert_string_equal(got, want);
	assert_string_equal(other, want);
}

static void one_side_alone_is_taken(void **state)
{
	(void)state;
	check("a\nb\n", "a\nb\n", "a\nx\nb\n", "a\nx\nb\n");
	check("a\nb\n", "a\nb\n", "", "");
	check("", "", "a", "a");
}

static void changes_apart_are_joined(void **state)
{
	(void)state;
	check("a\nb\nc\nd\n", "x\nb\nc\nd\n", "a\nb\nd\ne\n", "x\nb\nd\ne\n");
	check("a\nb\nc\n", "a\nc\n", "a\nb\nc\nd", "a\nc\nd");
	check("a\nb\nc\nd\n", "a\nb\nn\nc\nd\n", "a\nc\nd\nb\n", NULL);
}

static void the_same_change_is_one(void **state)
{
	(void)state;
	check("a\nb\n", "a\nx\n", "a\nx\n", "a\nx\n");
}

static void changes_of_one_line_are_refused(void **state)
{
	(void)state;
	check("a\nb\nc\n", "a\nx\nc\n", "a\ny\nc\n", NULL);
	check("a\n", "a\nx\n", "a\ny\n", NULL);
	check("a\nb\n", "a\n", "a\nbb\n", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_side_alone_is_taken),
		cmocka_unit_test(changes_apart_are_joined),
		cmocka_unit_test(the_same_change_is_one),
		cmocka_unit_test(changes_of_one_line_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
