/* varve context: what a build context holds, as a tree or JSON. */
#include <stdio.h>
#include <string.h>

#include "cli/build_flags.h"
#include "cli/print.h"
#include "view/lens.h"

struct context_flags {
	struct build_flags build; /* first: the shared rows point into it */
	const char *sort;
	int64_t depth;
	bool ignored;
};

#define CONTEXT_FLAG(n, k, field, a, h)                                        \
	{ 0, n, k, offsetof(struct context_flags, field), a, h }

static const struct opt opts[] = {
	PLAN_FLAG_ROWS,
	CONTEXT_FLAG("ignored", OPT_BOOL, ignored, NULL,
		     "Show what is not sent, too"),
	CONTEXT_FLAG("depth", OPT_NUMBER, depth, "N",
		     "Show N levels of directories (default all)"),
	CONTEXT_FLAG("sort", OPT_STRING, sort, "name|size",
		     "Order of the entries of a directory"),
	WHATIF_IGNORE_ROWS,
	CONTEXT_FLAG("format", OPT_STRING, build.format, "text|json|jsonl",
		     "Output format"),
	CONTEXT_FLAG("color", OPT_STRING, build.color, "auto|always|never",
		     "Colours"),
	OPT_END,
};

static void release(struct context_flags *flags)
{
	build_flags_release(&flags->build);
}
AUTO_DEFINE_IN_PLACE(struct context_flags, release)

static bool wants_lines(const struct context_flags *flags)
{
	return flags->build.format && strcmp(flags->build.format, "jsonl") == 0;
}

static int check(const struct verb *verb, const struct context_flags *flags)
{
	if (flags->sort && strcmp(flags->sort, "name") &&
	    strcmp(flags->sort, "size"))
		return usage_error(verb, "--sort is name or size, not '%s'",
				   flags->sort);
	if (flags->depth < 0 || flags->depth > 1000000)
		return usage_error(verb, "--depth is a number from 0 up");
	if (!flags->build.format || build_flags_json(&flags->build) ||
	    wants_lines(flags) || strcmp(flags->build.format, "text") == 0)
		return 0;
	return usage_error(verb, "--format is text, json or jsonl, not '%s'",
			   flags->build.format);
}

static void print(const struct lens *lens, const struct context_flags *flags)
{
	AUTO(rows_release) struct rows rows = { 0 };
	struct lens_view view = {
		.ascii = print_ascii(),
		.width = print_width(stdout),
		.depth = (int)flags->depth,
		.show_out = flags->ignored,
	};

	if (wants_lines(flags)) {
		AUTO_FREE char *text = lens_format_jsonl(lens);

		fputs(text, stdout);
		return;
	}
	if (build_flags_json(&flags->build)) {
		AUTO_FREE char *text = lens_format_json(lens);

		printf("%s\n", text);
		return;
	}
	if (flags->ignored || lens->imagined)
		view_lens_rules(lens, &view, &rows);
	view_lens(lens, &view, &rows);
	rows_add(&rows, -1);
	view_lens_sums(lens, &view, &rows);
	print_rows(stdout, &rows, print_in_color(stdout, flags->build.color));
}

/* A Dockerfile that has mistakes tells no readers; the context is shown. */
static int walk_plan(struct plan_input *input, struct plan **plan,
		     struct err *err)
{
	struct err mistake = ERR_INIT;

	if (plan_open(input, plan, &mistake) < 0) {
		fprintf(stderr, "varve: no step is known: %s\n", mistake.msg);
		return 0;
	}
	return plan_preview(*plan, err);
}

static int show(const struct context_flags *flags, const char *dir,
		struct err *err)
{
	AUTO(workspace_free) struct workspace *workspace = NULL;
	AUTO(imagined_free) struct imagined *imagined = NULL;
	AUTO(plan_free) struct plan *plan = NULL;
	AUTO(lens_free) struct lens *lens = NULL;
	bool by_size = flags->sort && strcmp(flags->sort, "size") == 0;
	struct workspace_options options;

	build_flags_workspace(&flags->build, dir, &options);
	options.keep_ignored = true;
	if (workspace_open(&options, &workspace, err) < 0 ||
	    whatif_open(&flags->build.whatif, workspace, &imagined, err) < 0 ||
	    walk_plan(&imagined->input, &plan, err) < 0 ||
	    lens_make(workspace, imagined, plan,
		      by_size ? LENS_BY_SIZE : LENS_BY_NAME, &lens, err) < 0)
		return -1;
	if (workspace->context)
		context_save_cache(workspace->context);
	print(lens, flags);
	return 0;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(release) struct context_flags flags = { .depth = 0 };
	struct err err = ERR_INIT;
	int rest, rc;

	build_flags_init(&flags.build);
	rc = opts_parse(verb, argc, argv, &flags, &rest);
	if (rc != 0)
		return rc > 0 ? 0 : 2;
	if (argc - rest > 1)
		return usage_error(verb, "one context at a time");
	rc = check(verb, &flags);
	if (rc != 0)
		return rc;
	if (build_flags_check(&flags.build, &err) < 0 ||
	    show(&flags, argc > rest ? argv[rest] : ".", &err) < 0)
		return fail(&err);
	return 0;
}

const struct verb verb_context = {
	"context", "[OPTIONS] [CONTEXT|-]",
	"Show what a build context holds, what is kept out, and who reads it.\n"
	"STEPS: n reads it, (n) reads something in it. + - ~: changed since "
	"the\nlast build of such a step. Nothing is built or written. With --ignore or\n"
	"--unignore: as another .dockerignore would have it.",
	opts, run,
};
