/*
 * A pane: a list with a cursor, drawn from the model. Drawing changes nothing
 * (draw takes a const pane); acting and updating do.
 */
#pragma once

#include "tui/actions.h"
#include "tui/canvas.h"
#include "tui/model.h"

struct pane;
struct pane_ops {
	const char *name;
	enum context context;
	void (*title)(const struct pane *pane, struct row *out);
	/* Takes in what changed in the model; columns are those to draw on. */
	void (*update)(struct pane *pane, const struct model *model,
		       int columns);
	/* Row index of the list, without cursor mark, as drawn. */
	void (*row)(const struct pane *pane, int index, struct row *out);
	/* What is said where the list is empty; or NULL. */
	const char *(*empty)(const struct pane *pane);
	/* Tells the model what the cursor stands on; or NULL. */
	void (*select)(const struct pane *pane, struct model *model);
	/* Moves the cursor to what is selected in the model; or NULL. */
	void (*follow)(struct pane *pane, const struct model *model);
	/* Whether the cursor stands on what is selected in the model; or
	 * NULL: it is marked only while it is used. */
	bool (*marked)(const struct pane *pane);
	/* Whether a search finds the row; or NULL: by what is drawn. */
	bool (*has)(const struct pane *pane, int index, const char *text);
	/* Unfolds what hides the first match from a row on (or behind it:
	 * next); where the match is then, -1: there is none; or NULL: nothing
	 * is ever hidden. */
	int (*reveal)(struct pane *pane, const char *text, int row, int dir,
		      bool next);
	/* An action of its own: true if it was one; or NULL. */
	bool (*act)(struct pane *pane, enum action action);
	void (*free)(struct pane *pane);
};
struct pane {
	const struct pane_ops *ops;
	const struct model *model;
	int cursor, top, count;
	int height;  /* rows that were last drawn on */
	int left;    /* columns scrolled away, */
	int fixed;   /* behind so many that stay */
	bool alone;  /* the cursor's row scrolls, no other */
	bool ascii;
};

#define PANE_MARK 1 /* columns before each row, for the cursor's mark */

/* area's first row is the title. */
void pane_draw(const struct pane *pane, struct canvas *canvas,
	       const struct area *area, bool focused);
/* Before drawing: takes in the model, keeps the cursor in sight. */
void pane_update(struct pane *pane, const struct model *model,
		 const struct area *area);
/* true if the action moved something here. */
bool pane_act(struct pane *pane, enum action action);
void pane_go(struct pane *pane, int index);
/* A step of the wheel, up (-1) or down (1); the cursor stays in sight. */
void pane_scroll(struct pane *pane, int dir);
/* The cursor to the row of the screen; false: there is none of the list. */
bool pane_click(struct pane *pane, const struct area *area, int row);
/* Cursor to the next row that holds the text, from there on (dir 1 or -1)
 * and around; smart-case. false: there is none. */
bool pane_search(struct pane *pane, const char *text, int from, int dir);
/* The same from the row or behind it (next), in what is folded away, too: it
 * is unfolded. */
bool pane_search_all(struct pane *pane, const char *text, int row, int dir,
		     bool next);
/* Whether the text is there, smart-case. */
bool pane_matches(const char *line, const char *text);

struct pane *tree_pane_new(const struct model *model);
/* Words that tree_matches takes; NULL: all. */
void tree_pane_filter(struct pane *pane, const char *words);
const char *tree_pane_filtered(const struct pane *pane); /* or NULL */
enum tree_sort tree_pane_sort(const struct pane *pane);
void tree_pane_set_sort(struct pane *pane, enum tree_sort sort);
void tree_pane_set_fold(struct pane *pane, const struct digest *id);
/* At most so many, as digests. */
void tree_pane_folds(const struct pane *pane, size_t most, struct strv *out);
struct pane *file_pane_new(const struct model *model);
struct pane *detail_pane_new(const struct model *model);
struct pane *help_pane_new(const struct model *model);
/* Opened there: with the group of an action on top. */
void help_pane_show(struct pane *pane, enum action action);
struct pane *messages_pane_new(const struct model *model);
/* Where the cursor of who types is on the screen; false: not to be seen. */
bool file_pane_cursor(const struct pane *pane, const struct area *area,
		      int *row, int *column);
int file_pane_line(const struct pane *pane); /* of the cursor, from 1 */
/* The cursor to a line, in a folded stage, too: it is unfolded. */
void file_pane_go(struct pane *pane, int line);
/* The same, but what is folded stays so. */
void file_pane_follow_line(struct pane *pane, int line);
/* Who changes a folded stage is to see what of it. */
void file_pane_unfold(struct pane *pane);
/* Stages as stage_view_folds names them; the file need not be there yet. */
void file_pane_set_fold(struct pane *pane, const char *folded);
void file_pane_folds(const struct pane *pane, size_t most, struct strv *out);
/* Whether a column of the pane has the sign that folds the cursor's row. */
bool file_pane_on_sign(const struct pane *pane, int column);
struct lens_place;
enum detail_mode { DETAIL_WHY, DETAIL_CONFIG, DETAIL_LOG, DETAIL_CONTEXT };
void detail_pane_show(struct pane *pane, enum detail_mode mode);
enum detail_mode detail_pane_mode(const struct pane *pane);
/* Whether a column of its title has a name, and which. */
bool detail_pane_named(const struct pane *pane, int column,
		       enum detail_mode *mode);
/* What of the context the cursor stands on, or NULL. */
const struct lens_place *detail_pane_place(const struct pane *pane);
/* Before the context goes: its cursor looks for its place in the next. */
void detail_pane_keep(struct pane *pane);
