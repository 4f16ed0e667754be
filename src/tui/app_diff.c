/* Knows when the old and the new content of a step's files are wanted. */
#include "tui/app.h"

#include <string.h>

static bool has_changed_files(const struct step *step)
{
	for (size_t i = 0; i < step->evidence_count; i++)
		if (step->evidence[i].kind == EVIDENCE_FILE &&
		    step->evidence[i].op == '~')
			return true;
	return false;
}

/* What is imagined has no content, and another's numbers. */
static bool is_wanted(struct app *app)
{
	const struct model *model = &app->model;
	const struct step *step = model_step(model);

	return step && !model->stale && !model->plan_error &&
	       !model->building && !app_imagines(app) &&
	       detail_pane_mode(app->panes[PANE_DETAIL]) == DETAIL_WHY &&
	       (app->differ_step != model->step ||
		app->differ_plan != model->plan_version) &&
	       has_changed_files(step);
}

static void ask(struct app *app)
{
	AUTO(strv_release) struct strv args = { 0 };
	struct err err = ERR_INIT;

	app->differ_step = app->model.step;
	app->differ_plan = app->model.plan_version;
	strv_add(&args, "why");
	strv_take(&args, mem_printf("%d", model_step(&app->model)->n));
	strv_add(&args, "--diff-only");
	app_add_common(app, &args);
	if (worker_start(&app->differ, &args, &err) < 0)
		app_say(app, true, "%s", err.msg);
}

void app_poll_diff(struct app *app)
{
	struct worker *worker = &app->differ;

	if (worker_runs(worker) && worker_poll(worker)) {
		/* Of a plan that went meanwhile nobody asks any more. */
		if (app->differ_plan == app->model.plan_version &&
		    worker->out.len)
			model_set_diff(&app->model, app->differ_step,
				       worker->out.data);
		buf_release(&worker->out);
		buf_release(&worker->err);
		app->dirty = true;
	}
	if (is_wanted(app))
		ask(app);
}
