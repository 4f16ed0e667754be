/*
 * The row of a folded stage: its FROM and what its steps are, as much of both
 * as there is room for.
 */
#pragma once

#include "tui/model.h"

/* mistakes: of the lines that do not show; from: the whole FROM, as coloured.
 * At most so many columns. */
void stage_row(const struct model *model, int stage, int mistakes,
	       const struct row *from, int columns, struct row *out);
