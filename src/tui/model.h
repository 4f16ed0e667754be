/*
 * What the screen shows: the store, the Dockerfile, its plan, the build that
 * runs, and what is selected in them. Panes read it; app.c changes it.
 */
#pragma once

#include <time.h>

#include "plan/lens.h"
#include "plan/plan.h"
#include "tui/keymap.h"
#include "tui/run_state.h"
#include "tui/settings.h"
#include "view/views.h"

struct options {
	char *root;          /* of the store */
	bool borrowed;       /* it only repeats what another place has */
	bool in_daemon;      /* that place is a docker daemon */
	char *context;       /* directory */
	char *file;          /* path of the Dockerfile */
	char *target;        /* stage, or NULL */
	char *tag;           /* what b builds is named so first, or NULL */
	struct strv flags;   /* for plan and build, as given */
	struct strv build_flags; /* for build alone */
	struct settings settings; /* at the start */
	struct keymap keys;
	struct strv problems; /* of the key file, to be said */
	bool fixed;
	bool session; /* remember the screen until next time */
	bool fresh;   /* but do not begin as it was left */
};

/* What was said in the status line. */
struct message {
	char *text; /* safe */
	bool bad;
	time_t when;
};
#define MESSAGES_MOST 500

struct model {
	const struct options *options;
	bool ascii;

	struct store *store;
	struct image *const *images; /* the store's */
	size_t image_count;
	bool reading;                /* not all of them are read yet */
	char **words;                /* [image] its step, once it is read */
	size_t words_made;
	struct lineage lineage;      /* of the images */

	char *text;                  /* of the Dockerfile, or NULL: not there */
	struct dockerfile *file;
	struct strv lines;           /* as they are, without their ends */
	bool unsaved;                /* the text is not what the disk has */
	bool typing;                 /* keys are text; the cursor is there: */
	int cursor_line, cursor_column; /* from 0, in bytes */

	struct plan *plan;           /* or NULL */
	char *plan_error;            /* why there is none, or NULL */
	struct plan *before;         /* of the disk, while plan is imagined */
	struct strv changes;         /* what is imagined, a line each */
	bool imagined;               /* plan is */
	struct lens *lens;           /* of the context, or NULL */
	char *lens_error;            /* why there is none, or NULL */
	struct strv diff;            /* of the changed files, safe lines, */
	int diff_step;               /* of this step, index in the plan */
	unsigned diff_plan;          /* of this plan_version */
	unsigned diff_version;
	bool stale;                  /* a newer plan is on its way */

	bool building;
	struct run_state run;        /* of the build that runs or ran last */
	unsigned run_plan;           /* plan_version when it started */
	char *failed;                /* text of the step that failed last */
	int failed_step;             /* its number */

	struct message *messages;    /* oldest first */
	size_t message_count;
	unsigned messages_said;      /* ever */

	int step;                    /* selected: index in the plan, -1 none */
	struct digest image;         /* selected, may be unset */
	struct digest marked;        /* to compare with; may be unset */

	/* Each change gives a new number; panes compare. */
	unsigned context_version;
	unsigned tree_version, file_version, plan_version, selection_version;
};
void model_init(struct model *model, const struct options *options);
void model_release(struct model *model);
void model_add_message(struct model *model, bool bad, const char *text);
/* Opens the store again; a store that is not there is empty. Of many images
 * most is read later, a few at a time, while model_has_more; read_some tells
 * whether that is to be seen. */
int model_load_store(struct model *model, struct err *err);
bool model_has_more(const struct model *model);
bool model_read_some(struct model *model);
/* The Dockerfile is this text now (a copy is made), or not there (NULL). */
void model_set_text(struct model *model, const char *text, size_t len);
/* Takes the lens over (or error, a copy is made). */
void model_set_context(struct model *model, struct lens *lens,
		       const char *error);
/* The diffs of a step of the plan. */
void model_set_diff(struct model *model, int step, const char *text);
/* Whether there are some that belong to the selected step. */
bool model_has_diff(const struct model *model);
/* From now on plans are imagined: the one there is stays beside them. */
void model_imagine(struct model *model, const struct strv *changes);
void model_imagine_no_more(struct model *model);
/* What was imagined is so now. */
void model_saved(struct model *model);
/* Takes the plan of a text over (or error, a copy is made); text NULL: as it
 * is now. From then on its steps are on the lines that their own became. */
void model_set_plan(struct model *model, struct plan *plan, const char *text,
		    const char *error);
/* The build that ended failed at its current step; or, false, none did. */
void model_set_failed(struct model *model, bool failed);
/* Whether that is this one, still to be built. */
bool model_failed(const struct model *model, const struct step *step);
/* Whether the build's step numbers are still those of the plan. */
bool model_run_fits(const struct model *model);
const struct step *model_step(const struct model *model); /* or NULL */
/* The selected image of the store, or NULL. */
struct image *model_image(const struct model *model);
void model_select_step(struct model *model, int index);
/* Selects the image, and the step that made it if there is one. */
void model_select_image(struct model *model, const struct digest *id);
/* Selects it if it is there; else the selection stays. */
void model_keep_image(struct model *model, const struct digest *id);
/* The plan's step on a line of the Dockerfile, -1: none. */
int model_step_at(const struct model *model, int line);
/* The first one below a line, -1: none. */
int model_step_below(const struct model *model, int line);
/* How many mistakes the Dockerfile has, warnings not counted. */
size_t model_mistakes(const struct model *model);
const struct diag *model_mistake(const struct model *model); /* the first */
/* The line that a diagnostic is shown at, 0: none. */
int model_diag_line(const struct diag *diag);
/* The plan's step of a number, -1: none. */
int model_step_numbered(const struct model *model, int n);
/* Last line of the instruction that begins on line. */
int model_last_line(const struct model *model, int line);
