/*
 * Rows of styled text: what the command line prints and the screen draws.
 * Pure: from the model and the view state, nothing else. Styles are names;
 * only tui/term.c and cli/print.c know colours.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum style {
	STYLE_PLAIN, STYLE_DIM, STYLE_BOLD, STYLE_TITLE, STYLE_KEY,
	STYLE_HIT, STYLE_MISS, STYLE_LATE, STYLE_ERROR,
	STYLE_GHOST,    /* not built yet */
	STYLE_LIT,      /* belongs to the chain of the Dockerfile */
	STYLE_TAG, STYLE_ID, STYLE_SIZE,
	STYLE_ADDED, STYLE_REMOVED, STYLE_CHANGED,
	STYLE_KEYWORD, STYLE_STRING, STYLE_COMMENT, STYLE_VARIABLE,
	STYLE_SELECTED, /* laid over the row by the pane */
	STYLE_COUNT,
};

struct row_span {
	enum style style;
	char *text; /* UTF-8, already safe: no control bytes */
};
struct row {
	struct row_span *spans;
	size_t count;
	int link;      /* what it stands for: step n, image index; -1 none */
};
struct rows {
	struct row *items;
	size_t count;
};
void rows_release(struct rows *rows);
AUTO_DEFINE_IN_PLACE(struct rows, rows_release)
struct row *rows_add(struct rows *rows, int link);
/* Appends text made safe: control bytes and invalid UTF-8 as \xNN. */
void row_add(struct row *row, enum style style, const char *text);
void row_addf(struct row *row, enum style style, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int row_width(const struct row *row); /* columns */

/* Width in columns of safe UTF-8 (wcwidth over whole clusters). */
int text_width(const char *text);
/* At most columns wide, cut at a cluster, "…" (or ">" in ascii) if cut;
 * padded with blanks to exactly columns if pad. Owned. */
char *text_fit(const char *text, int columns, bool pad, bool ascii);
/* Control bytes and invalid UTF-8 as \xNN. Owned. */
char *text_safe(const char *text, size_t len);

/* Glyphs: UTF-8 or ASCII sets. */
struct glyphs {
	const char *hit, *miss, *late, *error, *none;
	const char *branch, *last, *bar, *blank; /* tree lines, equal widths */
	const char *ghost;
};
const struct glyphs *glyphs_get(bool ascii);
