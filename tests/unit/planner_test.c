/* Which text an answer of the planner is of, when a newer one waits already.
 * And a Ctrl-Z at the moment when a worker has just begun.
 * The program that it starts is this test itself: it answers with the text. */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "tui/planner.h"

static bool ctrl_z;

/* In place of the C library's: what stands before a worker's group. */
int setpgid(pid_t pid, pid_t group)
{
	if (ctrl_z && pid == 0)
		raise(SIGTSTP);
	return (int)syscall(SYS_setpgid, pid, group);
}

static int answer(void)
{
	char text[64];
	size_t len;

	printf("ready\n");
	fflush(stdout);
	while (scanf("text %zu", &len) == 1 && getchar() == '\n' &&
	       len < sizeof(text) && fread(text, 1, len, stdin) == len) {
		printf("error %zu\n%.*s", len, (int)len, text);
		fflush(stdout);
	}
	return 0;
}

static void wait_for(struct planner *planner)
{
	struct pollfd fd = { .fd = planner->worker.out_fd, .events = POLLIN };

	assert_int_equal(poll(&fd, 1, 20000), 1);
}

static void expect(struct planner *planner, const char *text)
{
	AUTO_FREE char *error = NULL;
	struct plan *plan;
	int rc;

	while (!(rc = planner_poll(planner, &plan, &error)))
		wait_for(planner);
	assert_int_equal(rc, 1);
	assert_null(plan);
	assert_string_equal(error, text);
	assert_string_equal(planner_text(planner), text);
}

static void an_answer_is_of_its_own_text(void **state)
{
	AUTO(strv_release) struct strv args = { 0 };
	struct planner planner;
	struct err err = ERR_INIT;
	struct plan *plan;
	char *error;

	(void)state;
	strv_add(&args, "answer");
	planner_init(&planner);
	assert_int_equal(planner_start(&planner, &args, &err), 0);
	assert_null(planner_text(&planner));
	planner_ask(&planner, "", "one", 3);
	while (!planner.busy) {
		wait_for(&planner);
		assert_int_equal(planner_poll(&planner, &plan, &error), 0);
	}
	planner_ask(&planner, "", "passed over", 11);
	planner_ask(&planner, "", "two", 3);
	expect(&planner, "one");
	assert_true(planner_owes(&planner));
	expect(&planner, "two");
	assert_false(planner_owes(&planner));
	planner_release(&planner);
}

static void ctrl_z_does_not_stop_a_worker_that_begins(void **state)
{
	AUTO(strv_release) struct strv args = { 0 };
	struct planner planner;
	struct err err = ERR_INIT;
	sigset_t stop, old;

	(void)state;
	/* As the screen has it, which reads it from a signalfd. */
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	sigprocmask(SIG_BLOCK, &stop, &old);
	ctrl_z = true;
	strv_add(&args, "answer");
	planner_init(&planner);
	assert_int_equal(planner_start(&planner, &args, &err), 0);
	planner_ask(&planner, "", "one", 3);
	expect(&planner, "one");
	planner_release(&planner);
	ctrl_z = false;
	sigprocmask(SIG_SETMASK, &old, NULL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_of_its_own_text),
		cmocka_unit_test(ctrl_z_does_not_stop_a_worker_that_begins),
	};

	(void)argv;
	return argc > 1 ? answer() :
			  cmocka_run_group_tests(tests, NULL, NULL);
}
