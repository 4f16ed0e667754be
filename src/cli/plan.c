/* varve plan and varve why: what the next build would do, as text or JSON. */
#include <stdio.h>
#include <string.h>

#include "cli/planning.h"
#include "cli/print.h"
#include "cli/serve.h"
#include "cli/step_name.h"
#include "plan/evidence.h"
#include "spec/location.h"
#include "view/views.h"

static const struct opt plan_opts[] = {
	PLAN_FLAG_ROWS,
	FLAG(0, "against", OPT_STRING, against, "IMAGE",
	     "By the cache of the builder that made this image"),
	FLAG(0, "resolve", OPT_BOOL, resolve, NULL,
	     "Ask the registry about a base image that is not in the store"),
	FLAG(0, "format", OPT_STRING, format, "text|json", "Output format"),
	FLAG(0, "detailed-exitcode", OPT_BOOL, detailed, NULL,
	     "Exit 0: all cached, 1: error, 2: something would run"),
	FLAG(0, "fail-on-miss", OPT_BOOL, fail_on_miss, NULL,
	     "The same exit status, and say so"),
	FLAG(0, "expect-hits", OPT_NUMBER, expect_hits, "N",
	     "Exit 2 if fewer than N steps hit, FROM counted"),
	FLAG(0, "serve", OPT_BOOL, serve, NULL,
	     "For editors: answer each text on standard input with its plan"),
	FLAG(0, "touch", OPT_LIST, whatif.touch, "PATH",
	     "As if this file, directory or pattern had changed"),
	FLAG(0, "set-arg", OPT_LIST, whatif.set_args, "K=V",
	     "As if with --build-arg K=V"),
	FLAG(0, "move", OPT_LIST, whatif.move, "LINE:LINE",
	     "As if the first line stood before the second"),
	FLAG(0, "drop", OPT_LIST, whatif.drop, "LINE",
	     "As if this instruction were not there"),
	FLAG(0, "insert", OPT_LIST, whatif.insert, "LINE:TEXT",
	     "As if TEXT stood before that line"),
	WHATIF_IGNORE_ROWS,
	FLAG(0, "color", OPT_STRING, color, "auto|always|never", "Colours"),
	OPT_END,
};

static const struct opt why_opts[] = {
	PLAN_FLAG_ROWS,
	FLAG(0, "against", OPT_STRING, against, "IMAGE",
	     "By the cache of the builder that made this image"),
	FLAG(0, "resolve", OPT_BOOL, resolve, NULL,
	     "Ask the registry about a base image that is not in the store"),
	FLAG(0, "format", OPT_STRING, format, "text|json", "Output format"),
	FLAG(0, "diff", OPT_BOOL, diff, NULL,
	     "And the changed text files, line by line"),
	FLAG(0, "diff-only", OPT_BOOL, diff_only, NULL, "These alone"),
	FLAG(0, "color", OPT_STRING, color, "auto|always|never", "Colours"),
	OPT_END,
};

static struct plan_view view_of(const struct build_flags *flags,
				const struct store *store)
{
	return (struct plan_view){
		.ascii = print_ascii(),
		.width = print_width(stdout),
		.show_ids = true,
		.into = flags->root && location_is_transport(flags->root) ?
			NULL : store,
		.in_daemon = flags->in_daemon,
	};
}

static void print_plan(const struct plan *plan, const struct plan *before,
		       const struct store *store,
		       const struct build_flags *flags)
{
	AUTO(rows_release) struct rows rows = { 0 };
	AUTO(strv_release) struct strv words = { 0 };
	struct plan_view view = view_of(flags, store);

	whatif_words(&flags->whatif, &words);
	if (build_flags_json(flags)) {
		AUTO_FREE char *text = before ?
			plan_format_imagined_json(plan, before, &words) :
			plan_format_json(plan);

		printf("%s\n", text);
		return;
	}
	view_plan(plan, &view, &rows);
	if (before) {
		rows_add(&rows, -1);
		view_costs(before, plan, &words, &view, &rows);
	}
	print_rows(stdout, &rows, print_in_color(stdout, flags->color));
}

static const char *plural(int count)
{
	return count == 1 ? "" : "s";
}

static int exit_code(const struct plan *plan, const struct build_flags *flags)
{
	struct plan_summary sum;
	int to_run;

	plan_summary(plan, &sum);
	if (sum.error)
		return 1;
	to_run = sum.miss + sum.late;
	fflush(stdout);
	if (flags->expect_hits > sum.hit) {
		fprintf(stderr, "varve: %d step%s hit%s, %lld expected\n",
			sum.hit, plural(sum.hit), sum.hit == 1 ? "s" : "",
			(long long)flags->expect_hits);
		return 2;
	}
	if (flags->fail_on_miss && to_run)
		fprintf(stderr, "varve: %d step%s would run\n", to_run,
			plural(to_run));
	return (flags->detailed || flags->fail_on_miss) && to_run ? 2 : 0;
}

static int open_plan(struct build_flags *flags, const char *context,
		     struct planning *planning, struct plan **plan,
		     struct err *err)
{
	struct workspace *workspace;

	if (planning_open(flags, context, NULL, planning, err) < 0)
		return -1;
	workspace = planning->workspace;
	if (plan_open(&workspace->input, plan, err) < 0 ||
	    plan_preview(*plan, err) < 0)
		return -1;
	if (workspace->context && !whatif_is_set(&flags->whatif))
		context_save_cache(workspace->context);
	return 0;
}

/* The plan as if; what has no effect is said. */
static int imagine(const struct build_flags *flags,
		   struct workspace *workspace,
		   struct imagined **imagined, struct plan **out,
		   struct err *err)
{
	if (whatif_open(&flags->whatif, workspace, imagined, err) < 0 ||
	    plan_open(&(*imagined)->input, out, err) < 0 ||
	    plan_preview(*out, err) < 0)
		return -1;
	for (size_t i = 0; i < (*imagined)->notes.count; i++)
		fprintf(stderr, "varve: %s\n", (*imagined)->notes.items[i]);
	return 0;
}

static int run_plan(const struct verb *verb, int argc, char **argv)
{
	AUTO(build_flags_release) struct build_flags flags;
	AUTO(planning_release) struct planning planning = { 0 };
	AUTO(imagined_free) struct imagined *imagined = NULL;
	AUTO(plan_free) struct plan *plan = NULL;
	AUTO(plan_free) struct plan *as_if = NULL;
	struct err err = ERR_INIT;
	int rest, rc;

	build_flags_init(&flags);
	rc = opts_parse(verb, argc, argv, &flags, &rest);
	if (rc != 0)
		return rc > 0 ? 0 : 2;
	if (argc - rest != 1)
		return usage_error(verb, "\"varve plan\" requires exactly 1 "
					 "argument");
	rc = build_flags_format(verb, &flags);
	if (rc != 0)
		return rc;
	if (flags.serve)
		return serve(&flags, argv[rest]);
	if (open_plan(&flags, argv[rest], &planning, &plan, &err) < 0)
		return fail(&err);
	if (whatif_is_set(&flags.whatif) &&
	    imagine(&flags, planning.workspace, &imagined, &as_if, &err) < 0)
		return fail(&err);
	print_plan(as_if ? as_if : plan, as_if ? plan : NULL,
		   planning.workspace->store, &flags);
	return exit_code(as_if ? as_if : plan, &flags);
}

static void print_why(const struct plan *plan, const struct step *step,
		      const struct store *store,
		      const struct build_flags *flags)
{
	AUTO(rows_release) struct rows rows = { 0 };
	struct plan_view view = view_of(flags, store);

	if (build_flags_json(flags)) {
		AUTO_FREE char *text = plan_format_step_json(plan, step);

		printf("%s\n", text);
		return;
	}
	view_why(plan, step, &view, &rows);
	print_rows(stdout, &rows, print_in_color(stdout, flags->color));
}

static void print_diff(struct plan *plan, const struct step *step)
{
	AUTO(buf_release) struct buf text = BUF_INIT;

	evidence_diff(plan, step, &text);
	if (text.len)
		fwrite(text.data, 1, text.len, stdout);
}

static int run_why(const struct verb *verb, int argc, char **argv)
{
	AUTO(build_flags_release) struct build_flags flags;
	AUTO(planning_release) struct planning planning = { 0 };
	AUTO(plan_free) struct plan *plan = NULL;
	const char *word, *context;
	const struct step *step;
	struct err err = ERR_INIT;
	int rest, rc;

	build_flags_init(&flags);
	rc = opts_parse(verb, argc, argv, &flags, &rest);
	if (rc != 0)
		return rc > 0 ? 0 : 2;
	rc = build_flags_format(verb, &flags);
	if (rc != 0)
		return rc;
	if (!step_operands(verb, argc - rest, argv + rest, &word, &context))
		return 2;
	if ((flags.diff || flags.diff_only) && build_flags_json(&flags))
		return usage_error(verb, "--diff is for people, not for "
					 "--format json");
	if (open_plan(&flags, context, &planning, &plan, &err) < 0)
		return fail(&err);
	if (step_named(plan, word, planning.workspace, &step, &err) < 0)
		return fail(&err);
	if (!flags.diff_only)
		print_why(plan, step, planning.workspace->store, &flags);
	if (flags.diff || flags.diff_only)
		print_diff(plan, step);
	return step->verdict == VERDICT_ERROR;
}

const struct verb verb_plan = {
	"plan", "[OPTIONS] CONTEXT|-",
	"Say for each step whether it will hit or miss the cache, and why.\n"
	"Nothing is built and nothing is written; works on Docker's own root.\n"
	"With --touch, --set-arg, --move, --drop, --insert, --ignore or --unignore\n"
	"the plan is that of a build after such a change, with both costs side by\n"
	"side; lines are those of the file as it is, and one past the last is its\n"
	"end.",
	plan_opts, run_plan,
};

const struct verb verb_why = {
	"why", "STEP [OPTIONS] [CONTEXT]",
	"Explain one step: its verdict, the reason and the evidence.\n"
	"STEP is Docker's number (4), a line (L7) or stage:number (build:2).",
	why_opts, run_why,
};
