/*
 * A screen as cells with style names. Panes draw on it; tui/term.c puts it on
 * a terminal, tui/headless.c into a file. Everything is cut to its area, and
 * a wide character is never half there.
 */
#pragma once

#include "view/row.h"

#define CELL_TEXT 20 /* bytes of a cluster and its NUL; surplus marks go */

struct cell {
	char text[CELL_TEXT]; /* "" : right half of the wide cell before it */
	unsigned char style;
	bool selected;        /* STYLE_SELECTED laid over it */
};
struct canvas {
	int rows, columns;
	struct cell *cells;
	int cursor_row, cursor_column; /* -1: no cursor is shown */
};
struct area {
	int row, column, rows, columns;
};

bool area_holds(const struct area *area, int row, int column);

void canvas_init(struct canvas *canvas, int rows, int columns);
void canvas_release(struct canvas *canvas);
AUTO_DEFINE_IN_PLACE(struct canvas, canvas_release)
void canvas_clear(struct canvas *canvas);
struct area canvas_area(const struct canvas *canvas);
struct cell *canvas_cell(const struct canvas *canvas, int row, int column);

/* Safe text at a place of the area; returns the column after it. */
int canvas_text(struct canvas *canvas, const struct area *area, int row,
		int column, enum style style, const char *text);
/* A row of spans, without its first skip columns; the rest is left. */
void canvas_row(struct canvas *canvas, const struct area *area, int row,
		int column, const struct row *spans, int skip);
/* Lays STYLE_SELECTED over a row of the area. */
void canvas_select(struct canvas *canvas, const struct area *area, int row);
/* A title over a line that fills the area's row. */
void canvas_rule(struct canvas *canvas, const struct area *area, int row,
		 const struct row *title, bool focused, bool ascii);
/* Text of all rows, blanks at the ends cut, each with a line end. */
void canvas_print(const struct canvas *canvas, struct buf *out);
bool canvas_row_equal(const struct canvas *a, const struct canvas *b, int row);
