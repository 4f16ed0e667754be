/*
 * The screen as a whole: panes, focus, workers, the loop. One thread.
 */
#pragma once

#include "tui/browser.h"
#include "tui/editor.h"
#include "tui/front.h"
#include "tui/hints.h"
#include "tui/pane.h"
#include "tui/planner.h"
#include "tui/prompt.h"
#include "tui/watch.h"
#include "tui/worker.h"

enum pane_index { PANE_TREE, PANE_FILE, PANE_DETAIL, PANE_COUNT };

/* Where each pane is; rows 0: not on this screen. */
struct layout {
	struct area panes[PANE_COUNT], help, status, hints;
	bool tiny;   /* one sentence is all there is room for */
	bool single; /* the focused pane alone */
	struct area dividers[2]; /* lines between panes; rows 0: none */
};
/* zoomed: the focused pane alone, however much room there is; split: percent
 * of the columns that the tree has, 0: as it is usual; needed: rows that tree
 * and Dockerfile can fill. */
void layout_make(int rows, int columns, enum pane_index focus, bool zoomed,
		 int split, int needed, struct layout *out);

/* What lies over the panes. */
enum popup { POPUP_NONE, POPUP_HELP, POPUP_MESSAGES, POPUP_COUNT };

/* What a line is typed for. */
enum asking { ASK_SEARCH, ASK_FILTER, ASK_COMMAND, ASK_COUNT };

/* What must be answered before anything else. */
enum question {
	QUESTION_NONE, QUESTION_QUIT, QUESTION_LEAVE, QUESTION_DISK,
	QUESTION_SHELL,
	QUESTION_BUILD,
};

struct app {
	struct model model;
	const struct options *options;
	struct front *front;
	struct settings settings; /* as they are now */
	struct pane *panes[PANE_COUNT];
	struct pane *popups[POPUP_COUNT]; /* POPUP_NONE: NULL */
	enum popup popup;
	struct browser *browser;
	enum pane_index focus;
	bool zoomed;
	int split;          /* percent that the tree has; 0: as it is usual */
	int needed;         /* rows that tree and Dockerfile can fill */
	bool dragging;      /* the line behind it */
	struct worker planner, builder;
	struct editor editor;  /* of the Dockerfile */
	struct planner live;   /* plans what is not saved */
	struct whatif whatif;  /* what is imagined, but for the text */
	char *ignore_text;     /* .dockerignore, whose lines that names */
	struct worker lens;    /* reads the context, and what it has said: */
	struct lens_reader *lens_reader; /* or NULL: all of it is there */
	struct worker differ;  /* the changed files of a step: */
	int differ_step;       /* index in the plan of */
	unsigned differ_plan;  /* this plan_version */
	struct strv args;      /* of each plan and build from now on */
	enum question question;
	enum question below;   /* asked again by who stays */
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
	bool pasting;          /* keys are of what is pasted: */
	struct buf pasted;
	uint32_t pasted_last;  /* its last key, and when that came, in ms */
	int64_t pasted_at;
	struct prompt prompt;  /* what is being typed */
	enum asking asking;    /* what for */
	struct strv past[ASK_COUNT]; /* what was typed before */
	char *before;          /* the filter before */
	int prompt_from;       /* where the cursor was */
	char *needle;          /* what was searched last */
	char *still;           /* where the screen is to be written, or NULL */
	struct digest restored; /* image to select with the first plan */
	int64_t build_started;
	int64_t waits_since; /* for a plan or the context, in ms; 0: not */
	bool may_build;     /* in the daemon: that was asked */
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
void app_render(struct app *app, struct canvas *canvas); /* initialises it */
void app_update(struct app *app); /* panes take in the model */
/* The screen's size, and where the panes are on it. */
struct layout app_layout(const struct app *app, int *rows, int *columns);
void app_hints(const struct app *app, int columns, struct hints *out);
/* app_act.c */
unsigned app_context(const struct app *app); /* where keys go */
unsigned app_contexts(const struct app *app); /* and the state beside it */
void app_key(struct app *app, uint32_t key);
void app_do(struct app *app, enum action action); /* it must be valid */
void app_go(struct app *app, int row);       /* of the pane with the focus */
void app_shell(struct app *app, const char *command); /* NULL: itself */
/* Another program had the terminal: what it changed is looked at. */
void app_came_back(struct app *app, int status, const struct err *err);
void app_popup(struct app *app, enum popup popup);
struct pane *app_active(const struct app *app);
void app_selected(struct app *app);          /* the active pane's cursor moved */
/* Settings as they are now come into force. */
void app_apply_settings(struct app *app);
/* What the browser says, and where it leads. */
void app_take_message(struct app *app);
/* The other panes follow what the active one selects. */
void app_follow(struct app *app);
/* app_prompt.c */
const struct prompt *app_prompt(const struct app *app); /* open, or NULL */
void app_prompt_key(struct app *app, uint32_t key);
void app_search(struct app *app);
void app_search_next(struct app *app);
void app_search_previous(struct app *app);
void app_filter(struct app *app);
void app_filter_set(struct app *app, const char *words);
void app_command(struct app *app);
/* app_context.c */
void app_read_context(struct app *app); /* for its view, if it is seen */
void app_poll_context(struct app *app);
bool app_context_reads(const struct app *app); /* at it just now */
bool app_context_waits(const struct app *app); /* to be polled again */
void app_stop_context(struct app *app, const char *words); /* shown instead */
/* app_paste.c */
bool app_paste_key(struct app *app, uint32_t key); /* false: no part of it */
int64_t app_paste_due(const struct app *app); /* its end is lost then; 0: none */
void app_poll_paste(struct app *app);         /* ends it if it is */
/* app_diff.c */
void app_poll_diff(struct app *app);   /* asks for it when it is to be seen */
/* app_shell.c */
void app_step_shell(struct app *app);  /* of the selected step; asks */
void app_answer_shell(struct app *app, uint32_t key);
/* app_mouse.c */
void app_mouse(struct app *app, const struct mouse *mouse);
/* app_session.c */
void app_restore(struct app *app);       /* what the session remembers */
void app_restore_image(struct app *app); /* once there is a plan */
void app_remember(struct app *app);
/* app_edit.c */
bool app_take_file(struct app *app);  /* looks at the disk; true: new text */
void app_plan_text(struct app *app);  /* plans the text as it stands */
void app_poll_live(struct app *app);
void app_type(struct app *app);       /* keys become text */
void app_edit_key(struct app *app, uint32_t key); /* one of them */
void app_edit_paste(struct app *app, const char *text, size_t len);
bool app_line_act(struct app *app, enum action action);
bool app_save(struct app *app);       /* false: not saved, and said why */
bool app_unsaved(struct app *app);
void app_undo(struct app *app);
void app_unedit(struct app *app);     /* back to what the disk has */
void app_redo(struct app *app);
void app_decide(struct app *app, bool take_theirs); /* or keep ours */
/* app_question.c */
const char *app_question_text(const struct app *app); /* NULL: none */
void app_answer(struct app *app, uint32_t key);
void app_quit(struct app *app);       /* asks if it has to */
bool app_quits(const struct app *app); /* asks just now */
/* app_whatif.c */
bool app_imagines(struct app *app);   /* the plan is not that of the disk */
/* The request lines for it (cli/serve.h); the model hears of it, too. */
void app_imagine(struct app *app, struct buf *what);
void app_imagine_no_more(struct app *app); /* but for the text */
void app_touch(struct app *app);      /* or ends all that is imagined */
void app_touch_path(struct app *app, const char *pattern); /* "": app_touch */
void app_discard(struct app *app);    /* and what is not saved */
void app_set_arg(struct app *app, const char *arg); /* "K=V" */
void app_toggle_ignore(struct app *app);   /* the selected file or line */
void app_ignore(struct app *app, const char *pattern);
void app_unignore(struct app *app, const char *line); /* its number */
/* false: what is imagined of .dockerignore was void; it is said and gone. */
bool app_check_ignore(struct app *app);
void app_apply(struct app *app);      /* what is imagined becomes real */
/* app_work.c */
void app_plan(struct app *app);       /* starts the planner now */
void app_plan_soon(struct app *app, unsigned what);
void app_build(struct app *app);
void app_rebuild(struct app *app);   /* from the selected step on */
void app_answer_build(struct app *app, uint32_t key); /* y or n */
void app_cancel(struct app *app);
/* Takes note of when waiting for a plan or the context began or ended. */
void app_watch_waiting(struct app *app);
/* How long that takes, in ms; -1: not long enough to tell. */
int64_t app_waited(const struct app *app);
void app_poll_workers(struct app *app);
/* Takes a plan over, or tells why there is none (a copy is made). */
void app_take_plan(struct app *app, struct plan *plan, const char *text,
		   const char *error); /* text: as for model_set_plan */
void app_add_common(const struct app *app, struct strv *args);
bool app_work_idle(const struct app *app);
int64_t app_now(void);
void app_say(struct app *app, bool bad, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
