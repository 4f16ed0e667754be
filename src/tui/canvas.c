/* Knows how cells are filled so that no wide character is cut in half. */
#include "tui/canvas.h"

#include <string.h>

bool area_holds(const struct area *area, int row, int column)
{
	return row >= area->row && row < area->row + area->rows &&
	       column >= area->column && column < area->column + area->columns;
}

void canvas_init(struct canvas *canvas, int rows, int columns)
{
	rows = rows < 1 ? 1 : rows > 1000 ? 1000 : rows;
	columns = columns < 1 ? 1 : columns > 2000 ? 2000 : columns;
	*canvas = (struct canvas){ .rows = rows, .columns = columns };
	canvas->cells = mem_array((size_t)rows * (size_t)columns,
				  sizeof(struct cell));
	canvas_clear(canvas);
}

void canvas_release(struct canvas *canvas)
{
	free(canvas->cells);
	*canvas = (struct canvas){ 0 };
}

static void cell_blank(struct cell *cell)
{
	memset(cell, 0, sizeof(*cell));
	cell->text[0] = ' ';
}

void canvas_clear(struct canvas *canvas)
{
	for (int i = 0; i < canvas->rows * canvas->columns; i++)
		cell_blank(&canvas->cells[i]);
	canvas->cursor_row = canvas->cursor_column = -1;
}

struct area canvas_area(const struct canvas *canvas)
{
	return (struct area){ 0, 0, canvas->rows, canvas->columns };
}

struct cell *canvas_cell(const struct canvas *canvas, int row, int column)
{
	return &canvas->cells[row * canvas->columns + column];
}

/* What is left of a wide character when one half is written over. */
static void break_wide(struct canvas *canvas, int row, int column)
{
	struct cell *cell = canvas_cell(canvas, row, column);

	if (!cell->text[0] && column > 0)
		cell_blank(cell - 1);
	if (column + 1 < canvas->columns && !cell[1].text[0])
		cell_blank(cell + 1);
}

static void put_cluster(struct canvas *canvas, int row, int column,
			enum style style, const char *text, size_t len,
			int width)
{
	struct cell *cell = canvas_cell(canvas, row, column);

	for (int i = 0; i < width; i++) {
		break_wide(canvas, row, column + i);
		cell_blank(cell + i);
		cell[i].style = (unsigned char)style;
	}
	if (len >= CELL_TEXT) {
		len = CELL_TEXT - 1;
		while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(cell->text, text, len);
	cell->text[len] = '\0';
	if (width == 2)
		cell[1].text[0] = '\0';
}

static bool inside(const struct canvas *canvas, const struct area *area,
		   int row)
{
	return row >= 0 && row < area->rows && area->row + row >= 0 &&
	       area->row + row < canvas->rows;
}

static int area_end(const struct canvas *canvas, const struct area *area)
{
	int end = area->column + area->columns;

	return end > canvas->columns ? canvas->columns : end;
}

int canvas_text(struct canvas *canvas, const struct area *area, int row,
		int column, enum style style, const char *text)
{
	int at = area->column + column, end = area_end(canvas, area), width;
	size_t n;

	if (!inside(canvas, area, row))
		return column;
	for (; (n = text_cluster(text, &width)); text += n) {
		if (!width)
			continue;
		if (at + width > end)
			break;
		if (at >= area->column && at >= 0)
			put_cluster(canvas, area->row + row, at, style, text,
				    n, width);
		at += width;
	}
	return at - area->column;
}

void canvas_row(struct canvas *canvas, const struct area *area, int row,
		int column, const struct row *spans, int skip)
{
	struct area rest = { area->row, area->column + column, area->rows,
			     area->columns - column };
	int at = -skip;

	for (size_t i = 0; i < spans->count && at < rest.columns; i++)
		at = canvas_text(canvas, &rest, row, at,
				 spans->spans[i].style, spans->spans[i].text);
}

void canvas_select(struct canvas *canvas, const struct area *area, int row)
{
	if (!inside(canvas, area, row))
		return;
	for (int x = area->column < 0 ? 0 : area->column;
	     x < area_end(canvas, area); x++)
		canvas_cell(canvas, area->row + row, x)->selected = true;
}

void canvas_rule(struct canvas *canvas, const struct area *area, int row,
		 const struct row *title, bool focused, bool ascii)
{
	const char *line = glyphs_get(ascii)->horizontal;
	struct area in = { area->row, area->column + 2, area->rows,
			   area->columns - 3 };
	int at = 0;

	for (int x = 0; x < area->columns; x++)
		canvas_text(canvas, area, row, x, STYLE_LINE, line);
	if (in.columns <= 0)
		return;
	/* The focus is seen without colours too. */
	if (focused)
		canvas_text(canvas, area, row, 1, STYLE_TITLE, "[");
	at = 0;
	for (size_t i = 0; i < title->count; i++)
		at = canvas_text(canvas, &in, row, at, title->spans[i].style,
				 title->spans[i].text);
	if (focused)
		canvas_text(canvas, &in, row, at, STYLE_TITLE, "]");
}

void canvas_print(const struct canvas *canvas, struct buf *out)
{
	for (int row = 0; row < canvas->rows; row++) {
		size_t end = out->len;

		for (int x = 0; x < canvas->columns; x++) {
			const char *text = canvas_cell(canvas, row, x)->text;

			buf_adds(out, text);
			if (*text && strcmp(text, " ") != 0)
				end = out->len;
		}
		out->len = end;
		buf_addc(out, '\n');
	}
}

bool canvas_row_equal(const struct canvas *a, const struct canvas *b, int row)
{
	return memcmp(canvas_cell(a, row, 0), canvas_cell(b, row, 0),
		      (size_t)a->columns * sizeof(struct cell)) == 0;
}
