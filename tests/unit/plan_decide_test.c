/* Facts about hits and misses: classic-builder.md 1.2 to 1.12. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "plan_bench.h"

static int setup(void **state)
{
	struct bench *bench = bench_new();

	bench_base(bench, "alpine:latest", NULL);
	bench_write(bench, "a", "a\n");
	bench_write(bench, "b", "b\n");
	bench_write(bench, "d/x", "x\n");
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	bench_free(*state);
	return 0;
}

static void expect(struct bench *bench, const char *text, const char *words)
{
	bench_preview(bench, text);
	assert_string_equal(bench_words(bench), words);
}

static void must_build(struct bench *bench, const char *text)
{
	struct digest id = bench_build(bench, text);

	if (!digest_is_set(&id))
		fail_msg("%s", bench->error);
}

#define EXAMPLE                                                                \
	"FROM alpine:latest\nRUN echo first\nCOPY a .\nADD b .\n"              \
	"CMD [\"echo\", \"fourth\"]\n"

static void first_build_misses_from_the_first_step_on(void **state)
{
	expect(*state, EXAMPLE, "hit:base miss:never-built miss:earlier-miss "
	       "miss:earlier-miss miss:earlier-miss");
	assert_int_equal(bench_last(*state)->culprit, 2);
}

static void finished_build_plans_to_all_hit(void **state)
{
	struct bench *bench = *state;
	struct digest first, second;
	struct plan_summary sum;

	first = bench_build(bench, EXAMPLE);
	expect(bench, EXAMPLE, "hit:base hit:cached hit:cached hit:cached "
	       "hit:cached");
	plan_summary(bench->plan, &sum);
	assert_int_equal(sum.hit, 5);
	assert_int_equal(sum.miss + sum.late + sum.error, 0);
	assert_string_equal(sum.image.text, first.text);
	second = bench_build(bench, EXAMPLE);
	assert_string_equal(second.text, first.text);
}

static void inserted_copy_branches_off(void **state)
{
	struct bench *bench = *state;

	must_build(bench, EXAMPLE);
	bench_write(bench, "new", "n\n");
	expect(bench, "FROM alpine:latest\nRUN echo first\nCOPY a .\n"
	       "COPY new .\nADD b .\nCMD [\"echo\", \"fourth\"]\n",
	       "hit:base hit:cached hit:cached miss:command-differs "
	       "miss:earlier-miss miss:earlier-miss");
	assert_int_equal(bench_last(bench)->culprit, 4);
	assert_true(bench_step(bench, 4)->key_open);
	assert_int_equal(bench->context->files_read, 1);
}

static void certain_miss_reads_no_file(void **state)
{
	expect(*state, "FROM alpine:latest\nCOPY a /x\nCOPY b /\n",
	       "hit:base miss:never-built miss:earlier-miss");
	assert_int_equal(((struct bench *)*state)->context->files_read, 0);
	assert_null(bench_last(*state)->created_by);
}

static void key_of_a_later_step_needs_no_parent(void **state)
{
	expect(*state, "FROM alpine:latest\nRUN x\nENV A=1\n",
	       "hit:base miss:never-built miss:earlier-miss");
	assert_string_equal(bench_last(*state)->created_by,
			    "/bin/sh -c #(nop)  ENV A=1");
}

static void newest_equal_candidate_wins(void **state)
{
	struct bench *bench = *state;
	struct digest id;

	must_build(bench, "FROM alpine:latest\nRUN x\n");
	bench->input.no_cache = true;
	id = bench_build(bench, "FROM alpine:latest\nRUN x\n");
	bench->input.no_cache = false;
	expect(bench, "FROM alpine:latest\nRUN x\n", "hit:base hit:cached");
	assert_string_equal(bench_last(bench)->image.text, id.text);
	assert_string_equal(bench_last(bench)->note,
			    "newest of 2 candidates");
}

static void mtime_is_ignored_mode_is_not(void **state)
{
	struct bench *bench = *state;
	const char *text = "FROM alpine:latest\nCOPY d /d/\n";

	must_build(bench, text);
	bench_write(bench, "d/x", "x\n");
	expect(bench, text, "hit:base hit:cached");
	bench_chmod(bench, "d/x", 0600);
	expect(bench, text, "hit:base miss:sources-differ");
	bench_chmod(bench, "d/x", 0644);
	bench_chmod(bench, "d", 0700);
	expect(bench, text, "hit:base miss:sources-differ");
}

static void rename_inside_a_copied_directory_misses(void **state)
{
	struct bench *bench = *state;

	must_build(bench, "FROM alpine:latest\nCOPY d /d/\n");
	bench_remove(bench, "d/x");
	bench_write(bench, "d/y", "x\n");
	expect(bench, "FROM alpine:latest\nCOPY d /d/\n",
	       "hit:base miss:sources-differ");
}

static void retargeted_link_misses(void **state)
{
	struct bench *bench = *state;

	bench_link(bench, "x", "d/link");
	must_build(bench, "FROM alpine:latest\nCOPY d /d/\n");
	bench_write(bench, "d/z", "z\n");
	must_build(bench, "FROM alpine:latest\nCOPY d /d/\n");
	bench_link(bench, "z", "d/link");
	expect(bench, "FROM alpine:latest\nCOPY d /d/\n",
	       "hit:base miss:sources-differ");
}

static void spelling_of_the_destination_is_part_of_the_key(void **state)
{
	static const char *const others[] = { "./", "/", "/." };
	struct bench *bench = *state;

	must_build(bench, "FROM alpine:latest\nCOPY a .\n");
	for (size_t i = 0; i < 3; i++) {
		AUTO_FREE char *text = mem_printf(
			"FROM alpine:latest\nCOPY a %s\n", others[i]);

		expect(bench, text, "hit:base miss:destination-differs");
	}
}

static void spelling_of_the_source_is_not(void **state)
{
	struct bench *bench = *state;

	must_build(bench, "FROM alpine:latest\nCOPY d /d\n");
	expect(bench, "FROM alpine:latest\nCOPY ./d /d\n",
	       "hit:base hit:cached");
	expect(bench, "FROM alpine:latest\nCOPY /d /d\n",
	       "hit:base hit:cached");
}

static void chown_spellings_are_three_keys(void **state)
{
	struct bench *bench = *state;

	must_build(bench, "FROM alpine:latest\nCOPY --chown=0 a /\n");
	expect(bench, "FROM alpine:latest\nCOPY --chown=0 a /\n",
	       "hit:base hit:cached");
	expect(bench, "FROM alpine:latest\nCOPY --chown=0:0 a /\n",
	       "hit:base miss:destination-differs");
	expect(bench, "FROM alpine:latest\nCOPY a /\n",
	       "hit:base miss:destination-differs");
}

static void build_arg_misses_at_the_first_run(void **state)
{
	struct bench *bench = *state;
	struct build_arg arg = { (char *)"V", (char *)"1" };
	const char *text = "FROM alpine:latest\nARG V\nENV Z=z\nCOPY a /\n"
			   "RUN x\n";

	bench->input.args = &arg;
	bench->input.arg_count = 1;
	must_build(bench, text);
	arg.value = (char *)"2";
	expect(bench, text, "hit:base hit:cached hit:cached hit:cached "
	       "miss:build-arg-differs");
}

static void proxy_only_changes_the_prefix(void **state)
{
	struct bench *bench = *state;
	struct build_arg arg = { (char *)"http_proxy", (char *)"p" };

	must_build(bench, "FROM alpine:latest\nRUN x\n");
	bench->input.args = &arg;
	bench->input.arg_count = 1;
	expect(bench, "FROM alpine:latest\nRUN x\n",
	       "hit:base miss:build-arg-differs");
	must_build(bench, "FROM alpine:latest\nRUN x\n");
	assert_string_equal(bench_last(bench)->created_by,
			    "|0 /bin/sh -c x");
	arg.value = (char *)"other";
	expect(bench, "FROM alpine:latest\nRUN x\n", "hit:base hit:cached");
}

static void miss_in_one_stage_leaves_hits_in_the_next(void **state)
{
	struct bench *bench = *state;

	must_build(bench, "FROM alpine:latest\nRUN a\nFROM alpine:latest\n"
		   "RUN b\n");
	expect(bench, "FROM alpine:latest\nRUN a2\nFROM alpine:latest\n"
	       "RUN b\n", "hit:base miss:command-differs hit:base hit:cached");
}

static void stage_that_misses_makes_its_child_miss(void **state)
{
	expect(*state, "FROM alpine:latest AS x\nRUN a\nFROM x\nRUN b\n",
	       "hit:base miss:never-built late:needs-stage "
	       "miss:earlier-miss");
	assert_int_equal(bench_last(*state)->culprit, 2);
}

static void copy_from_a_stage_to_run_is_late(void **state)
{
	struct bench *bench = *state;
	const char *text = "FROM alpine:latest AS x\nRUN a\n"
			   "FROM alpine:latest\nCOPY --from=x /etc /e\n"
			   "RUN b\n";

	expect(bench, text, "hit:base miss:never-built hit:base "
	       "late:needs-stage late:needs-stage");
	assert_int_equal(bench_step(bench, 4)->culprit, 2);
	must_build(bench, text);
	expect(bench, text, "hit:base hit:cached hit:base hit:cached "
	       "hit:cached");
}

static void late_stage_as_base_is_late(void **state)
{
	expect(*state, "FROM alpine:latest AS x\nRUN a\n"
	       "FROM alpine:latest AS y\nCOPY --from=x /etc /e\n"
	       "FROM y\nRUN c\n",
	       "hit:base miss:never-built hit:base late:needs-stage "
	       "late:needs-stage late:needs-stage");
}

static void equal_tree_of_another_stage_hits(void **state)
{
	struct bench *bench = *state;

	must_build(bench, "FROM alpine:latest AS x\nFROM alpine:latest\n"
		   "COPY --from=x /etc /e\n");
	expect(bench, "FROM alpine:latest AS other\nFROM alpine:latest\n"
	       "COPY --from=other /etc /e\n", "hit:base hit:base hit:cached");
	expect(bench, "FROM alpine:latest\nFROM alpine:latest\n"
	       "COPY --from=0 /etc /e\n", "hit:base hit:base hit:cached");
}

static void no_cache_misses_everywhere(void **state)
{
	struct bench *bench = *state;

	must_build(bench, EXAMPLE);
	bench->input.no_cache = true;
	expect(bench, "FROM alpine:latest\nRUN echo first\n"
	       "FROM alpine:latest\nRUN echo first\n",
	       "hit:base miss:no-cache hit:base miss:no-cache");
}

static void scratch_takes_any_parentless_image(void **state)
{
	struct bench *bench = *state;

	must_build(bench, "FROM scratch\nCOPY a /\n");
	expect(bench, "FROM scratch\nCOPY a /\n", "hit:base hit:cached");
	expect(bench, "FROM scratch\nCOPY b /\n",
	       "hit:base miss:sources-differ");
}

static void onbuild_triggers_are_steps_that_probe(void **state)
{
	struct bench *bench = *state;
	struct digest base;
	struct err err = ERR_INIT;

	base = bench_build(bench, "FROM alpine:latest\nONBUILD RUN t\n"
			   "ONBUILD COPY a /\n");
	assert_int_equal(store_tag(bench->store, "ob:latest", &base, NULL,
				   &err), 0);
	must_build(bench, "FROM ob\nRUN last\n");
	expect(bench, "FROM ob\nRUN last\n",
	       "hit:base hit:cached hit:cached hit:cached");
	assert_int_equal(bench_step(bench, 1)->triggers, 2);
	assert_int_equal(plan_total(bench->plan), 2);
	assert_int_equal(bench_last(bench)->n, 2);
	assert_int_equal(bench_last(bench)->after.on_build.count, 0);
}

static void label_flags_are_steps_of_the_last_stage(void **state)
{
	struct bench *bench = *state;
	struct map labels = { 0 };

	map_put(&labels, "b", "$x");
	map_put(&labels, "a", "1");
	bench->input.labels = &labels;
	expect(bench, "FROM alpine:latest\n",
	       "hit:base miss:never-built miss:earlier-miss");
	assert_string_equal(bench_last(bench)->text, "LABEL b=$x");
	assert_string_equal(bench_last(bench)->created_by,
			    "/bin/sh -c #(nop)  LABEL b=$x");
	assert_int_equal(plan_total(bench->plan), 3);
	map_release(&labels);
}

static void target_ends_the_plan(void **state)
{
	struct bench *bench = *state;

	bench->input.target = "X";
	expect(bench, "FROM alpine:latest AS x\nRUN a\nFROM nowhere\n",
	       "hit:base miss:never-built");
	bench->input.target = "zz";
	assert_null(bench_open(bench, "FROM alpine:latest\n"));
	assert_string_equal(bench->error, "failed to reach build target zz "
			    "in Dockerfile");
}

static void url_is_late_until_it_is_fetched(void **state)
{
	struct bench *bench = *state;
	struct err err = ERR_INIT;
	struct step *step;

	expect(bench, "FROM alpine:latest\nADD http://x/y /\nRUN a\n",
	       "hit:base late:needs-download late:needs-download");
	bench->input.building = true;
	bench_open(bench, "FROM alpine:latest\nADD http://x/y /\n");
	plan_next(bench->plan, &step, &err);
	plan_next(bench->plan, &step, &err);
	assert_int_equal(step->verdict, VERDICT_LATE);
	plan_close_key(bench->plan, step, "0123456789abcdef0123456789abcdef"
		       "0123456789abcdef0123456789abcdef");
	assert_int_equal(plan_decide_late(bench->plan, step, &err), 0);
	assert_int_equal(step->verdict, VERDICT_MISS);
}

static void platform_is_checked_when_a_copy_misses(void **state)
{
	struct bench *bench = *state;

	bench->input.platform = "linux/arm64";
	expect(bench, "FROM alpine:latest\nCOPY a /\nCOPY b /\n",
	       "hit:base miss:never-built miss:earlier-miss");
	must_build(bench, "FROM alpine:latest\nCOPY a /\nCOPY b /\n");
	expect(bench, "FROM alpine:latest\nCOPY a /\nCOPY d /\n",
	       "hit:base hit:cached error:fails");
	assert_non_null(strstr(bench_last(bench)->error, "wanted "
			       "linux/arm64, actual: linux/amd64") ? "" :
			strstr(bench_last(bench)->error, "wanted "
			       "linux/arm64/v8, actual: linux/amd64"));
}

static void plan_writes_nothing(void **state)
{
	struct bench *bench = *state;
	struct err err = ERR_INIT;
	AUTO_FREE char *root = mem_printf("%s/root", bench->dir);

	must_build(bench, EXAMPLE);
	store_free(bench->store);
	bench->store = NULL;
	assert_int_equal(store_open(root, STORE_READ, &bench->store, &err), 0);
	expect(bench, EXAMPLE, "hit:base hit:cached hit:cached hit:cached "
	       "hit:cached");
}

/* ---- --cache-from ---- */

static void cache_from_missing_turns_the_cache_off(void **state)
{
	struct bench *bench = *state;
	struct strv from = { 0 };

	must_build(bench, EXAMPLE);
	strv_add(&from, "nowhere");
	bench->input.cache_from = &from;
	expect(bench, "FROM alpine:latest\nRUN echo first\n",
	       "hit:base miss:cache-from");
	strv_release(&from);
}

static void cache_from_ancestors_count(void **state)
{
	struct bench *bench = *state;
	struct strv from = { 0 };
	struct digest id = bench_build(bench, EXAMPLE);

	strv_add(&from, id.text);
	bench->input.cache_from = &from;
	expect(bench, EXAMPLE, "hit:base hit:cached hit:cached hit:cached "
	       "hit:cached");
	assert_true(bench_last(bench)->link_parent);
	strv_release(&from);
}

static void cache_from_restores_what_has_no_links(void **state)
{
	struct bench *bench = *state;
	AUTO(image_config_release) struct image_config config;
	struct strv from = { 0 };
	struct digest id = bench_build(bench, EXAMPLE), again;

	/* The same image as a pull leaves it, under another time. */
	bench_copy(bench, &id, &config);
	config.created.nsec = 7;
	id = bench_put(bench, &config, NULL);
	strv_add(&from, id.text);
	bench->input.cache_from = &from;
	bench_preview(bench, EXAMPLE);
	assert_string_equal(bench_words(bench), "hit:base hit:cached "
			    "hit:cached hit:cached hit:cached");
	assert_non_null(bench_step(bench, 2)->restored);
	assert_non_null(bench_step(bench, 4)->restored);
	assert_true(bench_step(bench, 5)->link_parent);
	again = bench_build(bench, EXAMPLE);
	assert_string_equal(again.text, id.text);
	strv_release(&from);
}

/* ---- configurations ---- */

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
	must_build(bench, text);
	expect(bench, text, "hit:base miss:never-hits");
	expect(bench, "FROM e\nUSER $NONE\n", "hit:base miss:never-hits");
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
	expect(bench, "FROM s\nENV A=1\n",
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
	expect(bench, text, "hit:base hit:cached hit:cached hit:cached");
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(first_build_misses_from_the_first_step_on),
		TEST(finished_build_plans_to_all_hit),
		TEST(inserted_copy_branches_off),
		TEST(certain_miss_reads_no_file),
		TEST(key_of_a_later_step_needs_no_parent),
		TEST(newest_equal_candidate_wins),
		TEST(mtime_is_ignored_mode_is_not),
		TEST(rename_inside_a_copied_directory_misses),
		TEST(retargeted_link_misses),
		TEST(spelling_of_the_destination_is_part_of_the_key),
		TEST(spelling_of_the_source_is_not),
		TEST(chown_spellings_are_three_keys),
		TEST(build_arg_misses_at_the_first_run),
		TEST(proxy_only_changes_the_prefix),
		TEST(miss_in_one_stage_leaves_hits_in_the_next),
		TEST(stage_that_misses_makes_its_child_miss),
		TEST(copy_from_a_stage_to_run_is_late),
		TEST(late_stage_as_base_is_late),
		TEST(equal_tree_of_another_stage_hits),
		TEST(no_cache_misses_everywhere),
		TEST(scratch_takes_any_parentless_image),
		TEST(onbuild_triggers_are_steps_that_probe),
		TEST(label_flags_are_steps_of_the_last_stage),
		TEST(target_ends_the_plan),
		TEST(url_is_late_until_it_is_fetched),
		TEST(platform_is_checked_when_a_copy_misses),
		TEST(plan_writes_nothing),
		TEST(cache_from_missing_turns_the_cache_off),
		TEST(cache_from_ancestors_count),
		TEST(cache_from_restores_what_has_no_links),
		TEST(emptied_entrypoint_never_hits),
		TEST(shell_of_the_base_stands_in_the_key),
		TEST(second_healthcheck_leaks_from_the_parent),
		TEST(container_fills_what_the_step_lacks),
		TEST(unused_args_are_told),
		TEST(args_follow_their_scopes),
		TEST(args_stand_sorted_before_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
