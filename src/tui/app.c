/* Knows the loop: one thread that waits for whatever comes first. */
#include "tui/app.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#include "context/context.h"
#include "tui/command.h"

#define TICK_MS 100 /* the clock of what runs */

static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP };

static void catch_signals(struct app *app, sigset_t *old)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(caught) / sizeof(*caught); i++)
		sigaddset(&set, caught[i]);
	sigprocmask(SIG_BLOCK, &set, old);
	signal(SIGPIPE, SIG_IGN);
	app->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

void app_init(struct app *app, const struct options *options,
	      struct front *front)
{
	*app = (struct app){ .options = options, .front = front,
			     .focus = PANE_FILE, .signal_fd = -1 };
	model_init(&app->model, options);
	app->settings = options->settings;
	front->ops->palette(front, options->settings.palette);
	front->ops->lines(front, !options->settings.ascii);
	front->ops->mouse(front, options->settings.mouse);

	worker_init(&app->planner);
	worker_init(&app->builder);
	planner_init(&app->live);
	worker_init(&app->lens);
	worker_init(&app->differ);
	editor_init(&app->editor);
	app->panes[PANE_TREE] = tree_pane_new(&app->model);
	app->panes[PANE_FILE] = file_pane_new(&app->model);
	app->panes[PANE_DETAIL] = detail_pane_new(&app->model);
	app->popups[POPUP_HELP] = help_pane_new(&app->model);
	app->popups[POPUP_MESSAGES] = messages_pane_new(&app->model);
	app->browser = browser_new(&app->model);
	app->watch = watch_new();
	/* The first one stays to be seen. */
	for (size_t i = options->problems.count; i-- > 0; )
		app_say(app, true, "%s", options->problems.items[i]);
}

void app_release(struct app *app)
{
	worker_stop(&app->builder);
	worker_release(&app->planner);
	planner_release(&app->live);
	worker_release(&app->lens);
	lens_reader_free(app->lens_reader);
	worker_release(&app->differ);
	strv_release(&app->args);
	app_imagine_no_more(app);
	editor_release(&app->editor);
	for (int i = 0; i < PANE_COUNT; i++)
		app->panes[i]->ops->free(app->panes[i]);
	for (int i = POPUP_NONE + 1; i < POPUP_COUNT; i++)
		app->popups[i]->ops->free(app->popups[i]);
	browser_free(app->browser);
	watch_free(app->watch);
	model_release(&app->model);
	prompt_release(&app->prompt);
	for (int i = 0; i < ASK_COUNT; i++)
		strv_release(&app->past[i]);
	buf_release(&app->pasted);
	free(app->needle);
	free(app->still);
	free(app->before);
	free(app->message);
	if (app->signal_fd >= 0)
		close(app->signal_fd);
}

/* The directories that planning itself writes, or that a build does, are no
 * sources even when they lie inside the context. */
static void start_watching(struct app *app)
{
	AUTO_FREE char *cache = context_cache_dir();
	const char *const skip[] = { cache, app->options->root };
	AUTO_FREE char *dir = mem_strdup(app->options->file);
	char *slash = strrchr(dir, '/');

	watch_tree(app->watch, app->options->context, skip, 2);
	if (slash)
		*slash = '\0';
	watch_dir(app->watch, slash ? (*dir ? dir : "/") : ".",
		  WATCH_SOURCES);
	if (watch_incomplete(app->watch))
		app_say(app, true, "not all of the context can be watched: "
				   "r plans again");
}

static void on_signal(struct app *app, int sig)
{
	switch (sig) {
	case SIGWINCH:
		app->front->ops->resized(app->front);
		app->dirty = app->redraw = true;
		break;
	case SIGTSTP:
		app->front->ops->suspend(app->front);
		app->dirty = app->redraw = true;
		break;
	case SIGINT:
		/* Asked twice, it is meant. */
		if (app_quits(app))
			app->quit = true;
		else
			app_quit(app);
		app->exit_signal = app->quit ? sig : 0;
		break;
	default:
		app->exit_signal = sig;
		app->quit = true;
	}
}

static void poll_signals(struct app *app)
{
	struct signalfd_siginfo info;

	while (read(app->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		int sig = (int)info.ssi_signo;

		if (app->after_edit && (sig == SIGINT || sig == SIGTSTP))
			continue;
		on_signal(app, sig);
	}
	app->after_edit = false;
}

static void poll_watch(struct app *app)
{
	unsigned what = watch_poll(app->watch);

	/* A running build writes to the store itself; its events tell. */
	if (app->model.building)
		what &= ~(unsigned)WATCH_STORE;
	if (what)
		app_plan_soon(app, what);
}

/* Whether a clock is to be seen. */
static bool ticks(const struct app *app)
{
	return app->model.building || app->waits_since;
}

/* Not longer than until then; 0: whenever. */
static void wait_until(int64_t due, int *wait)
{
	int64_t left = due - app_now();

	if (due && left < 0)
		left = 0;
	if (due && (*wait < 0 || left < *wait))
		*wait = (int)left;
}

static int wait_for_due(const struct app *app)
{
	int wait = app->front->ops->timeout(app->front);

	wait_until(app->due, &wait);
	wait_until(app_paste_due(app), &wait);
	if (ticks(app) && (wait < 0 || wait > TICK_MS))
		wait = TICK_MS;
	return wait;
}

static int wait_ms(const struct app *app)
{
	/* There is always something to do. */
	if (model_has_more(&app->model) || app_context_waits(app) ||
	    (app->still && app_work_idle(app)))
		return 0;
	return wait_for_due(app);
}

static void wait_for_something(struct app *app)
{
	int reading[BROWSER_FDS] = { -1, -1, -1, -1 };
	struct pollfd fds[] = {
		{ .fd = app->front->ops->fd(app->front) },
		{ .fd = app->signal_fd },
		{ .fd = watch_fd(app->watch) },
		{ .fd = app->planner.out_fd },
		{ .fd = app->planner.err_fd },
		{ .fd = app->planner.pid_fd },
		{ .fd = app->lens.out_fd },
		{ .fd = app->lens.err_fd },
		{ .fd = app->lens.pid_fd },
		{ .fd = app->differ.out_fd },
		{ .fd = app->differ.err_fd },
		{ .fd = app->differ.pid_fd },
		{ .fd = app->live.worker.out_fd },
		{ .fd = app->live.worker.err_fd },
		{ .fd = app->live.worker.pid_fd },
		{ .fd = app->builder.out_fd },
		{ .fd = app->builder.err_fd },
		{ .fd = app->builder.pid_fd },
		{ .fd = reading[0] }, { .fd = reading[1] },
		{ .fd = reading[2] }, { .fd = reading[3] },
	};

	browser_fds(app->browser, reading);
	for (size_t i = 0; i < BROWSER_FDS; i++)
		fds[sizeof(fds) / sizeof(*fds) - BROWSER_FDS + i].fd =
			reading[i];
	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		fds[i].events = POLLIN;
	if (poll(fds, sizeof(fds) / sizeof(*fds), wait_ms(app)) == 0 &&
	    ticks(app))
		app->dirty = true; /* it went on */
	if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) {
		app->exit_signal = SIGHUP;
		app->quit = true;
	}
}

static void take_inputs(struct app *app)
{
	for (;;) {
		struct input input;

		app->progress.idle = app_work_idle(app);
		input = app->front->ops->next(app->front, &app->progress);
		switch (input.kind) {
		case INPUT_NONE:
			return;
		case INPUT_KEY:
			app_key(app, input.key);
			break;
		case INPUT_MOUSE:
			app_mouse(app, &input.mouse);
			break;
		case INPUT_RESIZE:
			app->dirty = true;
			break;
		case INPUT_QUIT:
			app->quit = true;
			break;
		}
		if (app->quit)
			return;
	}
}

static void turn(struct app *app)
{
	/* A script is drawn for after each of its lines. */
	if (app->dirty || app->front->ops->timeout(app->front) >= 0)
		app_draw(app);
	app_poll_diff(app); /* a key may have selected another step */
	wait_for_something(app);
	poll_signals(app);
	poll_watch(app);
	app_poll_workers(app);
	if (app->due && app_now() >= app->due)
		app_plan(app);
	app_watch_waiting(app);
	command_poll_still(app);
	if (!app->quit)
		take_inputs(app);
	app_poll_paste(app); /* after all that there was of it */
	if (model_has_more(&app->model) && model_read_some(&app->model))
		app->dirty = true;
}

int app_run(struct app *app)
{
	sigset_t old;

	catch_signals(app, &old);
	app->due_store = true;
	/* Something is seen at once, however large the store is. */
	app_take_file(app);
	app_restore(app);
	app_draw(app);
	start_watching(app);
	app_plan(app);
	app->dirty = true;
	while (!app->quit)
		turn(app);
	app_remember(app);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return app->exit_signal ? 128 + app->exit_signal : 0;
}
