/*
 * A change of colours takes ten bytes, and on a blank it is not seen.
 */
#pragma once

#include "tui/canvas.h"
#include "view/palette.h"

/* The cell whose look is to be painted there: of a few blanks between words
 * what is before them; else its own. More blanks may be left out as a whole. */
const struct cell *term_lender(enum palette palette,
			       const struct canvas *canvas, int row,
			       int column);
