/* Facts about hits and misses: classic-builder.md 1.2 to 1.12. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "plan_bench.h"

#define EXAMPLE                                                                \
	"FROM alpine:latest\nRUN echo first\nCOPY a .\nADD b .\n"              \
	"CMD [\"echo\", \"fourth\"]\n"

static void first_build_misses_from_the_first_step_on(void **state)
{
	bench_expect(*state, EXAMPLE, "hit:base miss:never-built miss:earlier-miss "
	       "miss:earlier-miss miss:earlier-miss");
	assert_int_equal(bench_last(*state)->culprit, 2);
}

static void finished_build_plans_to_all_hit(void **state)
{
	struct bench *bench = *state;
	struct digest first, second;
	struct plan_summary sum;

	first = bench_build(bench, EXAMPLE);
	bench_expect(bench, EXAMPLE, "hit:base hit:cached hit:cached hit:cached "
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

	bench_must_build(bench, EXAMPLE);
	bench_write(bench, "new", "n\n");
	bench_expect(bench, "FROM alpine:latest\nRUN echo first\nCOPY a .\n"
	       "COPY new .\nADD b .\nCMD [\"echo\", \"fourth\"]\n",
	       "hit:base hit:cached hit:cached miss:steps-moved "
	       "miss:earlier-miss miss:earlier-miss");
	assert_int_equal(bench_last(bench)->culprit, 4);
	assert_true(bench_step(bench, 4)->key_open);
	assert_int_equal(bench->context->files_read, 1);
}

static void certain_miss_reads_no_file(void **state)
{
	bench_expect(*state, "FROM alpine:latest\nCOPY a /x\nCOPY b /\n",
	       "hit:base miss:never-built miss:earlier-miss");
	assert_int_equal(((struct bench *)*state)->context->files_read, 0);
	assert_null(bench_last(*state)->created_by);
}

static void key_of_a_later_step_needs_no_parent(void **state)
{
	bench_expect(*state, "FROM alpine:latest\nRUN x\nENV A=1\n",
	       "hit:base miss:never-built miss:earlier-miss");
	assert_string_equal(bench_last(*state)->created_by,
			    "/bin/sh -c #(nop)  ENV A=1");
}

static void newest_equal_candidate_wins(void **state)
{
	struct bench *bench = *state;
	struct digest id;

	bench_must_build(bench, "FROM alpine:latest\nRUN x\n");
	bench->input.no_cache = true;
	id = bench_build(bench, "FROM alpine:latest\nRUN x\n");
	bench->input.no_cache = false;
	bench_expect(bench, "FROM alpine:latest\nRUN x\n", "hit:base hit:cached");
	assert_string_equal(bench_last(bench)->image.text, id.text);
	assert_string_equal(bench_last(bench)->note,
			    "newest of 2 candidates");
}

static void mtime_is_ignored_mode_is_not(void **state)
{
	struct bench *bench = *state;
	const char *text = "FROM alpine:latest\nCOPY d /d/\n";

	bench_must_build(bench, text);
	bench_write(bench, "d/x", "x\n");
	bench_expect(bench, text, "hit:base hit:cached");
	bench_chmod(bench, "d/x", 0600);
	bench_expect(bench, text, "hit:base miss:sources-differ");
	bench_chmod(bench, "d/x", 0644);
	bench_chmod(bench, "d", 0700);
	bench_expect(bench, text, "hit:base miss:sources-differ");
}

static void rename_inside_a_copied_directory_misses(void **state)
{
	struct bench *bench = *state;

	bench_must_build(bench, "FROM alpine:latest\nCOPY d /d/\n");
	bench_remove(bench, "d/x");
	bench_write(bench, "d/y", "x\n");
	bench_expect(bench, "FROM alpine:latest\nCOPY d /d/\n",
	       "hit:base miss:sources-differ");
}

static void retargeted_link_misses(void **state)
{
	struct bench *bench = *state;

	bench_link(bench, "x", "d/link");
	bench_must_build(bench, "FROM alpine:latest\nCOPY d /d/\n");
	bench_write(bench, "d/z", "z\n");
	bench_must_build(bench, "FROM alpine:latest\nCOPY d /d/\n");
	bench_link(bench, "z", "d/link");
	bench_expect(bench, "FROM alpine:latest\nCOPY d /d/\n",
	       "hit:base miss:sources-differ");
}

static void spelling_of_the_destination_is_part_of_the_key(void **state)
{
	static const char *const others[] = { "./", "/", "/." };
	struct bench *bench = *state;

	bench_must_build(bench, "FROM alpine:latest\nCOPY a .\n");
	for (size_t i = 0; i < 3; i++) {
		AUTO_FREE char *text = mem_printf(
			"FROM alpine:latest\nCOPY a %s\n", others[i]);

		bench_expect(bench, text, "hit:base miss:destination-differs");
	}
}

static void spelling_of_the_source_is_not(void **state)
{
	struct bench *bench = *state;

	bench_must_build(bench, "FROM alpine:latest\nCOPY d /d\n");
	bench_expect(bench, "FROM alpine:latest\nCOPY ./d /d\n",
	       "hit:base hit:cached");
	bench_expect(bench, "FROM alpine:latest\nCOPY /d /d\n",
	       "hit:base hit:cached");
}

static void chown_spellings_are_three_keys(void **state)
{
	struct bench *bench = *state;

	bench_must_build(bench, "FROM alpine:latest\nCOPY --chown=0 a /\n");
	bench_expect(bench, "FROM alpine:latest\nCOPY --chown=0 a /\n",
	       "hit:base hit:cached");
	bench_expect(bench, "FROM alpine:latest\nCOPY --chown=0:0 a /\n",
	       "hit:base miss:destination-differs");
	bench_expect(bench, "FROM alpine:latest\nCOPY a /\n",
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
	bench_must_build(bench, text);
	arg.value = (char *)"2";
	bench_expect(bench, text, "hit:base hit:cached hit:cached hit:cached "
	       "miss:build-arg-differs");
}

static void proxy_only_changes_the_prefix(void **state)
{
	struct bench *bench = *state;
	struct build_arg arg = { (char *)"http_proxy", (char *)"p" };

	bench_must_build(bench, "FROM alpine:latest\nRUN x\n");
	bench->input.args = &arg;
	bench->input.arg_count = 1;
	bench_expect(bench, "FROM alpine:latest\nRUN x\n",
	       "hit:base miss:build-arg-differs");
	bench_must_build(bench, "FROM alpine:latest\nRUN x\n");
	assert_string_equal(bench_last(bench)->created_by,
			    "|0 /bin/sh -c x");
	arg.value = (char *)"other";
	bench_expect(bench, "FROM alpine:latest\nRUN x\n", "hit:base hit:cached");
}

static void miss_in_one_stage_leaves_hits_in_the_next(void **state)
{
	struct bench *bench = *state;

	bench_must_build(bench, "FROM alpine:latest\nRUN a\nFROM alpine:latest\n"
		   "RUN b\n");
	bench_expect(bench, "FROM alpine:latest\nRUN a2\nFROM alpine:latest\n"
	       "RUN b\n", "hit:base miss:command-differs hit:base hit:cached");
}

static void stage_that_misses_makes_its_child_miss(void **state)
{
	bench_expect(*state, "FROM alpine:latest AS x\nRUN a\nFROM x\nRUN b\n",
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

	bench_expect(bench, text, "hit:base miss:never-built hit:base "
	       "late:needs-stage late:needs-stage");
	assert_int_equal(bench_step(bench, 4)->culprit, 2);
	bench_must_build(bench, text);
	bench_expect(bench, text, "hit:base hit:cached hit:base hit:cached "
	       "hit:cached");
}

static void late_stage_as_base_is_late(void **state)
{
	bench_expect(*state, "FROM alpine:latest AS x\nRUN a\n"
	       "FROM alpine:latest AS y\nCOPY --from=x /etc /e\n"
	       "FROM y\nRUN c\n",
	       "hit:base miss:never-built hit:base late:needs-stage "
	       "late:needs-stage late:needs-stage");
}

static void equal_tree_of_another_stage_hits(void **state)
{
	struct bench *bench = *state;

	bench_must_build(bench, "FROM alpine:latest AS x\nFROM alpine:latest\n"
		   "COPY --from=x /etc /e\n");
	bench_expect(bench, "FROM alpine:latest AS other\nFROM alpine:latest\n"
	       "COPY --from=other /etc /e\n", "hit:base hit:base hit:cached");
	bench_expect(bench, "FROM alpine:latest\nFROM alpine:latest\n"
	       "COPY --from=0 /etc /e\n", "hit:base hit:base hit:cached");
}

static void no_cache_misses_everywhere(void **state)
{
	struct bench *bench = *state;

	bench_must_build(bench, EXAMPLE);
	bench->input.no_cache = true;
	bench_expect(bench, "FROM alpine:latest\nRUN echo first\n"
	       "FROM alpine:latest\nRUN echo first\n",
	       "hit:base miss:no-cache hit:base miss:no-cache");
}

static void scratch_takes_any_parentless_image(void **state)
{
	struct bench *bench = *state;

	bench_must_build(bench, "FROM scratch\nCOPY a /\n");
	bench_expect(bench, "FROM scratch\nCOPY a /\n", "hit:base hit:cached");
	bench_expect(bench, "FROM scratch\nCOPY b /\n",
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
	bench_must_build(bench, "FROM ob\nRUN last\n");
	bench_expect(bench, "FROM ob\nRUN last\n",
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
	bench_expect(bench, "FROM alpine:latest\n",
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
	bench_expect(bench, "FROM alpine:latest AS x\nRUN a\nFROM nowhere\n",
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

	bench_expect(bench, "FROM alpine:latest\nADD http://x/y /\nRUN a\n",
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
	bench_expect(bench, "FROM alpine:latest\nCOPY a /\nCOPY b /\n",
	       "hit:base miss:never-built miss:earlier-miss");
	bench_must_build(bench, "FROM alpine:latest\nCOPY a /\nCOPY b /\n");
	bench_expect(bench, "FROM alpine:latest\nCOPY a /\nCOPY d /\n",
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

	bench_must_build(bench, EXAMPLE);
	store_free(bench->store);
	bench->store = NULL;
	assert_int_equal(store_open(root, STORE_READ, &bench->store, &err), 0);
	bench_expect(bench, EXAMPLE, "hit:base hit:cached hit:cached hit:cached "
	       "hit:cached");
}

/* ---- --cache-from ---- */

static void cache_from_missing_turns_the_cache_off(void **state)
{
	struct bench *bench = *state;
	struct strv from = { 0 };

	bench_must_build(bench, EXAMPLE);
	strv_add(&from, "nowhere");
	bench->input.cache_from = &from;
	bench_expect(bench, "FROM alpine:latest\nRUN echo first\n",
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
	bench_expect(bench, EXAMPLE, "hit:base hit:cached hit:cached hit:cached "
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(first_build_misses_from_the_first_step_on),
		BENCH_TEST(finished_build_plans_to_all_hit),
		BENCH_TEST(inserted_copy_branches_off),
		BENCH_TEST(certain_miss_reads_no_file),
		BENCH_TEST(key_of_a_later_step_needs_no_parent),
		BENCH_TEST(newest_equal_candidate_wins),
		BENCH_TEST(mtime_is_ignored_mode_is_not),
		BENCH_TEST(rename_inside_a_copied_directory_misses),
		BENCH_TEST(retargeted_link_misses),
		BENCH_TEST(spelling_of_the_destination_is_part_of_the_key),
		BENCH_TEST(spelling_of_the_source_is_not),
		BENCH_TEST(chown_spellings_are_three_keys),
		BENCH_TEST(build_arg_misses_at_the_first_run),
		BENCH_TEST(proxy_only_changes_the_prefix),
		BENCH_TEST(miss_in_one_stage_leaves_hits_in_the_next),
		BENCH_TEST(stage_that_misses_makes_its_child_miss),
		BENCH_TEST(copy_from_a_stage_to_run_is_late),
		BENCH_TEST(late_stage_as_base_is_late),
		BENCH_TEST(equal_tree_of_another_stage_hits),
		BENCH_TEST(no_cache_misses_everywhere),
		BENCH_TEST(scratch_takes_any_parentless_image),
		BENCH_TEST(onbuild_triggers_are_steps_that_probe),
		BENCH_TEST(label_flags_are_steps_of_the_last_stage),
		BENCH_TEST(target_ends_the_plan),
		BENCH_TEST(url_is_late_until_it_is_fetched),
		BENCH_TEST(platform_is_checked_when_a_copy_misses),
		BENCH_TEST(plan_writes_nothing),
		BENCH_TEST(cache_from_missing_turns_the_cache_off),
		BENCH_TEST(cache_from_ancestors_count),
		BENCH_TEST(cache_from_restores_what_has_no_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
