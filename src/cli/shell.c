/* varve shell: look around in the state before or after a step. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/build_flags.h"
#include "cli/cancel.h"
#include "cli/step_name.h"
#include "engine/shell.h"
#include "sandbox/userns.h"

struct shell_flags {
	struct build_flags build; /* first: the shared rows point into it */
	const char *command, *user;
	bool before, after;
};

#define SHELL_FLAG(l, n, k, field, a, h)                                       \
	{ l, n, k, offsetof(struct shell_flags, field), a, h }

static const struct opt opts[] = {
	PLAN_FLAG_ROWS,
	SHELL_FLAG(0, "before", OPT_BOOL, before, NULL,
		   "As the step finds it (default where it is not built)"),
	SHELL_FLAG(0, "after", OPT_BOOL, after, NULL,
		   "As it leaves it (default where it is built)"),
	SHELL_FLAG('c', "command", OPT_STRING, command, "TEXT",
		   "Run this instead of waiting for what you type"),
	SHELL_FLAG('u', "user", OPT_STRING, user, "USER[:GROUP]",
		   "Instead of the image's user"),
	OPT_END,
};

static void release(struct shell_flags *flags)
{
	build_flags_release(&flags->build);
}
AUTO_DEFINE_IN_PLACE(struct shell_flags, release)

static enum shell_when when(const struct shell_flags *flags,
			    const struct step *step)
{
	if (flags->before || flags->after)
		return flags->after ? SHELL_AFTER : SHELL_BEFORE;
	return digest_is_set(&step->image) ? SHELL_AFTER : SHELL_BEFORE;
}

static void tell(const struct step *step, const struct shell_options *options)
{
	if (options->command || !isatty(STDIN_FILENO))
		return;
	fprintf(stderr, "varve: %s step %d, %s; what you change here is "
		"thrown away when you leave\n",
		options->when == SHELL_AFTER ? "after" : "before", step->n,
		step->text);
}

static int show(const struct shell_flags *flags, const char *word,
		const char *context, int *status, struct err *err)
{
	AUTO(workspace_free) struct workspace *workspace = NULL;
	AUTO(plan_free) struct plan *plan = NULL;
	struct workspace_options where;
	const struct step *step;
	AUTO_FD int signals = -1;
	struct shell_options options = {
		.command = flags->command, .user = flags->user,
		.network_none = flags->build.network &&
				strcmp(flags->build.network, "none") == 0,
	};

	if (userns_enter(err) < 0)
		return err_wrap(err, "cannot open a shell as an ordinary user");
	build_flags_workspace(&flags->build, context, &where);
	if (workspace_open(&where, &workspace, err) < 0 ||
	    plan_open(&workspace->input, &plan, err) < 0 ||
	    plan_preview(plan, err) < 0 ||
	    step_named(plan, word, workspace, &step, err) < 0)
		return -1;
	options.when = when(flags, step);
	options.cancel_fd = signals = cancel_open();
	tell(step, &options);
	return shell_run(workspace->store, step, &options, status, err);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(release) struct shell_flags flags = { .command = NULL };
	const char *word, *context;
	struct err err = ERR_INIT;
	int rest, rc, status = 0;

	build_flags_init(&flags.build);
	rc = opts_parse(verb, argc, argv, &flags, &rest);
	if (rc != 0)
		return rc > 0 ? 0 : 2;
	if (!step_operands(verb, argc - rest, argv + rest, &word, &context))
		return 2;
	if (flags.before && flags.after)
		return usage_error(verb, "--before or --after, not both");
	if (build_flags_check(&flags.build, &err) < 0 ||
	    show(&flags, word, context, &status, &err) < 0)
		return fail(&err);
	return status;
}

const struct verb verb_shell = {
	"shell", "STEP [OPTIONS] [CONTEXT]",
	"Open a shell in the state before or after a step.\n"
	"STEP is Docker's number (4), a line (L7) or stage:number (build:2).\n"
	"What is changed there is thrown away at its end. After a RUN that is\n"
	"not built, or that failed, its command runs first: the shell then finds\n"
	"what it left. The exit status is the shell's.",
	opts, run,
};
