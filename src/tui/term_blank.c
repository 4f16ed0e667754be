/* Knows which blanks are painted as what is before them. */
#include "tui/term_blank.h"

#define FEW_BLANKS 4

static bool is_bare(enum palette palette, const struct cell *cell)
{
	const struct look *look = palette_look(palette, cell->style);

	return cell->text[0] == ' ' && !cell->text[1] && !cell->selected &&
	       !(look->attributes & (LOOK_UNDERLINE | LOOK_REVERSE));
}

const struct cell *term_lender(enum palette palette,
			       const struct canvas *canvas, int row,
			       int column)
{
	const struct cell *cell = canvas_cell(canvas, row, column);
	const struct cell *before = cell, *end = cell;
	const struct cell *last = canvas_cell(canvas, row,
					      canvas->columns - 1);

	while (column > 0 && cell - before <= FEW_BLANKS &&
	       is_bare(palette, before)) {
		before--;
		column--;
	}
	while (end < last && end - before <= FEW_BLANKS &&
	       is_bare(palette, end))
		end++;
	if (is_bare(palette, before) || is_bare(palette, end) ||
	    before->selected || before->style == STYLE_LINE ||
	    palette_look(palette, before->style)->attributes &
		    (LOOK_UNDERLINE | LOOK_REVERSE))
		return cell;
	return before;
}
