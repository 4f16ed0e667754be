/* Knows how one gets into the state before or after the selected step. */
#include "tui/app.h"

#include <unistd.h>

static void make_command(const struct app *app, const struct step *step,
			 const char *when, struct buf *out)
{
	AUTO(strv_release) struct strv args = { 0 };

	buf_addf(out, "/proc/%d/exe shell %d %s", (int)getpid(), step->n,
		 when);
	app_add_common(app, &args);
	for (size_t i = 0; i < args.count; i++) {
		buf_addc(out, ' ');
		buf_add_shell_word(out, args.items[i]);
	}
}

void app_step_shell(struct app *app)
{
	if (!model_step(&app->model))
		app_say(app, true, "no step is selected");
	else if (app->model.building)
		app_say(app, true, "a build runs: c stops it");
	else
		app->question = QUESTION_SHELL;
}

static void open_shell(struct app *app, const char *when)
{
	AUTO(buf_release) struct buf command = BUF_INIT;
	const struct step *step = model_step(&app->model);
	struct err err = ERR_INIT;
	int status;

	/* It plans what the disk has. */
	if (!step || (app_unsaved(app) && !app_save(app)))
		return;
	make_command(app, step, when, &command);
	status = app->front->ops->shell(app->front, ".", command.data, &err);
	if (status >= 0)
		app_say(app, false, "nothing of what the shell changed was "
				    "kept");
	app_came_back(app, status, &err);
}

void app_answer_shell(struct app *app, uint32_t key)
{
	if (key != 'b' && key != 'a' && key != KEYCODE_ESC)
		return;
	app->question = QUESTION_NONE;
	if (key != KEYCODE_ESC)
		open_shell(app, key == 'b' ? "--before" : "--after");
}
