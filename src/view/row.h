/*
 * Rows of styled text: what the command line prints and the screen draws.
 * Pure: from the model and the view state, nothing else. Styles are names;
 * only tui/term.c and cli/print.c know colours.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum style {
	STYLE_PLAIN, STYLE_DIM,
	STYLE_LINE,     /* of a tree, between panes: a terminal may draw it */
	STYLE_BOLD, STYLE_TITLE, STYLE_KEY,
	STYLE_HIT, STYLE_MISS, STYLE_LATE, STYLE_PULL, STYLE_ERROR,
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
void row_append(struct row *row, const struct row *more);
int row_width(const struct row *row); /* columns */
void row_release(struct row *row);
AUTO_DEFINE_IN_PLACE(struct row, row_release)
char *row_text(const struct row *row); /* without styles; owned */
/* Cuts the row to columns (0: leaves it), with the mark of text_fit. */
void row_fit(struct row *row, int columns, bool ascii);

/*
 * Words laid into rows: a word that does not fit starts the next row,
 * indented. width 0 never breaks. Every row gets the same link.
 */
struct flow {
	struct rows *rows;
	int link, indent, width;
	int column;   /* 0: the next word starts a row */
};
void flow_words(struct flow *flow, enum style style, const char *text);
/* One word even if it holds blanks: a file's name. */
void flow_word(struct flow *flow, enum style style, const char *text);
void flow_end(struct flow *flow); /* the next word starts a row */

/*
 * One cluster of safe UTF-8: a character and the marks that sit on it.
 * Returns its bytes (0 at the end) and its columns.
 */
size_t text_cluster(const char *text, int *columns);
/* Width in columns of safe UTF-8 (wcwidth over whole clusters). */
int text_width(const char *text);
/* At most columns wide, cut at a cluster, "…" (or ">" in ascii) if cut;
 * padded with blanks to exactly columns if pad. Owned. */
char *text_fit(const char *text, int columns, bool pad, bool ascii);
/* Control bytes and invalid UTF-8 as \xNN. Owned. */
char *text_safe(const char *text, size_t len);
/* As text_safe, but tabs and line ends become a blank each. Owned. */
char *text_line(const char *text, size_t len);
/* As text_safe, with tabs as blanks up to the next multiple of 8. Owned. */
char *text_tabs(const char *text, size_t len);
/* Whether the locale writes UTF-8; if not, the ASCII glyphs are right. */
bool text_locale_utf8(void);
/* "5.59 MB" and "4.2 s": both owned; a size below 0 is "?". */
char *text_size(int64_t bytes);
char *text_duration(int64_t ms);

/* Glyphs: UTF-8 or ASCII sets. */
struct glyphs {
	const char *hit, *miss, *late, *pull, *error, *none;
	const char *branch, *last, *bar, *blank; /* tree lines, equal widths */
	/* The same where only the layers tell that it belongs there. */
	const char *branch_derived, *last_derived;
	const char *node, *ghost;   /* an image; a step that will make one */
	const char *dangling;       /* an image without name and child */
	const char *dot, *cut;      /* between facts; where text was cut */
	const char *horizontal, *vertical;
	const char *folded, *open;  /* what can be folded */
};
const struct glyphs *glyphs_get(bool ascii);
