/*
 * The screen as a whole: panes, focus, workers, the loop. One thread.
 */
#pragma once

#include "tui/browser.h"
#include "tui/front.h"
#include "tui/pane.h"
#include "tui/watch.h"
#include "tui/worker.h"

enum pane_index { PANE_TREE, PANE_FILE, PANE_DETAIL, PANE_COUNT };

/* Where each pane is; rows 0: not on this screen. */
struct layout {
	struct area panes[PANE_COUNT], help, status, hints;
	bool tiny;   /* one sentence is all there is room for */
	bool single; /* the focused pane alone */
	int divider; /* column of the line between tree and file, or -1 */
};
void layout_make(int rows, int columns, enum pane_index focus,
		 struct layout *out);

struct app {
	struct model model;
	const struct options *options;
	struct front *front;
	struct pane *panes[PANE_COUNT], *help;
	struct browser *browser;
	enum pane_index focus;
	bool help_open;
	struct worker planner, builder;
	struct watch *watch;
	int signal_fd;
	int exit_signal;
	bool quit, dirty, redraw;
	bool after_edit;    /* signals of the editor's time mean the editor */
	int64_t due;        /* when to plan, in ms; 0: not */
	int64_t due_since;
	bool due_store;     /* the store changed too */
	struct progress progress;
	char *message;      /* in the status line, or NULL */
	bool message_bad;
	/* `/`: what is being typed, what was searched last */
	bool prompt;
	int prompt_from;    /* where the cursor was */
	struct buf typed;
	char *needle;
	int64_t build_started;
	bool follow;        /* the selection goes with the step that runs */
};

/* Owns nothing of options and front. */
int app_run(struct app *app);
void app_init(struct app *app, const struct options *options,
	      struct front *front);
void app_release(struct app *app);

/* ---- parts of the loop, each in a file of its own ---- */

/* app_draw.c */
void app_draw(struct app *app);
void app_update(struct app *app); /* panes take in the model */
/* app_act.c */
unsigned app_context(const struct app *app); /* where keys go */
char *app_typed(const struct app *app);      /* a prompt's line, or NULL */
void app_key(struct app *app, uint32_t key);
void app_take_message(struct app *app);      /* what the browser says */
/* app_work.c */
void app_plan(struct app *app);       /* starts the planner now */
void app_plan_soon(struct app *app, unsigned what);
void app_build(struct app *app);
void app_cancel(struct app *app);
void app_poll_workers(struct app *app);
bool app_work_idle(const struct app *app);
int64_t app_now(void);
void app_say(struct app *app, bool bad, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
