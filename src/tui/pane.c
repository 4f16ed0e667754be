/* Knows how every list moves, scrolls, is searched and drawn. */
#include "tui/pane.h"

#include <ctype.h>
#include <string.h>

#define WHEEL_ROWS 3

static int clamp(int n, int low, int high)
{
	return n > high ? (high < low ? low : high) : n < low ? low : n;
}

void pane_go(struct pane *pane, int index)
{
	pane->cursor = clamp(index, 0, pane->count - 1);
}

/* The cursor stays in sight and the last rows fill the pane. */
static void keep_in_sight(struct pane *pane)
{
	int height = pane->height > 0 ? pane->height : 1;

	pane->cursor = clamp(pane->cursor, 0, pane->count - 1);
	if (pane->top > pane->cursor)
		pane->top = pane->cursor;
	if (pane->top < pane->cursor - height + 1)
		pane->top = pane->cursor - height + 1;
	pane->top = clamp(pane->top, 0, pane->count - height);
}

void pane_update(struct pane *pane, const struct model *model,
		 const struct area *area)
{
	pane->height = area->rows - 1;
	pane->ascii = model->ascii;
	pane->ops->update(pane, model, area->columns - PANE_MARK);
	keep_in_sight(pane);
}

bool pane_act(struct pane *pane, enum action action)
{
	int page = pane->height > 1 ? pane->height - 1 : 1;

	if (pane->ops->act && pane->ops->act(pane, action))
		return true;
	switch ((int)action) {
	case ACTION_UP:
		pane_go(pane, pane->cursor - 1);
		break;
	case ACTION_DOWN:
		pane_go(pane, pane->cursor + 1);
		break;
	case ACTION_PAGE_UP:
		pane_go(pane, pane->cursor - page);
		break;
	case ACTION_PAGE_DOWN:
		pane_go(pane, pane->cursor + page);
		break;
	case ACTION_FIRST:
		pane_go(pane, 0);
		break;
	case ACTION_LAST:
		pane_go(pane, pane->count - 1);
		break;
	case ACTION_LEFT:
		pane->left = clamp(pane->left - 8, 0, 4096);
		return true;
	case ACTION_RIGHT:
		pane->left = clamp(pane->left + 8, 0, 4096);
		return true;
	default:
		return false;
	}
	keep_in_sight(pane);
	return true;
}

void pane_scroll(struct pane *pane, int dir)
{
	int height = pane->height > 0 ? pane->height : 1;

	pane->top = clamp(pane->top + dir * WHEEL_ROWS, 0,
			  pane->count - height);
	pane->cursor = clamp(pane->cursor, pane->top, pane->top + height - 1);
	keep_in_sight(pane);
}

bool pane_click(struct pane *pane, const struct area *area, int row)
{
	int index = pane->top + row - area->row - 1; /* behind the title */

	if (row <= area->row || index >= pane->count)
		return false;
	pane_go(pane, index);
	return true;
}

static bool has_upper(const char *text)
{
	for (; *text; text++)
		if (isupper((unsigned char)*text))
			return true;
	return false;
}

bool pane_matches(const char *line, const char *text)
{
	return has_upper(text) ? strstr(line, text) : strcasestr(line, text);
}

static bool row_has(const struct pane *pane, int index, const char *text)
{
	AUTO(row_release) struct row row = { 0 };
	AUTO_FREE char *words = NULL;

	if (pane->ops->has)
		return pane->ops->has(pane, index, text);
	pane->ops->row(pane, index, &row);
	words = row_text(&row);
	return pane_matches(words, text);
}

bool pane_search(struct pane *pane, const char *text, int from, int dir)
{
	for (int i = 0; i < pane->count && *text; i++) {
		int at = from + i * dir;

		at = ((at % pane->count) + pane->count) % pane->count;
		if (!row_has(pane, at, text))
			continue;
		pane_go(pane, at);
		keep_in_sight(pane);
		return true;
	}
	return false;
}

bool pane_search_all(struct pane *pane, const char *text, int row, int dir,
		     bool next)
{
	int at = pane->ops->reveal && *text ?
		pane->ops->reveal(pane, text, row, dir, next) : -1;

	if (at < 0)
		return pane_search(pane, text, next ? row + dir : row, dir);
	/* What matches may be cut off where it is drawn. */
	pane_go(pane, at);
	keep_in_sight(pane);
	return true;
}

static void draw_empty(const struct pane *pane, struct canvas *canvas,
		       const struct area *body)
{
	const char *text = pane->ops->empty ? pane->ops->empty(pane) : NULL;
	AUTO(rows_release) struct rows rows = { 0 };
	struct flow flow = { .rows = &rows, .link = -1, .indent = 0,
			     .width = body->columns - 2 };

	if (!text)
		return;
	flow_words(&flow, STYLE_DIM, text);
	for (size_t i = 0; i < rows.count; i++)
		canvas_row(canvas, body, (int)i, 1, &rows.items[i], 0);
}

/* That there is more than what is seen, and where: "1-6 of 9". */
static void draw_position(const struct pane *pane, struct canvas *canvas,
			  const struct area *area, int title)
{
	int last = pane->top + area->rows - 1, column;
	AUTO_FREE char *text = NULL;

	if (area->rows < 2 || (last >= pane->count && !pane->top))
		return;
	if (last > pane->count)
		last = pane->count;
	text = mem_printf(" %d-%d of %d ", pane->top + 1, last, pane->count);
	column = area->columns - text_width(text) - 1;
	/* The title begins at the third column; brackets may be round it. */
	if (column > title + 3)
		canvas_text(canvas, area, 0, column, STYLE_DIM, text);
}

static void draw_scrolled(const struct pane *pane, struct canvas *canvas,
			  const struct area *body, int y,
			  const struct row *row)
{
	bool here = pane->top + y == pane->cursor;
	int left = pane->alone && !here ? 0 : pane->left;
	int stays = PANE_MARK + pane->fixed;
	struct area head = *body, rest = *body;

	if (!left || stays >= body->columns) {
		canvas_row(canvas, body, y, PANE_MARK, row, left);
		return;
	}
	head.columns = stays;
	rest.column += stays;
	rest.columns -= stays;
	canvas_row(canvas, &head, y, PANE_MARK, row, 0);
	canvas_row(canvas, &rest, y, 0, row, pane->fixed + left);
}

void pane_draw(const struct pane *pane, struct canvas *canvas,
	       const struct area *area, bool focused)
{
	AUTO(row_release) struct row title = { 0 };
	struct area body = { area->row + 1, area->column, area->rows - 1,
			     area->columns };

	pane->ops->title(pane, &title);
	row_fit(&title, area->columns - 5, pane->ascii);
	canvas_rule(canvas, area, 0, &title, focused, pane->ascii);
	draw_position(pane, canvas, area, row_width(&title));
	if (!pane->count)
		draw_empty(pane, canvas, &body);
	for (int y = 0; y < body.rows && pane->top + y < pane->count; y++) {
		AUTO(row_release) struct row row = { 0 };
		bool here = pane->top + y == pane->cursor;

		pane->ops->row(pane, pane->top + y, &row);
		draw_scrolled(pane, canvas, &body, y, &row);
		if (!here)
			continue;
		/* A cursor that nothing hangs on is shown while it is used. */
		if (focused || (pane->ops->marked && pane->ops->marked(pane)))
			canvas_text(canvas, &body, y, 0,
				    focused ? STYLE_BOLD : STYLE_DIM, ">");
		if (focused)
			canvas_select(canvas, &body, y);
	}
}
