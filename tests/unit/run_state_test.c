/* Folding events: the picture of a build after each of them. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tui/run_state.h"

#define ID_A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void fold(struct run_state *run, enum event_kind kind, int step,
		 const char *text)
{
	struct event event = { .kind = kind, .step = step, .total = 3,
			       .stream = 1, .text = text,
			       .len = text ? strlen(text) : 0 };

	if (kind == EVENT_IMAGE || kind == EVENT_BUILT)
		strcpy(event.image.text, ID_A);
	run_state_fold(run, &event);
}

static void check_log(const struct run_state *run, const char *const *want,
		      size_t count)
{
	assert_int_equal(run->log_count, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(run->log[i].text, want[i]);
}

static void a_step_that_makes_nothing_ends_with_the_next(void **state)
{
	struct run_state run;

	(void)state;
	run_state_init(&run);
	fold(&run, EVENT_STEP, 1, "ARG a");
	assert_int_equal(run_state_step(&run, 1)->state, RUN_STEP_RUNNING);
	fold(&run, EVENT_STEP, 2, "FROM a");
	assert_int_equal(run_state_step(&run, 1)->state, RUN_STEP_DONE);
	run_state_release(&run);
}

static void a_build_folds_to_its_steps_and_log(void **state)
{
	static const char *const want[] = {
		"Step 1/3 : FROM a", " ---> aaaaaaaaaaaa",
		"Step 2/3 : RUN x", " ---> Using cache",
		" ---> aaaaaaaaaaaa", "Step 3/3 : RUN y",
		" ---> Running in 0123456789ab", "half a line",
		" ---> aaaaaaaaaaaa", "Successfully built aaaaaaaaaaaa",
		"Successfully tagged demo:1",
	};
	struct run_state run;

	(void)state;
	run_state_init(&run);
	fold(&run, EVENT_STEP, 1, "FROM a");
	assert_int_equal(run_state_step(&run, 1)->state, RUN_STEP_RUNNING);
	fold(&run, EVENT_IMAGE, 1, NULL);
	assert_string_equal(run.built[1].text, ID_A);
	assert_int_equal(run_state_step(&run, 1)->state, RUN_STEP_DONE);
	fold(&run, EVENT_STEP, 2, "RUN x");
	fold(&run, EVENT_CACHED, 2, NULL);
	fold(&run, EVENT_IMAGE, 2, NULL);
	assert_int_equal(run_state_step(&run, 2)->state, RUN_STEP_CACHED);
	fold(&run, EVENT_STEP, 3, "RUN y");
	fold(&run, EVENT_RUNNING, 3, "0123456789abcdef");
	fold(&run, EVENT_LOG, 3, "half ");
	assert_int_equal(run.log_count, 8);
	assert_string_equal(run.log[7].text, "half ");
	fold(&run, EVENT_LOG, 3, "a line\r\n\x1b[1m");
	assert_int_equal(run.log_count, 8);
	fold(&run, EVENT_IMAGE, 3, NULL);
	fold(&run, EVENT_DONE, 3, NULL);
	fold(&run, EVENT_BUILT, 0, NULL);
	fold(&run, EVENT_TAGGED, 0, "demo:1");
	assert_true(run.ended);
	assert_false(run.failed);
	check_log(&run, want, sizeof(want) / sizeof(*want));
	run_state_release(&run);
}

static void an_error_fails_the_step_that_runs(void **state)
{
	struct run_state run;

	(void)state;
	run_state_init(&run);
	fold(&run, EVENT_STEP, 2, "RUN false");
	fold(&run, EVENT_ERROR, 2, "it failed");
	assert_true(run.failed);
	assert_string_equal(run.error, "it failed");
	assert_int_equal(run_state_step(&run, 2)->state, RUN_STEP_FAILED);
	assert_int_equal(run_state_step(&run, 9)->state, RUN_STEP_WAITING);
	run_state_release(&run);
}

static void a_step_that_runs_knows_its_bytes_and_when_it_began(void **state)
{
	struct event event = { .kind = EVENT_STEP, .step = 2, .total = 3,
			       .text = "COPY", .len = 4, .at_ms = 100 };
	struct run_state run;

	(void)state;
	run_state_init(&run);
	run_state_fold(&run, &event);
	event = (struct event){ .kind = EVENT_PROGRESS, .step = 2,
				.bytes = 5000, .at_ms = 150 };
	run_state_fold(&run, &event);
	assert_int_equal(run_state_step(&run, 2)->began_ms, 100);
	assert_int_equal(run_state_step(&run, 2)->bytes, 5000);
	run_state_clock(&run, 400);
	run_state_clock(&run, 300);
	assert_int_equal(run.at_ms, 400);
	event = (struct event){ .kind = EVENT_ERROR, .step = 2, .code = 7,
				.text = "'x' returned a non-zero code: 7" };
	event.len = strlen(event.text);
	run_state_fold(&run, &event);
	assert_int_equal(run_state_step(&run, 2)->ms, 300);
	assert_int_equal(run_state_step(&run, 2)->code, 7);
	run_state_release(&run);
}

static void a_worker_that_dies_ends_the_build(void **state)
{
	struct run_state run;

	(void)state;
	run_state_init(&run);
	fold(&run, EVENT_STEP, 2, "RUN sleep");
	run_state_end(&run, true, "gone");
	assert_true(run.ended && run.failed);
	assert_string_equal(run.error, "cancelled");
	assert_int_equal(run_state_step(&run, 2)->state, RUN_STEP_FAILED);
	run_state_release(&run);
}

static void a_progress_bar_is_its_last_state(void **state)
{
	static const char *const want[] = { "100%", "next" };
	struct run_state run;

	(void)state;
	run_state_init(&run);
	fold(&run, EVENT_LOG, 1, "10%\r50%\r100%\nnext\n");
	check_log(&run, want, 2);
	run_state_release(&run);
}

static void a_line_is_shown_before_its_end_has_come(void **state)
{
	static const char *const want[] = { "done", "Continue? [Y/n] y" };
	struct run_state run;

	(void)state;
	run_state_init(&run);
	fold(&run, EVENT_LOG, 1, " 1%\r");
	assert_int_equal(run.log_count, 1);
	assert_string_equal(run.log[0].text, " 1%");
	fold(&run, EVENT_LOG, 1, "50%\r");
	assert_int_equal(run.log_count, 1);
	assert_string_equal(run.log[0].text, "50%");
	fold(&run, EVENT_LOG, 1, "done\nContinue? [Y/n] ");
	assert_int_equal(run.log_count, 2);
	assert_string_equal(run.log[1].text, "Continue? [Y/n] ");
	fold(&run, EVENT_LOG, 1, "y");
	run_state_end(&run, false, "");
	assert_string_equal(run.log[1].text, want[1]);
	assert_string_equal(run.log[0].text, want[0]);
	run_state_release(&run);
}

static void colours_of_a_log_are_left_out(void **state)
{
	static const char *const want[] = {
		"red plain", "title", "charset", "\\x07bell",
		"\\x1b]0;no end", "\\x1b", "cleared",
		"Step 2/3 : RUN \\x1b[1m",
	};
	struct run_state run;

	(void)state;
	run_state_init(&run);
	fold(&run, EVENT_LOG, 1, "\x1b[1;31mred\x1b[0m plain\n"
				 "\x1b]0;a title\atit\x1b]2;b\x1b\\le\n"
				 "\x1b(Bcharset\n\abell\n"
				 "\x1b]0;no end\n\x1b\n\x1b[2J\x1b[Kcleared");
	fold(&run, EVENT_LOG, 1, "\n\x1b[0m");
	fold(&run, EVENT_STEP, 2, "RUN \x1b[1m"); /* words of ours: kept */
	check_log(&run, want, sizeof(want) / sizeof(*want));
	run_state_release(&run);
}

static void a_long_log_keeps_its_end(void **state)
{
	struct run_state run;

	(void)state;
	run_state_init(&run);
	for (int i = 0; i < RUN_LOG_MAX * 2 + 7; i++) {
		AUTO_FREE char *line = mem_printf("line %d\n", i);

		fold(&run, EVENT_LOG, 1, line);
	}
	assert_true(run.log_count <= RUN_LOG_MAX);
	assert_int_equal(run.log_count + run.log_dropped, RUN_LOG_MAX * 2 + 7);
	assert_string_equal(run.log[run.log_count - 1].text, "line 40006");
	run_state_release(&run);
}

static void wild_numbers_are_harmless(void **state)
{
	struct run_state run;
	static const int steps[] = { -1, 0, 1 << 30, RUN_STEPS_MAX + 1 };

	(void)state;
	run_state_init(&run);
	for (size_t i = 0; i < 4; i++)
		for (int kind = 0; kind <= EVENT_ERROR; kind++) {
			fold(&run, (enum event_kind)kind, steps[i], NULL);
			fold(&run, (enum event_kind)kind, steps[i], "x");
		}
	run_state_release(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_that_makes_nothing_ends_with_the_next),
		cmocka_unit_test(a_build_folds_to_its_steps_and_log),
		cmocka_unit_test(an_error_fails_the_step_that_runs),
		cmocka_unit_test(
			a_step_that_runs_knows_its_bytes_and_when_it_began),
		cmocka_unit_test(a_worker_that_dies_ends_the_build),
		cmocka_unit_test(a_progress_bar_is_its_last_state),
		cmocka_unit_test(a_line_is_shown_before_its_end_has_come),
		cmocka_unit_test(colours_of_a_log_are_left_out),
		cmocka_unit_test(a_long_log_keeps_its_end),
		cmocka_unit_test(wild_numbers_are_harmless),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("tui/run_state", tests, NULL, NULL);
}
