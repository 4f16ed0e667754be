/*
 * The lines of a build's log that show: those of a folded step do not, but
 * for its head, which tells how long the step took and what it made.
 */
#pragma once

#include "tui/run_state.h"

struct log_view {
	int *lines;        /* indices of the log */
	size_t count;
	bool *folded;      /* by step number */
	size_t step_count;
	unsigned number;   /* of the build; of a new one nothing is folded */
};
void log_view_release(struct log_view *view);
/* Takes in the log as it is now. */
void log_view_update(struct log_view *view, const struct run_state *run);
/* Folds or unfolds the step of a shown line: where its head is now, or -1. */
int log_view_fold(struct log_view *view, const struct run_state *run,
		  size_t at);
/* Unfolds the step of a line of the log, if it is folded: where the line is
 * now among those shown. */
size_t log_view_reveal(struct log_view *view, const struct run_state *run,
		       size_t line);
/* Folds all steps; if all are, unfolds them. Where the shown line is now, or
 * the head of its step. */
int log_view_fold_all(struct log_view *view, const struct run_state *run,
		      size_t at);
/* Of a head, time and bytes are seen in so many columns (0: any) and its text
 * gives way; fixed: no times. */
void log_view_row(const struct log_view *view, const struct run_state *run,
		  size_t at, int columns, bool ascii, bool fixed,
		  struct row *out);
