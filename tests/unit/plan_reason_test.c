/* Facts about reasons: each code, its note and its evidence. */
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

	bench->journal = true;
	bench_base(bench, "alpine:latest", NULL);
	bench_write(bench, "a", "a\n");
	bench_write(bench, "d/x", "x\n");
	bench_write(bench, "d/y", "y\n");
	*state = bench;
	return 0;
}

static const struct step *last(struct bench *bench, const char *text)
{
	bench_preview(bench, text);
	return bench_last(bench);
}

/* "~d/x content; +d/z" */
static char *evidence(const struct step *step, enum evidence_kind kind)
{
	struct buf out = BUF_INIT;

	buf_adds(&out, "");
	for (size_t i = 0; i < step->evidence_count; i++) {
		const struct evidence *e = &step->evidence[i];

		if (e->kind != kind)
			continue;
		buf_addf(&out, "%s%c%s", out.len ? "; " : "", e->op,
			 e->path ? e->path : "");
		if (e->what)
			buf_addf(&out, "%s%s", e->path ? " " : "", e->what);
		if (e->old_value || e->new_value)
			buf_addf(&out, " %s>%s",
				 e->old_value ? e->old_value : "",
				 e->new_value ? e->new_value : "");
	}
	return buf_steal(&out);
}

static void expect(const struct step *step, enum why why,
		   enum evidence_kind kind, const char *want)
{
	AUTO_FREE char *have = evidence(step, kind);

	assert_string_equal(why_code(step->why), why_code(why));
	assert_non_null(step->note);
	assert_string_equal(have, want);
}

static void command_differs_word_by_word(void **state)
{
	bench_must_build(*state, "FROM alpine:latest\nRUN echo one two\n");
	expect(last(*state, "FROM alpine:latest\nRUN echo 1 two three\n"),
	       WHY_COMMAND, EVIDENCE_WORD,
	       "=RUN; =echo; -one; +1; =two; +three");
}

static void moved(struct bench *bench, const char *text, size_t at,
		  const char *note)
{
	size_t count;
	struct step *const *steps;

	bench_preview(bench, text);
	steps = plan_steps(bench->plan, &count);
	assert_true(at < count);
	assert_string_equal(why_code(steps[at]->why), "steps-moved");
	assert_string_equal(steps[at]->note, note);
}

static void inserted_step_is_told_from_a_changed_one(void **state)
{
	struct bench *bench = *state;

	bench_write(bench, "b", "b\n");
	bench_must_build(bench, "FROM alpine:latest\nRUN one two\n"
			 "COPY a .\nENV V=1\nCMD [\"x\", \"y\"]\n");
	moved(bench, "FROM alpine:latest\nRUN one two three\nRUN one two\n",
	      1, "`RUN one two`, which is step 3 now");
	/* Another verb, and more than one line. */
	moved(bench, "FROM alpine:latest\nCOPY b /\nRUN x\nRUN one two\n",
	      1, "`RUN one two`, which is step 4 now");
	moved(bench, "FROM alpine:latest\nRUN one two\nCOPY b .\n"
	      "COPY a .\n", 2, "`COPY a .`, which is step 4 now");
	moved(bench, "FROM alpine:latest\nRUN one two\nRUN z\n"
	      "COPY a .\n", 2, "`COPY a .`, which is step 4 now");
	moved(bench, "FROM alpine:latest\nRUN one two\nCOPY a .\n"
	      "ENV W=1\nENV V=1\n", 3, "`ENV V=1`, which is step 5 now");
	moved(bench, "FROM alpine:latest\nRUN one two\nCOPY a .\n"
	      "ENV V=1\nCMD z\nCMD [\"x\", \"y\"]\n", 4,
	      "`CMD [\"x\", \"y\"]`, which is step 6 now");
	moved(bench, "FROM alpine:latest\nRUN one two\nCOPY a /x\n"
	      "COPY a .\n", 2, "`COPY a .`, which is step 4 now");
	/* A file that changed, too. */
	bench_write(bench, "a", "other\n");
	moved(bench, "FROM alpine:latest\nRUN one two\nCOPY b .\n"
	      "COPY a .\n", 2, "`COPY a .`, which is step 4 now");
}

static void inserted_copy_is_told_without_a_journal(void **state)
{
	struct bench *bench = *state;

	bench->journal = false;
	bench_write(bench, "b", "b\n");
	bench_must_build(bench, "FROM alpine:latest\nCOPY a .\n");
	moved(bench, "FROM alpine:latest\nCOPY b .\nCOPY a .\n", 1,
	      "`COPY a .`, which is step 3 now");
}

static void removed_step_is_told(void **state)
{
	struct bench *bench = *state;
	const struct step *step;

	bench_must_build(bench, "FROM alpine:latest\nRUN one\nRUN two\n"
			 "COPY a .\nCOPY d/x .\n");
	moved(bench, "FROM alpine:latest\nRUN two\nCOPY a .\n", 1,
	      "`RUN one`, and this one after it");
	step = last(bench, "FROM alpine:latest\nRUN one\nRUN two\n"
		    "COPY d/x .\n");
	assert_int_equal(step->why, WHY_MOVED);
	assert_non_null(strstr(step->note, " in .`, and this one after it"));
}

static void changed_step_before_others_is_no_new_one(void **state)
{
	struct bench *bench = *state;
	const char *text = "FROM alpine:latest\nCOPY a .\nCOPY d/x .\n";
	size_t count;

	bench_must_build(bench, text);
	bench_write(bench, "a", "other\n");
	bench_preview(bench, text);
	assert_int_equal(plan_steps(bench->plan, &count)[1]->why, WHY_SOURCES);
	bench_must_build(bench, "FROM alpine:latest\nRUN one two\nRUN x\n");
	bench_preview(bench, "FROM alpine:latest\nRUN one three\nRUN x\n");
	assert_int_equal(plan_steps(bench->plan, &count)[1]->why, WHY_COMMAND);
}

static void nearest_child_is_the_one_compared(void **state)
{
	const struct step *step;

	bench_must_build(*state, "FROM alpine:latest\nRUN aa bb cc\n");
	bench_must_build(*state, "FROM alpine:latest\nRUN zz yy\n");
	bench_must_build(*state, "FROM alpine:latest\nENV aa=1\n");
	step = last(*state, "FROM alpine:latest\nRUN aa bb dd\n");
	expect(step, WHY_COMMAND, EVIDENCE_WORD, "=RUN; =aa; =bb; -cc; +dd");
	expect(step, WHY_COMMAND, EVIDENCE_NOTE,
	       "=2 other images have the same parent");
}

static void config_of_an_equal_command_is_compared(void **state)
{
	struct bench *bench = *state;
	AUTO(image_config_release) struct image_config config;
	struct digest base = bench_build(bench, "FROM alpine:latest\n");
	const struct step *step;

	bench_copy(bench, &base, &config);
	run_config_copy(&config.container_config, &config.config);
	strv_add(&config.container_config.cmd, "/bin/sh");
	strv_add(&config.container_config.cmd, "-c");
	strv_add(&config.container_config.cmd, "x");
	strv_add(&config.container_config.env, "B=2");
	strv_add(&config.container_config.env, "API_TOKEN=abc");
	run_config_set(&config.container_config.user, "bob");
	bench_put(bench, &config, &base);
	step = last(bench, "FROM alpine:latest\nRUN x\n");
	expect(step, WHY_CONFIG, EVIDENCE_KEY, "-Env B 2>; "
	       "-Env API_TOKEN sha256:ba7816bf>; -User bob>");
	assert_string_equal(step->note, "`Env B` and 2 more differ");
}

static void build_arg_is_named(void **state)
{
	struct bench *bench = *state;
	struct build_arg arg = { (char *)"V", (char *)"1" };
	const struct step *step;

	bench->input.args = &arg;
	bench->input.arg_count = 1;
	bench_must_build(bench, "FROM alpine:latest\nARG V\nRUN x\n");
	arg.value = (char *)"2";
	step = last(bench, "FROM alpine:latest\nARG V\nRUN x\n");
	expect(step, WHY_BUILD_ARG, EVIDENCE_KEY, "~ARG V declared in line 2 1>2");
	assert_string_equal(step->note, "`ARG V` differs");
	expect(step, WHY_BUILD_ARG, EVIDENCE_NOTE, "=this RUN does not name "
	       "`V`, but every visible build argument counts");
}

static void secret_build_arg_is_a_digest(void **state)
{
	struct bench *bench = *state;
	struct build_arg arg = { (char *)"DB_PASSWORD", (char *)"hunter2" };
	AUTO_FREE char *json = NULL;

	bench->input.args = &arg;
	bench->input.arg_count = 1;
	bench_must_build(bench, "FROM alpine:latest\nARG DB_PASSWORD\nRUN x\n");
	arg.value = (char *)"hunter3";
	expect(last(bench, "FROM alpine:latest\nARG DB_PASSWORD\nRUN x\n"),
	       WHY_BUILD_ARG, EVIDENCE_KEY,
	       "~ARG DB_PASSWORD declared in line 2 "
	       "sha256:f52fbd32>sha256:fb8c2e2b");
	json = plan_format_json(bench->plan);
	assert_null(strstr(json, "hunter"));
	assert_non_null(strstr(json, "DB_PASSWORD=sha256:"));
	bench->input.show_args = true;
	expect(last(bench, "FROM alpine:latest\nARG DB_PASSWORD\nRUN x\n"),
	       WHY_BUILD_ARG, EVIDENCE_KEY,
	       "~ARG DB_PASSWORD declared in line 2 "
	       "hunter2>hunter3");
}

static void differing_files_are_listed(void **state)
{
	struct bench *bench = *state;
	const struct step *step;

	bench_must_build(bench, "FROM alpine:latest\nCOPY d /d/\n");
	bench_write(bench, "d/x", "longer\n");
	bench_chmod(bench, "d/y", 0664);
	bench_write(bench, "d/z", "z\n");
	step = last(bench, "FROM alpine:latest\nCOPY d /d/\n");
	expect(step, WHY_SOURCES, EVIDENCE_FILE,
	       "~d/x content; ~d/y mode 0644 -> 0664; +d/z");
	assert_string_equal(step->note, "`d/x`, `d/y`, `d/z` differ");
	bench_remove(bench, "d/z");
	bench_remove(bench, "d/y");
	bench_write(bench, "d/x", "x\n");
	step = last(bench, "FROM alpine:latest\nCOPY d /d/\n");
	expect(step, WHY_SOURCES, EVIDENCE_FILE, "-d/y");
	assert_string_equal(step->note, "`d/y` differs");
}

static void mode_is_told_from_content_by_the_sum(void **state)
{
	struct bench *bench = *state;

	bench_must_build(bench, "FROM alpine:latest\nCOPY a /\n");
	bench_write(bench, "a", "a\n"); /* same bytes, new mtime */
	bench_chmod(bench, "a", 0600);
	expect(last(bench, "FROM alpine:latest\nCOPY a /\n"), WHY_SOURCES,
	       EVIDENCE_FILE, "~a mode 0644 -> 0600");
	bench_write(bench, "a", "b\n");
	bench_chmod(bench, "a", 0600);
	expect(last(bench, "FROM alpine:latest\nCOPY a /\n"), WHY_SOURCES,
	       EVIDENCE_FILE, "~a content, mode 0644 -> 0600");
}

static void without_a_journal_the_evidence_says_so(void **state)
{
	struct bench *bench = *state;
	const struct step *step;

	bench->journal = false;
	bench_must_build(bench, "FROM alpine:latest\nCOPY a /\n");
	bench_write(bench, "a", "other\n");
	step = last(bench, "FROM alpine:latest\nCOPY a /\n");
	assert_int_equal(step->why, WHY_SOURCES);
	assert_int_equal(step->evidence_count, 1);
	assert_non_null(strstr(step->evidence[0].what,
			       "no record of them was kept"));
}

static void destination_and_owner_are_named(void **state)
{
	struct bench *bench = *state;

	bench_must_build(bench, "FROM alpine:latest\nCOPY a /x\n");
	expect(last(bench, "FROM alpine:latest\nCOPY a /y\n"),
	       WHY_DESTINATION, EVIDENCE_KEY, "~destination /x>/y");
	expect(last(bench, "FROM alpine:latest\nCOPY --chown=1 a /x\n"),
	       WHY_DESTINATION, EVIDENCE_KEY, "~--chown >1");
}

static void other_base_is_named(void **state)
{
	struct bench *bench = *state;
	struct digest old = bench_build(bench, "FROM alpine:latest\n"), now;
	AUTO_FREE char *want = NULL, *moved = NULL;

	bench_must_build(bench, "FROM alpine:latest\nRUN x\n");
	now = bench_base(bench, "alpine:latest", NULL);
	moved = store_last_tagged(bench->store, &now);
	assert_non_null(moved);
	want = mem_printf("~base tag moved %.19sZ %s>%s", moved, old.text,
			  now.text);
	expect(last(bench, "FROM alpine:latest\nRUN x\n"), WHY_BASE_OTHER,
	       EVIDENCE_IMAGE, want);
}

static void loaded_image_is_told(void **state)
{
	struct bench *bench = *state;
	AUTO(image_config_release) struct image_config config;
	struct digest id = bench_build(bench, "FROM alpine:latest\nRUN x\n"
				       "RUN y\n");
	struct err err = ERR_INIT;
	struct removal removal = { .lines = { 0 } };

	bench_copy(bench, &id, &config);
	assert_int_equal(store_remove(bench->store, id.text, true, false,
				      &removal, &err), 0);
	strv_release(&removal.lines);
	id = bench_put(bench, &config, NULL);
	bench_preview(bench, "FROM alpine:latest\nRUN x\nRUN y\n");
	assert_string_equal(bench_words(bench), "hit:base "
			    "miss:not-built-here miss:earlier-miss");
}

static void removed_image_is_told(void **state)
{
	struct bench *bench = *state;
	struct digest id = bench_build(bench, "FROM alpine:latest\nRUN x\n");
	struct err err = ERR_INIT;
	struct removal removal = { .lines = { 0 } };

	assert_int_equal(store_remove(bench->store, id.text, true, false,
				      &removal, &err), 0);
	strv_release(&removal.lines);
	assert_int_equal(last(bench, "FROM alpine:latest\nRUN x\n")->why,
			 WHY_PRUNED);
}

static void bytes_that_are_not_utf8_never_hit(void **state)
{
	const char *text = "FROM alpine:latest\nRUN echo \xff\n";

	bench_must_build(*state, text);
	assert_int_equal(last(*state, text)->why, WHY_NEVER);
}

static void retargeted_link_text_warns(void **state)
{
	struct bench *bench = *state;
	const struct step *step;

	bench_link(bench, "x", "d/l");
	bench_must_build(bench, "FROM alpine:latest\nCOPY d /d/\n");
	bench_link(bench, "../d/x", "d/l");
	step = last(bench, "FROM alpine:latest\nCOPY d /d/\n");
	assert_int_equal(step->verdict, VERDICT_HIT);
	assert_non_null(step->warning);
	bench->input.strict = true;
	step = last(bench, "FROM alpine:latest\nCOPY d /d/\n");
	assert_int_equal(step->verdict, VERDICT_MISS);
	assert_string_equal(step->note, step->warning);
}

static void base_that_is_not_there_is_an_error(void **state)
{
	const struct step *step = last(*state, "FROM nowhere\n");

	assert_int_equal(step->verdict, VERDICT_ERROR);
	assert_int_equal(step->why, WHY_BASE_MISSING);
	assert_string_equal(step->error, "a build would pull 'nowhere'");
	assert_string_equal(step->pull, "nowhere");
}

/* Whose image a pull brings, and nothing else, is no failure. */
static void what_a_pull_brings_is_told_from_what_fails(void **state)
{
	static const struct {
		const char *text, *pull;
	} cases[] = {
		{ "FROM nowhere:1\n", "nowhere:1" },
		{ "ARG A=nowhere\nFROM $A AS x\n", "nowhere" },
		{ "FROM scratch\nCOPY --from=nowhere:1 /a /b\n", "nowhere:1" },
		{ "FROM NO:x:y\n", NULL },
		{ "FROM 0123456789012345678901234567890123456789012345678901234567"
		  "890123\n", NULL },
		{ "FROM alpine:latest\nCOPY nothing /\n", NULL },
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct step *step = last(bench, cases[i].text);
		struct plan_summary sum;

		plan_summary(bench->plan, &sum);
		assert_int_equal(step->verdict, VERDICT_ERROR);
		assert_int_equal(sum.error, 1);
		assert_int_equal(sum.pull, cases[i].pull != NULL);
		assert_int_equal(sum.open, cases[i].pull != NULL);
		if (cases[i].pull)
			assert_string_equal(step->pull, cases[i].pull);
		else
			assert_null(step->pull);
	}
}

static int resolve_as_alpine(void *arg, const char *name, const char *platform,
			     struct digest *id, struct digest *manifest,
			     struct buf *config, struct err *err)
{
	struct bench *bench = arg;
	struct image *image;

	(void)platform;
	if (strcmp(name, "gone") == 0)
		return err_set(err, ERR_NOT_FOUND, "manifest for gone not "
			       "found");
	assert_int_equal(store_find(bench->store, "alpine:latest", &image,
				    err), 1);
	*id = *manifest = image->id;
	buf_adds(config, "{\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\"}}");
	return 0;
}

static void registry_that_answers_leaves_the_pull_and_the_plan_goes_on(
	void **state)
{
	struct bench *bench = *state;
	const struct step *step;
	struct plan_summary sum;

	bench->input.resolve = resolve_as_alpine;
	bench->input.resolve_arg = bench;
	bench_preview(bench, "FROM there\nENV A=1\n");
	step = bench_step(bench, 1);
	plan_summary(bench->plan, &sum);
	assert_int_equal(step->verdict, VERDICT_MISS);
	assert_string_equal(step->pull, "there");
	assert_int_equal(sum.pull, 1);
	assert_false(sum.open);
	step = last(bench, "FROM gone\n");
	assert_int_equal(step->verdict, VERDICT_ERROR);
	assert_null(step->pull);
}

static void record_gives_the_estimate(void **state)
{
	struct bench *bench = *state;
	struct plan_summary sum;

	bench_must_build(bench, "FROM alpine:latest\nRUN x\nRUN y\n");
	bench_preview(bench, "FROM alpine:latest\nENV Z=1\nRUN x\nRUN y\n");
	plan_summary(bench->plan, &sum);
	assert_int_equal(sum.estimate_ms, 2400);
	bench_preview(bench, "FROM alpine:latest\nRUN x\n");
	assert_int_equal(bench_last(bench)->past_ms, 1200);
	plan_summary(bench->plan, &sum);
	assert_int_equal(sum.estimate_ms, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(command_differs_word_by_word),
		TEST(inserted_step_is_told_from_a_changed_one),
		TEST(inserted_copy_is_told_without_a_journal),
		TEST(removed_step_is_told),
		TEST(changed_step_before_others_is_no_new_one),
		TEST(nearest_child_is_the_one_compared),
		TEST(config_of_an_equal_command_is_compared),
		TEST(build_arg_is_named),
		TEST(secret_build_arg_is_a_digest),
		TEST(differing_files_are_listed),
		TEST(mode_is_told_from_content_by_the_sum),
		TEST(without_a_journal_the_evidence_says_so),
		TEST(destination_and_owner_are_named),
		TEST(other_base_is_named),
		TEST(loaded_image_is_told),
		TEST(removed_image_is_told),
		TEST(bytes_that_are_not_utf8_never_hit),
		TEST(retargeted_link_text_warns),
		TEST(base_that_is_not_there_is_an_error),
		TEST(what_a_pull_brings_is_told_from_what_fails),
		TEST(registry_that_answers_leaves_the_pull_and_the_plan_goes_on),
		TEST(record_gives_the_estimate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
