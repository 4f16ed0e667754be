/* Knows the colours and attributes of every style. */
#include "view/palette.h"

#include <assert.h>
#include <string.h>

enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE };
#define DEFAULT COLOUR_DEFAULT
#define BOLD LOOK_BOLD
#define DIM LOOK_DIM
#define UNDER LOOK_UNDERLINE

/* A row for each style, a column for each palette. */
static const struct look looks[STYLE_COUNT][PALETTE_COUNT] = {
	/* dark; light; mono; high contrast */
	[STYLE_PLAIN] = { { DEFAULT, DEFAULT, 0 }, { DEFAULT, DEFAULT, 0 },
			  { DEFAULT, DEFAULT, 0 }, { WHITE, 15, 0 } },
	[STYLE_DIM] = { { DEFAULT, DEFAULT, DIM }, { DEFAULT, DEFAULT, DIM },
			{ DEFAULT, DEFAULT, 0 }, { WHITE, 15, 0 } },
	[STYLE_LINE] = { { DEFAULT, DEFAULT, DIM }, { DEFAULT, DEFAULT, DIM },
			{ DEFAULT, DEFAULT, 0 }, { WHITE, 15, 0 } },
	[STYLE_BOLD] = { { DEFAULT, DEFAULT, BOLD },
			 { DEFAULT, DEFAULT, BOLD },
			 { DEFAULT, DEFAULT, BOLD }, { WHITE, 15, BOLD } },
	[STYLE_TITLE] = { { DEFAULT, DEFAULT, BOLD },
			  { DEFAULT, DEFAULT, BOLD },
			  { DEFAULT, DEFAULT, BOLD }, { YELLOW, 11, BOLD } },
	[STYLE_KEY] = { { CYAN, DEFAULT, BOLD }, { BLUE, 25, BOLD },
			{ DEFAULT, DEFAULT, BOLD }, { CYAN, 14, BOLD } },
	[STYLE_HIT] = { { GREEN, DEFAULT, 0 }, { GREEN, 22, 0 },
			{ DEFAULT, DEFAULT, 0 }, { GREEN, 10, BOLD } },
	[STYLE_MISS] = { { RED, DEFAULT, BOLD }, { RED, 124, BOLD },
			 { DEFAULT, DEFAULT, BOLD },
			 { RED, 9, BOLD | UNDER } },
	[STYLE_LATE] = { { YELLOW, DEFAULT, 0 }, { MAGENTA, 90, 0 },
			 { DEFAULT, DEFAULT, UNDER }, { YELLOW, 11, BOLD } },
	[STYLE_PULL] = { { CYAN, DEFAULT, 0 }, { BLUE, 25, 0 },
			 { DEFAULT, DEFAULT, DIM | UNDER }, { CYAN, 14, 0 } },
	[STYLE_ERROR] = { { RED, DEFAULT, BOLD }, { RED, 124, BOLD },
			  { DEFAULT, DEFAULT, BOLD | UNDER },
			  { RED, 9, BOLD | UNDER } },
	[STYLE_GHOST] = { { MAGENTA, DEFAULT, 0 }, { MAGENTA, 90, 0 },
			  { DEFAULT, DEFAULT, DIM }, { MAGENTA, 13, BOLD } },
	[STYLE_LIT] = { { GREEN, DEFAULT, BOLD }, { GREEN, 22, BOLD },
			{ DEFAULT, DEFAULT, BOLD },
			{ GREEN, 10, BOLD | UNDER } },
	[STYLE_TAG] = { { CYAN, DEFAULT, BOLD }, { BLUE, 25, BOLD },
			{ DEFAULT, DEFAULT, BOLD }, { CYAN, 14, BOLD } },
	[STYLE_ID] = { { YELLOW, DEFAULT, 0 }, { BLUE, 24, 0 },
		       { DEFAULT, DEFAULT, 0 }, { YELLOW, 11, 0 } },
	[STYLE_SIZE] = { { DEFAULT, DEFAULT, 0 }, { DEFAULT, DEFAULT, 0 },
			 { DEFAULT, DEFAULT, 0 }, { WHITE, 15, 0 } },
	[STYLE_ADDED] = { { GREEN, DEFAULT, 0 }, { GREEN, 22, 0 },
			  { DEFAULT, DEFAULT, BOLD }, { GREEN, 10, BOLD } },
	[STYLE_REMOVED] = { { RED, DEFAULT, 0 }, { RED, 124, 0 },
			    { DEFAULT, DEFAULT, DIM }, { RED, 9, BOLD } },
	[STYLE_CHANGED] = { { YELLOW, DEFAULT, 0 }, { MAGENTA, 90, 0 },
			    { DEFAULT, DEFAULT, UNDER },
			    { YELLOW, 11, BOLD } },
	[STYLE_KEYWORD] = { { BLUE, DEFAULT, BOLD }, { BLUE, 19, BOLD },
			    { DEFAULT, DEFAULT, BOLD }, { CYAN, 14, BOLD } },
	[STYLE_STRING] = { { GREEN, DEFAULT, 0 }, { GREEN, 22, 0 },
			   { DEFAULT, DEFAULT, 0 }, { GREEN, 10, 0 } },
	[STYLE_COMMENT] = { { DEFAULT, DEFAULT, DIM },
			    { DEFAULT, DEFAULT, DIM },
			    { DEFAULT, DEFAULT, DIM }, { WHITE, 15, 0 } },
	[STYLE_VARIABLE] = { { MAGENTA, DEFAULT, 0 }, { MAGENTA, 90, 0 },
			     { DEFAULT, DEFAULT, 0 }, { MAGENTA, 13, 0 } },
	[STYLE_SELECTED] = { { DEFAULT, DEFAULT, LOOK_REVERSE },
			     { DEFAULT, DEFAULT, LOOK_REVERSE },
			     { DEFAULT, DEFAULT, LOOK_REVERSE },
			     { WHITE, 15, LOOK_REVERSE } },
};

static const struct {
	const char *name;
	short ground;
} palettes[PALETTE_COUNT] = {
	[PALETTE_DARK] = { "dark", DEFAULT },
	[PALETTE_LIGHT] = { "light", DEFAULT },
	[PALETTE_MONO] = { "mono", DEFAULT },
	[PALETTE_HIGH_CONTRAST] = { "high-contrast", BLACK },
};

const struct look *palette_look(enum palette palette, enum style style)
{
	assert(palette < PALETTE_COUNT && style < STYLE_COUNT);
	return &looks[style][palette];
}

enum style palette_same(enum palette palette, enum style style)
{
	const struct look *look = palette_look(palette, style);
	int same = 0;

	while (looks[same][palette].colour != look->colour ||
	       looks[same][palette].rich != look->rich)
		same++;
	return (enum style)same;
}

short palette_ground(enum palette palette)
{
	return palettes[palette].ground;
}

const char *palette_name(enum palette palette)
{
	return palettes[palette].name;
}

bool palette_find(const char *name, enum palette *out)
{
	for (int i = 0; i < PALETTE_COUNT; i++)
		if (strcmp(palettes[i].name, name) == 0) {
			*out = (enum palette)i;
			return true;
		}
	return false;
}
