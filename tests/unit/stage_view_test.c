/* Folded stages stay folded wherever their lines go, and hide what is theirs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/stage_view.h"

AUTO_DEFINE_IN_PLACE(struct stage_view, stage_view_release)

static const char text[] =
	"# a\n"                /* 0 */
	"FROM a AS one\n"      /* 1 */
	"RUN x \\\n"           /* 2 */
	"  y\n"                /* 3 */
	"\n"                   /* 4 */
	"# b\n"                /* 5 */
	"FROM b\n"             /* 6 */
	"RUN z\n"              /* 7 */
	"FROM b\n"             /* 8 */
	"RUN z\n"              /* 9 */
	"\n";                  /* 10 */

static size_t lines_of(const char *of)
{
	size_t count = 0;

	for (; *of; of++)
		count += *of == '\n';
	return count;
}

/* "0 1 4": the lines that show of a text. */
static char *shown(struct stage_view *view, const char *of)
{
	AUTO(dockerfile_free) struct dockerfile *file =
		dockerfile_parse(of, strlen(of));
	AUTO(buf_release) struct buf out = BUF_INIT;

	stage_view_update(view, file, lines_of(of));
	for (size_t i = 0; i < view->count; i++)
		buf_addf(&out, i ? " %d" : "%d", view->lines[i]);
	return buf_steal(&out);
}

static void fold(struct stage_view *view, const char *of, int stage)
{
	AUTO(dockerfile_free) struct dockerfile *file =
		dockerfile_parse(of, strlen(of));

	stage_view_update(view, file, lines_of(of));
	stage_view_fold(view, file, stage, true);
}

#define SHOWS(view, of, lines)                                                 \
	do {                                                                   \
		AUTO_FREE char *are = shown(view, of);                         \
		assert_string_equal(are, lines);                               \
	} while (0)

static void a_folded_stage_hides_its_instructions_not_comments(void **state)
{
	AUTO(stage_view_release) struct stage_view view = { 0 };

	(void)state;
	SHOWS(&view, text, "0 1 2 3 4 5 6 7 8 9 10");
	fold(&view, text, 0);
	SHOWS(&view, text, "0 1 4 5 6 7 8 9 10");
	assert_int_equal(view.rows[3], 1);
	assert_int_equal(view.rows[4], 2);
	assert_true(stage_view_hides(&view, 2));
	assert_false(stage_view_hides(&view, 1));
	assert_int_equal(view.heads[6], 1);
}

static void of_equal_stages_the_one_that_was_meant_is_folded(void **state)
{
	AUTO(stage_view_release) struct stage_view view = { 0 };

	(void)state;
	fold(&view, text, 2);
	SHOWS(&view, text, "0 1 2 3 4 5 6 7 8 10");
}

static void a_fold_follows_its_stage_through_edits(void **state)
{
	AUTO(stage_view_release) struct stage_view view = { 0 };

	(void)state;
	fold(&view, text, 0);
	SHOWS(&view, "FROM c AS new\nRUN w\nFROM q AS ONE\nRUN x\n",
	      "0 1 2");
	SHOWS(&view, "FROM c AS new\nRUN w\nFRO", "0 1");
	SHOWS(&view, text, "0 1 4 5 6 7 8 9 10");
}

static void one_stage_alone_does_not_fold(void **state)
{
	AUTO(stage_view_release) struct stage_view view = { 0 };

	(void)state;
	fold(&view, "FROM a AS one\nRUN x\n", 0);
	SHOWS(&view, "FROM a AS one\nRUN x\n", "0 1");
	assert_int_equal(view.heads[0], -1);
}

static void all_fold_and_any_unfolds_all(void **state)
{
	AUTO(stage_view_release) struct stage_view view = { 0 };
	AUTO(dockerfile_free) struct dockerfile *file =
		dockerfile_parse(text, strlen(text));

	(void)state;
	SHOWS(&view, text, "0 1 2 3 4 5 6 7 8 9 10");
	stage_view_fold_all(&view, file);
	SHOWS(&view, text, "0 1 4 5 6 8 10");
	stage_view_fold(&view, file, 1, false);
	stage_view_fold_all(&view, file);
	SHOWS(&view, text, "0 1 2 3 4 5 6 7 8 9 10");
}

static void what_is_remembered_folds_again(void **state)
{
	AUTO(stage_view_release) struct stage_view view = { 0 }, again = { 0 };
	AUTO(strv_release) struct strv folds = { 0 };

	(void)state;
	fold(&view, text, 0);
	fold(&view, text, 2);
	SHOWS(&view, text, "0 1 4 5 6 7 8 10");
	stage_view_folds(&view, 10, &folds);
	assert_int_equal(folds.count, 2);
	for (size_t i = 0; i < folds.count; i++)
		stage_view_set_fold(&again, folds.items[i]);
	SHOWS(&again, text, "0 1 4 5 6 7 8 10");
	stage_view_set_fold(&again, "nonsense");
	stage_view_set_fold(&again, "99999999999999999999 b");
	stage_view_set_fold(&again, "-1 b");
	SHOWS(&again, text, "0 1 4 5 6 7 8 10");
}

static void each_line_has_a_stage(void **state)
{
	AUTO(dockerfile_free) struct dockerfile *file =
		dockerfile_parse(text, strlen(text));

	(void)state;
	assert_int_equal(stage_view_stage(file, 0), -1);
	assert_int_equal(stage_view_stage(file, 1), 0);
	assert_int_equal(stage_view_stage(file, 5), 0);
	assert_int_equal(stage_view_stage(file, 6), 1);
	assert_int_equal(stage_view_stage(file, 100), 2);
	assert_int_equal(stage_view_stage(NULL, 0), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_folded_stage_hides_its_instructions_not_comments),
		cmocka_unit_test(
			of_equal_stages_the_one_that_was_meant_is_folded),
		cmocka_unit_test(a_fold_follows_its_stage_through_edits),
		cmocka_unit_test(one_stage_alone_does_not_fold),
		cmocka_unit_test(all_fold_and_any_unfolds_all),
		cmocka_unit_test(what_is_remembered_folds_again),
		cmocka_unit_test(each_line_has_a_stage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
