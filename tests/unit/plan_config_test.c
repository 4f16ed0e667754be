/* Facts about what configurations and arguments do to hits and misses:
 * classic-builder.md 1.2 to 1.12. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "plan_bench.h"

static void with_entrypoint(struct image_config *config)
{
	strv_add(&config->config.entrypoint, "/e");
	run_config_set(&config->config.user, "u");
}

static void emptied_entrypoint_never_hits(void **state)
{
	struct bench *bench = *state;
	const char *text = "FROM e\nENTRYPOINT []\n";

	bench_base(bench, "e:latest", with_entrypoint);
	bench_must_build(bench, text);
	bench_expect(bench, text, "hit:base miss:never-hits");
	bench_expect(bench, "FROM e\nUSER $NONE\n", "hit:base miss:never-hits");
}

static void with_shell(struct image_config *config)
{
	strv_add(&config->config.shell, "/sh2");
	strv_add(&config->config.on_build, "RUN x");
	config->config.open_stdin = true;
	run_config_set(&config->config.hostname, "kept");
}

static void shell_of_the_base_stands_in_the_key(void **state)
{
	struct bench *bench = *state;

	bench_base(bench, "s:latest", with_shell);
	bench_expect(bench, "FROM s\nENV A=1\n",
	       "hit:base miss:never-built miss:earlier-miss");
	assert_string_equal(bench_last(bench)->created_by,
			    "/sh2 #(nop)  ENV A=1");
	assert_false(bench_last(bench)->after.open_stdin);
	assert_string_equal(bench_last(bench)->after.hostname, "kept");
}

static void second_healthcheck_leaks_from_the_parent(void **state)
{
	struct bench *bench = *state;
	const char *text = "FROM alpine:latest\n"
			   "HEALTHCHECK --interval=5s --retries=65 CMD a\n"
			   "HEALTHCHECK NONE\nCOPY a /\n";
	struct digest id = bench_build(bench, text);
	const struct image_config *config = bench_config(bench, &id);

	assert_int_equal(config->config.healthcheck->interval, 5000000000);
	assert_int_equal(config->config.healthcheck->retries, 65);
	bench_expect(bench, text, "hit:base hit:cached hit:cached hit:cached");
	assert_int_equal(bench_last(bench)->after.healthcheck->interval, 0);
	assert_string_equal(bench_step(bench, 3)->output, "Note: overriding "
			    "previous HEALTHCHECK: [CMD-SHELL a]\n");
}

static void container_fills_what_the_step_lacks(void **state)
{
	struct bench *bench = *state;
	struct digest id;
	const struct image_config *config;

	bench_base(bench, "e:latest", with_entrypoint);
	id = bench_build(bench, "FROM e\nWORKDIR /x/\n");
	config = bench_config(bench, &id);
	assert_string_equal(config->container_config.working_dir, "/x");
	assert_string_equal(config->config.working_dir, "/x/");
	assert_string_equal(config->container_config.hostname, "bench");
	assert_true(config->container_config.labels.set);
	assert_false(config->config.labels.set);
}

static void unused_args_are_told(void **state)
{
	struct bench *bench = *state;
	AUTO(strv_release) struct strv unused = { 0 };
	struct build_arg args[] = { { (char *)"ZZ", (char *)"1" },
				    { (char *)"A", (char *)"1" },
				    { (char *)"HTTP_PROXY", (char *)"1" } };

	bench->input.args = args;
	bench->input.arg_count = 3;
	bench_preview(bench, "ARG A\nFROM alpine:latest\n");
	plan_unused_args(bench->plan, &unused);
	assert_int_equal(unused.count, 1);
	assert_string_equal(unused.items[0], "ZZ");
}

/* ARG scopes of classic-builder.md 4.3: the text, and the ENV that tells. */
static void args_follow_their_scopes(void **state)
{
	static const char *const cases[][2] = {
		{ "ARG A=g\nFROM alpine:latest\nENV V=$A\n", "" },
		{ "ARG A=g\nFROM alpine:latest\nARG A\nENV V=$A\n", "g" },
		{ "ARG A=g\nFROM alpine:latest\nARG A=s\nENV V=$A\n", "s" },
		{ "FROM alpine:latest\nARG A=1\nARG A\nENV V=$A\n", "" },
		{ "FROM alpine:latest\nARG X=1 Y=$X\nENV V=$Y\n", "" },
		{ "FROM alpine:latest\nENV A=e\nARG A=a\nENV V=$A\n", "e" },
		{ "FROM alpine:latest AS x\nARG A=1\nFROM x\nENV V=$A\n",
		  "" },
		{ "FROM alpine:latest\nARG B=d\nENV V=$B\n", "given" },
		{ "ARG B\nFROM alpine:latest\nARG B=d\nENV V=$B\n", "given" },
		{ "ARG I=alpine\nFROM ${I}:latest\nENV V=$I\n", "" },
		{ "FROM alpine:latest\nENV abc=hi\nENV abc=bye V=$abc\n",
		  "hi" },
	};
	struct bench *bench = *state;
	struct build_arg arg = { (char *)"B", (char *)"given" };

	bench->input.args = &arg;
	bench->input.arg_count = 1;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO_FREE char *want = mem_printf("V=%s", cases[i][1]);
		const struct strv *env;

		bench_preview(bench, cases[i][0]);
		env = &bench_last(bench)->after.env;
		assert_string_equal(env->items[env->count - 1], want);
	}
}

static void args_stand_sorted_before_the_run(void **state)
{
	bench_preview(*state, "FROM alpine:latest\nARG A=2 A1=1 B C=\n"
		      "ENV C=x\nRUN e\n");
	assert_string_equal(bench_last(*state)->created_by,
			    "|2 A1=1 A=2 /bin/sh -c e");
	assert_int_equal(bench_last(*state)->run_argv.count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(emptied_entrypoint_never_hits),
		BENCH_TEST(shell_of_the_base_stands_in_the_key),
		BENCH_TEST(second_healthcheck_leaks_from_the_parent),
		BENCH_TEST(container_fills_what_the_step_lacks),
		BENCH_TEST(unused_args_are_told),
		BENCH_TEST(args_follow_their_scopes),
		BENCH_TEST(args_stand_sorted_before_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
