/*
 * The lines of a Dockerfile of several stages that show: those of a folded
 * stage do not, but for its FROM, which tells what the stage's steps are.
 * Lines count from 0 here.
 */
#pragma once

#include "tui/model.h"

struct stage_fold;
struct stage_view {
	int *lines;     /* by row */
	int *rows;      /* by line: its row; of a hidden line that of its FROM */
	int *heads;     /* by line: the stage whose FROM it shows, -1: none */
	size_t count, line_count;
	size_t stage_count;
	bool *folded;   /* by stage */
	struct stage_fold *folds; /* of stages by their names, there or not */
};
void stage_view_release(struct stage_view *view);
/* Takes in a text of so many lines; file may be NULL. What was folded stays
 * so, wherever its stage is now. */
void stage_view_update(struct stage_view *view, const struct dockerfile *file,
		       size_t line_count);
/* The stage that a line belongs to, -1: none. */
int stage_view_stage(const struct dockerfile *file, size_t line);
/* Whether it is folded away, or would be. */
bool stage_view_hides(const struct stage_view *view, size_t line);
/* Each of these is seen with the next update. */
void stage_view_fold(struct stage_view *view, const struct dockerfile *file,
		     int stage, bool folded);
/* Folds all stages; if any is folded, unfolds all. */
void stage_view_fold_all(struct stage_view *view,
			 const struct dockerfile *file);
/* What is folded, to be remembered: "0 build", at most so many; and back. */
void stage_view_folds(const struct stage_view *view, size_t most,
		      struct strv *out);
void stage_view_set_fold(struct stage_view *view, const char *folded);
