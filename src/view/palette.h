/*
 * How styles look: one table for the screen and the command line. A colour is
 * a number of the terminal's own (0 to 7: black, red, green, yellow, blue,
 * magenta, cyan, white), so that a user's theme holds.
 */
#pragma once

#include "view/row.h"

enum palette {
	PALETTE_DARK,  /* light letters on a dark ground: the default */
	PALETTE_LIGHT, /* dark letters on a light ground */
	PALETTE_MONO,  /* bold, underlined, reverse; no colours */
	PALETTE_HIGH_CONTRAST, /* its own black ground, bright letters */
	PALETTE_COUNT,
};

#define COLOUR_DEFAULT (-1) /* what the terminal has */

enum look_attribute {
	LOOK_BOLD = 1, LOOK_DIM = 2, LOOK_UNDERLINE = 4, LOOK_REVERSE = 8,
};
struct look {
	short colour;        /* 0 to 7, or COLOUR_DEFAULT */
	short rich;          /* of 256 colours, or COLOUR_DEFAULT: colour */
	unsigned attributes; /* LOOK_* */
};
const struct look *palette_look(enum palette palette, enum style style);
/* The first of the styles that have the colours of this one. */
enum style palette_same(enum palette palette, enum style style);
short palette_ground(enum palette palette); /* 0 to 7, or COLOUR_DEFAULT */

const char *palette_name(enum palette palette); /* "high-contrast" */
/* false: there is none of that name. */
bool palette_find(const char *name, enum palette *out);
