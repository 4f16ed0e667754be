/*
 * The build context as rows that can be folded: the lines of .dockerignore,
 * the tree, its sums.
 */
#pragma once

#include "view/lens.h"

struct context_view {
	struct lens_places places; /* of the rows; they lie in the lens */
	struct context_fold *folds; /* directories that are not as all are */
	bool all_folded;
	bool begun;
	char *kept;                /* place that is looked for again */
};
void context_view_release(struct context_view *view);
void context_view_make(struct context_view *view, const struct lens *lens,
		       bool ascii, int width, struct rows *out);
/* What a row stands for, NULL: nothing. */
const struct lens_place *context_view_place(const struct context_view *view,
					    const struct row *row);
/* Folds or unfolds the directory, or the one that it lies in; what it was is
 * kept. */
void context_view_fold(struct context_view *view,
		       const struct lens_place *place);
void context_view_fold_all(struct context_view *view);
/* Before the lens goes: the next rows are searched for this place. */
void context_view_keep(struct context_view *view,
		       const struct lens_place *place);
/* Unfolds the first row that holds the text from a row on (or behind it:
 * next), and keeps it; false: there is none, or it is no entry. */
bool context_view_reveal(struct context_view *view, const struct lens *lens,
			 const struct rows *rows, int row, const char *text,
			 int dir, bool next);
/* The row of what was kept, or -1; it is not kept any longer. */
int context_view_kept(struct context_view *view, const struct rows *rows);
