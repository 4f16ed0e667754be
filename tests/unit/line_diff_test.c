/* Facts about plan/line_diff: what changed, with three lines around it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "plan/line_diff.h"

static void expect(const char *old, const char *now, const char *want)
{
	AUTO_FREE char *diff = line_diff("f", old, now);
	const char *body = strstr(diff, "@@");

	assert_string_equal(body ? body : "", want);
}

static void small_changes_are_one_hunk(void **state)
{
	(void)state;
	expect("a\n", "a\n", "");
	expect("a\nb\nc\n", "a\nB\nc\n",
	       "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
	expect("", "a\nb\n", "@@ -0,0 +1,2 @@\n+a\n+b\n");
	expect("a\n", "", "@@ -1,1 +0,0 @@\n-a\n");
	expect("a\nb\nc\n", "b\nc\nd\n",
	       "@@ -1,3 +1,3 @@\n-a\n b\n c\n+d\n");
}

static void changes_apart_are_hunks_apart(void **state)
{
	(void)state;
	expect("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "x\n2\n3\n4\n5\n6\n7\n8\ny\n",
	       "@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n 4\n"
	       "@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+y\n");
	expect("1\n2\n3\n4\n5\n6\n7\n8\n", "x\n2\n3\n4\n5\n6\n7\ny\n",
	       "@@ -1,8 +1,8 @@\n-1\n+x\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+y\n");
}

static void a_missing_end_of_the_last_line_is_told(void **state)
{
	(void)state;
	expect("a\n", "a", "@@ -1,1 +1,1 @@\n-a\n+a\n"
	       "\\ No newline at end of file\n");
}

/* The new text out of the old one and the diff. */
static char *apply(const char *old, const char *diff)
{
	struct buf out = BUF_INIT;
	size_t line = 1, start;

	buf_adds(&out, "");
	diff = strstr(diff, "@@");
	for (; diff && *diff; diff = strchr(diff, '\n') + 1) {
		const char *next = strchr(old, '\n');

		if (*diff == '@') {
			size_t count;

			assert_int_equal(sscanf(diff, "@@ -%zu,%zu", &start,
						&count), 2);
			for (start += !count; line < start; line++) {
				next = strchr(old, '\n') + 1;
				buf_add(&out, old, (size_t)(next - old));
				old = next;
			}
			continue;
		}
		if (*diff != '-')
			buf_add(&out, diff + 1,
				strcspn(diff + 1, "\n") + 1);
		if (*diff != '+') {
			assert_memory_equal(old, diff + 1,
					    (size_t)(next + 1 - old));
			old = next + 1;
			line++;
		}
	}
	buf_adds(&out, old);
	return buf_steal(&out);
}

static void add_lines(struct buf *out, const char *like, unsigned *seed,
		      int lines, int change)
{
	buf_adds(out, "");
	for (int i = 0; i < lines; i++) {
		size_t len = strcspn(like, "\n");

		*seed = *seed * 1103515245u + 12345u;
		if (change == 0 || (int)(*seed >> 16) % change == 0)
			buf_addf(out, "%u\n", *seed >> 28);
		else
			buf_addf(out, "%.*s\n", (int)len, like);
		like += len + (like[len] != '\0');
	}
}

static void a_diff_makes_the_new_text_of_the_old_one(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (int turn = 0; turn < 2000; turn++) {
		AUTO(buf_release) struct buf old = BUF_INIT;
		AUTO(buf_release) struct buf now = BUF_INIT;
		AUTO_FREE char *diff = NULL, *made = NULL;

		add_lines(&old, "", &seed, turn % 40, 0);
		add_lines(&now, old.data, &seed, turn % 31, 1 + turn % 9);
		diff = line_diff("f", old.data, now.data);
		made = apply(old.data, diff);
		assert_string_equal(made, now.data);
	}
}

/* Two changes in many lines are told as such, whatever lies between. */
static void large_texts_are_compared_too(void **state)
{
	AUTO(buf_release) struct buf old = BUF_INIT;
	AUTO(buf_release) struct buf now = BUF_INIT;
	AUTO_FREE char *diff = NULL;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		buf_addf(&old, "line %d\n", i);
		buf_addf(&now, i == 7 || i == 19000 ? "other\n" : "line %d\n",
			 i);
	}
	diff = line_diff("f", old.data, now.data);
	assert_non_null(strstr(diff, "@@ -5,7 +5,7 @@\n line 4\n"));
	assert_non_null(strstr(diff, "-line 19000\n+other\n line 19001\n"));
	assert_true(strlen(diff) < 300);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_changes_are_one_hunk),
		cmocka_unit_test(changes_apart_are_hunks_apart),
		cmocka_unit_test(a_missing_end_of_the_last_line_is_told),
		cmocka_unit_test(a_diff_makes_the_new_text_of_the_old_one),
		cmocka_unit_test(large_texts_are_compared_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
