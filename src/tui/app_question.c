/* Knows what must be answered before anything else, and by which keys. */
#include "tui/app.h"

const char *app_question_text(const struct app *app)
{
	switch (app->question) {
	case QUESTION_NONE:
		break;
	case QUESTION_QUIT:
		return "not saved: s saves and leaves, d leaves without, "
		       "Esc stays";
	case QUESTION_LEAVE:
		return "a build runs: y stops it and leaves, Esc stays";
	case QUESTION_DISK:
		return "changed elsewhere in the same lines: "
		       "t takes theirs, k keeps yours";
	case QUESTION_SHELL:
		return "a shell in a copy: b before the step, a after it, "
		       "Esc none";
	case QUESTION_BUILD:
		return "build in the docker daemon? y builds, from now on "
		       "unasked; n does not";
	}
	return NULL;
}

void app_quit(struct app *app)
{
	if (!app_quits(app))
		app->below = app->question;
	if (app_unsaved(app))
		app->question = QUESTION_QUIT;
	else if (app->model.building)
		app->question = QUESTION_LEAVE;
	else
		app->quit = true;
	app->dirty = true;
}

bool app_quits(const struct app *app)
{
	return app->question == QUESTION_QUIT ||
	       app->question == QUESTION_LEAVE;
}

static bool stays(uint32_t key)
{
	return key == KEYCODE_ESC || key == 'n';
}

static void answer_quit(struct app *app, uint32_t key)
{
	if (stays(key))
		app->question = app->below;
	if ((key != 's' && key != 'd') || (key == 's' && !app_save(app)))
		return;
	app->quit = !app->model.building;
	app->question = app->quit ? QUESTION_NONE : QUESTION_LEAVE;
}

static void answer_leave(struct app *app, uint32_t key)
{
	if (stays(key))
		app->question = app->below;
	else if (key == 'y')
		app->quit = true;
}

static void answer_disk(struct app *app, uint32_t key)
{
	if (key != 't' && key != 'k')
		return;
	app->question = QUESTION_NONE;
	app_decide(app, key == 't');
	app_say(app, false, key == 't' ?
		"theirs was taken: U brings yours back" :
		"yours was kept: s writes it over theirs");
}

void app_answer(struct app *app, uint32_t key)
{
	static void (*const answers[])(struct app *app, uint32_t key) = {
		[QUESTION_QUIT] = answer_quit,
		[QUESTION_LEAVE] = answer_leave,
		[QUESTION_DISK] = answer_disk,
		[QUESTION_SHELL] = app_answer_shell,
		[QUESTION_BUILD] = app_answer_build,
	};

	answers[app->question](app, key);
}
