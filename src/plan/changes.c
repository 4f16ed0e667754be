/* Knows which instructions docker import -c and commit -c take, and applies
 * them to a configuration outside any build. */
#include "plan/walk.h"

#include <string.h>
#include <strings.h>

static const enum instr_kind allowed[] = {
	INSTR_CMD, INSTR_ENTRYPOINT, INSTR_HEALTHCHECK, INSTR_ENV,
	INSTR_EXPOSE, INSTR_LABEL, INSTR_ONBUILD, INSTR_USER, INSTR_VOLUME,
	INSTR_WORKDIR,
};

static bool is_allowed(enum instr_kind kind)
{
	for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
		if (allowed[i] == kind)
			return true;
	return false;
}

static int refuse(const struct instr *instr, struct err *err)
{
	AUTO_FREE char *word = mem_strdup(instr->keyword);

	for (char *c = word; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return err_set(err, ERR_INPUT, "%s is not a valid change command",
		       word);
}

/* There is no FROM here, and that is no mistake. */
static int check(const struct dockerfile *file, struct err *err)
{
	if (file->instr_count == 0)
		return err_set(err, ERR_INPUT, "file with no instructions");
	for (size_t i = 0; i < file->instr_count; i++)
		if (!is_allowed(file->instrs[i]->kind))
			return refuse(file->instrs[i], err);
	for (size_t i = 0; i < file->diag_count; i++) {
		const struct diag *diag = &file->diags[i];

		if (!diag->warning &&
		    strcmp(diag->text, "no build stage in current context"))
			return err_set(err, ERR_INPUT, "%s", diag->text);
	}
	return 0;
}

int plan_change_config(const struct strv *changes, struct run_config *config,
		       struct err *err)
{
	AUTO_FREE char *text = strv_join(changes, "\n");
	AUTO(dockerfile_free) struct dockerfile *file =
		dockerfile_parse(text, strlen(text));
	AUTO(plan_free) struct plan *plan = plan_new();

	if (check(file, err) < 0)
		return -1;
	plan->input.file = file;
	args_init(&plan->args, NULL, 0);
	run_config_copy(&plan->run, config);
	for (size_t i = 0; i < file->instr_count; i++) {
		struct step *step = step_new(plan);

		step->instr = file->instrs[i];
		if (dispatch_step(plan, step, err) < 0)
			return -1;
	}
	run_config_copy(config, &plan->run);
	return 0;
}
