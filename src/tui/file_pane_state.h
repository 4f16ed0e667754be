/*
 * The pane of the Dockerfile from within: for file_pane.c and file_row.c only.
 */
#pragma once

#include "tui/pane.h"
#include "tui/stage_view.h"
#include "view/syntax.h"

#define GUTTER 7 /* columns: glyph, word, blanks */
#define FOLD 2   /* and of several stages: the sign that folds */

enum line_kind { LINE_MORE, LINE_START };
enum line_diag { DIAG_NONE, DIAG_WARNING, DIAG_MISTAKE };
struct file_pane {
	struct pane pane;
	int *step_of;        /* [line]: index in the plan, -1 none */
	unsigned char *kind; /* [line] */
	unsigned char *diag; /* [line]: the worst that is said of it */
	struct syntax syntax;
	struct stage_view stages;
	bool has_folds; /* there is a column for their signs */
	int columns;
	size_t line_count;
	unsigned file_version, plan_version;
	bool made;
};

/* The stage whose other lines are folded away behind a line, -1: none. */
int file_row_folded(const struct file_pane *file, int line);
int file_row_gutter(const struct file_pane *file); /* columns */
/* A line, from 0, with all that stands before and behind it. */
void file_row(const struct file_pane *file, int line, struct row *out);
