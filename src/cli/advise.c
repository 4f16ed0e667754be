/* varve advise: which edit of the Dockerfile would save most. */
#include <stdio.h>
#include <string.h>

#include "cli/planning.h"
#include "cli/print.h"
#include "view/advise.h"

struct advise_flags {
	struct build_flags build; /* first: the shared rows point into it */
	int64_t changes, older_than;
	bool no_git;
};

#define ADVISE_FLAG(n, k, field, a, h)                                         \
	{ 0, n, k, offsetof(struct advise_flags, field), a, h }

static const struct opt opts[] = {
	PLAN_FLAG_ROWS,
	ADVISE_FLAG("changes", OPT_NUMBER, changes, "N",
		    "Changes of the context to look back on (default 50)"),
	ADVISE_FLAG("older-than", OPT_NUMBER, older_than, "DAYS",
		    "Age of a cached download that is told (default 30)"),
	ADVISE_FLAG("no-git", OPT_BOOL, no_git, NULL,
		    "Do not ask git what changed"),
	ADVISE_FLAG("format", OPT_STRING, build.format, "text|json",
		    "Output format"),
	ADVISE_FLAG("color", OPT_STRING, build.color, "auto|always|never",
		    "Colours"),
	OPT_END,
};

static void release(struct advise_flags *flags)
{
	build_flags_release(&flags->build);
}
AUTO_DEFINE_IN_PLACE(struct advise_flags, release)

static void print(const struct advise *advise, const struct advise_flags *flags)
{
	AUTO(rows_release) struct rows rows = { 0 };
	struct plan_view view = { .ascii = print_ascii(),
				  .width = print_width(stdout) };

	if (build_flags_json(&flags->build)) {
		AUTO_FREE char *text = advise_format_json(advise);

		printf("%s\n", text);
		return;
	}
	view_advise(advise, &view, &rows);
	print_rows(stdout, &rows, print_in_color(stdout, flags->build.color));
}

static int show(struct advise_flags *flags, const char *dir, struct err *err)
{
	AUTO(planning_release) struct planning planning = { 0 };
	AUTO(plan_free) struct plan *plan = NULL;
	AUTO(advise_free) struct advise *advise = NULL;
	struct advise_options how = { .changes = (int)flags->changes,
				      .older_than = (int)flags->older_than,
				      .no_git = flags->no_git };

	if (planning_open(&flags->build, dir, NULL, &planning, err) < 0 ||
	    plan_open(&planning.workspace->input, &plan, err) < 0 ||
	    plan_preview(plan, err) < 0 ||
	    advise_make(planning.workspace, plan, &how, &advise, err) < 0)
		return -1;
	if (planning.workspace->context)
		context_save_cache(planning.workspace->context);
	print(advise, flags);
	return 0;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(release) struct advise_flags flags = { .changes = 50,
						    .older_than = 30 };
	struct err err = ERR_INIT;
	int rest, rc;

	build_flags_init(&flags.build);
	rc = opts_parse(verb, argc, argv, &flags, &rest);
	if (rc != 0)
		return rc > 0 ? 0 : 2;
	if (argc - rest > 1)
		return usage_error(verb, "one context at a time");
	if (flags.changes < 1 || flags.changes > 10000)
		return usage_error(verb, "--changes is a number from 1 to "
					 "10000");
	if (flags.older_than < 0 || flags.older_than > 1000000)
		return usage_error(verb, "--older-than is a number of days");
	rc = build_flags_format(verb, &flags.build);
	if (rc != 0)
		return rc;
	if (show(&flags, argc > rest ? argv[rest] : ".", &err) < 0)
		return fail(&err);
	return 0;
}

const struct verb verb_advise = {
	"advise", "[OPTIONS] [CONTEXT|-]",
	"Say what a change of each file costs and which edit would save most.\n"
	"Edits keep the meaning and say why; each is planned before it is "
	"told,\nweighed by the last changes of the context (git log, or the "
	"store's record).\nNothing is built or written.",
	opts, run,
};
