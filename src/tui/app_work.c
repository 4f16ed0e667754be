/* Knows when to plan and to build, and what comes back from the workers. */
#include "tui/app.h"

#include <string.h>
#include <sys/wait.h>
#include <time.h>

/* Editors write in several goes: planning waits until it is quiet, but not
 * for ever. */
#define QUIET_MS 20
#define LATEST_MS 100
#define LONG_MS 100 /* from here on a wait is told of, and can be stopped */
#define LINE_MAX_BYTES (4 * 1024 * 1024) /* of an event */

int64_t app_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void app_add_common(const struct app *app, struct strv *args)
{
	for (size_t i = 0; i < app->options->flags.count; i++)
		strv_add(args, app->options->flags.items[i]);
	for (size_t i = 0; i < app->args.count; i++)
		strv_take(args, mem_printf("--build-arg=%s",
					   app->args.items[i]));
	strv_add(args, app->options->context);
}

/* Watched again at each reading: a first build makes the directories. */
static void watch_store(struct app *app)
{
	AUTO_FREE char *images = mem_printf(
		"%s/image/overlay2/imagedb/content/sha256", app->options->root);
	AUTO_FREE char *tags = mem_printf("%s/image/overlay2",
					  app->options->root);

	watch_dir(app->watch, images, WATCH_STORE);
	watch_dir(app->watch, tags, WATCH_STORE);
}

static void reload_store(struct app *app)
{
	struct err err = ERR_INIT;

	watch_store(app);
	if (model_load_store(&app->model, &err) < 0)
		app_say(app, true, "%s", err.msg);
	app->due_store = false;
}

void app_plan(struct app *app)
{
	AUTO(strv_release) struct strv args = { 0 };
	struct err err = ERR_INIT;

	app->due = 0;
	app->dirty = true;
	/* One that was not there could not be watched. */
	if (app->due_store || !app->model.image_count)
		reload_store(app);
	if (app_take_file(app) && app->model.plan)
		app->model.stale = true;
	/* It knows the disk as it was. */
	if (!app->editor.typing)
		planner_release(&app->live);
	app_check_ignore(app);
	app_read_context(app);
	if (app_imagines(app)) {
		planner_release(&app->live);
		app_plan_text(app);
		return;
	}
	model_imagine_no_more(&app->model);
	strv_add(&args, "plan");
	strv_add(&args, "--format");
	strv_add(&args, "json");
	app_add_common(app, &args);
	if (worker_start(&app->planner, &args, &err) < 0) {
		model_set_plan(&app->model, NULL, NULL, err.msg);
		app->progress.plans++;
	}
}

void app_plan_soon(struct app *app, unsigned what)
{
	int64_t now = app_now();

	if (what & WATCH_STORE)
		app->due_store = true;
	if (!app->due)
		app->due_since = now;
	app->due = now + QUIET_MS;
	if (app->due > app->due_since + LATEST_MS)
		app->due = app->due_since + LATEST_MS;
}

void app_take_plan(struct app *app, struct plan *plan, const char *text,
		   const char *error)
{
	const struct pane *file = app->panes[PANE_FILE];
	const struct digest image = app->model.image;
	/* The Dockerfile's cursor says which step is looked at. */
	bool by_line = app->editor.typing || (app->focus == PANE_FILE &&
					      app->model.step >= 0);

	model_set_plan(&app->model, plan, text, error);
	/* Who looks at an image goes on to, whatever its line says. */
	if (plan && app->focus == PANE_TREE)
		model_keep_image(&app->model, &image);
	if ((by_line && !file->ops->marked(file)) ||
	    (app->model.step < 0 && !digest_is_set(&app->model.image)))
		file->ops->select(file, &app->model);
	if (plan)
		app_restore_image(app);
	app->progress.plans++;
	app->dirty = true;
}

static void plan_ended(struct app *app)
{
	struct worker *worker = &app->planner;
	AUTO_FREE char *words = NULL;
	struct plan *plan = NULL;
	struct err err = ERR_INIT;

	if (!worker->out.len ||
	    plan_parse_json(worker->out.data, worker->out.len, &plan, &err) <
		    0)
		words = worker_words(worker);
	/* Which text it found on the disk nobody knows; if it is not this one
	 * any more, the next plan is due already. */
	app_take_plan(app, plan, NULL, words);
	buf_release(&worker->out);
	buf_release(&worker->err);
}

/* ---- building ---- */

/* Nothing is saved that cannot be built. */
static bool refuse_mistakes(struct app *app)
{
	const struct diag *mistake = model_mistake(&app->model);

	if (mistake)
		app_say(app, true, "not built: line %d: %s",
			model_diag_line(mistake), mistake->text);
	return mistake != NULL;
}

/* What could be kept is neither built as it is not nor lost. */
static bool refuse_imagined(struct app *app)
{
	bool keeps = whatif_ignores(&app->whatif) ||
		     app->whatif.set_args.count;

	if (keeps)
		app_say(app, true, "not built: :apply keeps what is imagined, "
				   "t drops it");
	return keeps;
}

static void start_build(struct app *app, int line)
{
	unsigned number;
	AUTO(strv_release) struct strv args = { 0 };
	struct err err = ERR_INIT;

	if (app->model.building) {
		app_say(app, true, "a build runs: c stops it");
		return;
	}
	if (refuse_mistakes(app) || refuse_imagined(app) ||
	    (app_unsaved(app) && !app_save(app)))
		return;
	strv_add(&args, "build");
	strv_add(&args, "--progress=json");
	if (line)
		strv_take(&args, mem_printf("--no-cache-from=%d", line));
	for (size_t i = 0; i < app->options->build_flags.count; i++)
		strv_add(&args, app->options->build_flags.items[i]);
	app_add_common(app, &args);
	number = app->model.run.number + 1;
	run_state_release(&app->model.run);
	run_state_init(&app->model.run);
	app->model.run.number = number;
	model_set_failed(&app->model, false);
	app->model.run.started = true;
	if (worker_start(&app->builder, &args, &err) < 0) {
		app_say(app, true, "%s", err.msg);
		app->progress.builds++;
		return;
	}
	app_imagine_no_more(app); /* touched files */
	model_imagine_no_more(&app->model);
	app->model.building = app->follow = true;
	app->model.run_plan = app->model.plan_version;
	app->build_started = app_now();
	detail_pane_show(app->panes[PANE_DETAIL], DETAIL_LOG);
	app->dirty = true;
}

/* A daemon's images are read until its user wants more. */
void app_build(struct app *app)
{
	if (app->options->in_daemon && !app->may_build &&
	    !app->model.building)
		app->question = QUESTION_BUILD;
	else
		start_build(app, 0);
}

void app_answer_build(struct app *app, uint32_t key)
{
	if (key != 'y' && key != 'n' && key != KEYCODE_ESC)
		return;
	app->question = QUESTION_NONE;
	app->may_build = key == 'y';
	if (app->may_build)
		start_build(app, 0);
}

void app_rebuild(struct app *app)
{
	const struct step *step = model_step(&app->model);

	if (app->options->in_daemon)
		app_say(app, true, "a docker daemon cannot be asked to build "
				   "from a step on: b builds");
	else if (step && step->line > 0)
		start_build(app, step->line);
	else
		app_say(app, true, "no step is selected");
}

/* ---- stopping ---- */

static bool waits(const struct app *app)
{
	return worker_runs(&app->planner) || planner_owes(&app->live) ||
	       app_context_reads(app);
}

void app_watch_waiting(struct app *app)
{
	if (!waits(app))
		app->waits_since = 0;
	else if (!app->waits_since)
		app->waits_since = app_now();
}

int64_t app_waited(const struct app *app)
{
	int64_t now = app_now();

	return app->waits_since && !app->options->fixed &&
	       now - app->waits_since >= LONG_MS ? now - app->waits_since : -1;
}

/* What there was stays, and is said to be old. */
static void stop_planning(struct app *app)
{
	static const char words[] = "stopped: r plans again";
	bool planned = worker_runs(&app->planner) || planner_owes(&app->live);

	app_stop_context(app, words);
	if (planned) {
		worker_release(&app->planner);
		planner_release(&app->live);
		app->progress.plans++;
		app->model.stale = true;
		if (!app->model.plan)
			model_set_plan(&app->model, NULL, NULL, words);
	}
	app_watch_waiting(app);
	app_say(app, false, "%s", words);
}

void app_cancel(struct app *app)
{
	if (!app->model.building) {
		stop_planning(app);
		return;
	}
	app_say(app, false, app->builder.cancelled ? "stopping it at once" :
						     "stopping the build");
	worker_cancel(&app->builder);
}

/* Lines that are no event are a worker's last words. */
static void take_line(struct app *app, const char *line, size_t len)
{
	AUTO(buf_release) struct buf storage = BUF_INIT;
	struct event event = { 0 };
	struct err err = ERR_INIT;

	if (len && line[0] == '{' &&
	    event_parse_json(line, len, &event, &storage, &err) == 0)
		run_state_fold(&app->model.run, &event);
	else if (len)
		run_state_log(&app->model.run, STYLE_PLAIN, line, len);
}

static void take_lines(struct app *app, struct buf *in, bool all)
{
	size_t at = 0;

	while (at < in->len) {
		const char *line = in->data + at;
		const char *end = memchr(line, '\n', in->len - at);

		if (!end && !all && in->len - at < LINE_MAX_BYTES)
			break;
		if (!end)
			end = in->data + in->len;
		take_line(app, line, (size_t)(end - line));
		at = (size_t)(end - in->data) + 1;
		app->dirty = true;
	}
	if (at > in->len)
		at = in->len;
	if (!at)
		return;
	memmove(in->data, in->data + at, in->len - at);
	in->len -= at;
	in->data[in->len] = '\0';
}

/* The step, in a folded stage, too, and the log's end, and s for a shell. */
static void show_failed(struct app *app)
{
	const struct step *step = model_step(&app->model);

	if (step && step->line > 0)
		file_pane_go(app->panes[PANE_FILE], step->line);
	app->focus = PANE_DETAIL;
}

/* What can be done now, by the keys of where one is. */
static void say_failed(struct app *app)
{
	const struct keymap *keys = &app->options->keys;
	const struct step *step = model_step(&app->model);
	bool enters = step && !step_is_from(step);
	AUTO_FREE char *again = keymap_key(keys, ACTION_BUILD);
	AUTO_FREE char *shell = keymap_key(keys, app->focus == PANE_DETAIL ?
						 ACTION_DETAIL_SHELL :
						 ACTION_STEP_SHELL);
	AUTO(buf_release) struct buf words = BUF_INIT;

	buf_adds(&words, "build failed");
	if (*again)
		buf_addf(&words, ": %s again", again);
	if (enters && *shell)
		buf_addf(&words, "%s %s a shell", *again ? "," : ":", shell);
	app_say(app, true, "%s", words.data);
}

static void build_ended(struct app *app)
{
	struct worker *worker = &app->builder;
	AUTO_FREE char *words = worker_words(worker);
	bool good = WIFEXITED(worker->status) &&
		    WEXITSTATUS(worker->status) == 0;

	if (!good)
		run_state_end(&app->model.run, worker->cancelled, words);
	buf_release(&worker->out);
	buf_release(&worker->err);
	model_set_failed(&app->model, !good && !worker->cancelled);
	if (app->model.failed && app->follow && !app->editor.typing)
		show_failed(app);
	app->model.building = false;
	app->progress.builds++;
	if (good)
		app_say(app, false, "built");
	else if (worker->cancelled)
		app_say(app, true, "the build was stopped");
	else
		say_failed(app);
	app_plan_soon(app, WATCH_SOURCES | WATCH_STORE);
}

/* Until the user goes elsewhere, what runs is what is looked at. */
static void follow_build(struct app *app)
{
	struct model *model = &app->model;
	int step = model_step_numbered(model, model->run.step);

	if (!app->follow || !model_run_fits(model) || step < 0 ||
	    step == model->step)
		return;
	model_select_step(model, step);
	for (int i = 0; i < PANE_COUNT; i++)
		if (app->panes[i]->ops->follow)
			app->panes[i]->ops->follow(app->panes[i], model);
}

void app_poll_workers(struct app *app)
{
	struct worker *builder = &app->builder;
	bool ended;

	if (browser_poll(app->browser)) {
		app->dirty = true;
		app_take_message(app);
	}
	if (worker_runs(&app->planner) && worker_poll(&app->planner))
		plan_ended(app);
	app_poll_live(app);
	app_poll_context(app);
	app_poll_diff(app);
	if (!worker_runs(builder))
		return;
	ended = worker_poll(builder);
	take_lines(app, &builder->out, ended);
	follow_build(app);
	if (ended)
		build_ended(app);
}

bool app_work_idle(const struct app *app)
{
	return !app->due && !app->model.reading &&
	       !worker_runs(&app->planner) &&
	       !planner_owes(&app->live) && !app_context_reads(app) &&
	       !worker_runs(&app->differ) &&
	       !worker_runs(&app->builder) && browser_is_idle(app->browser);
}
