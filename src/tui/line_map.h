/*
 * Where the lines of a text are in what it became. Borrows both texts; lines
 * count from 1.
 */
#pragma once

#include <stddef.h>

struct line_map {
	const char *old_mid, *new_mid; /* what differs, whole lines */
	int head;                      /* equal lines before it */
	int old_lines, new_lines;      /* of what differs */
};
void line_map_make(const char *old, const char *now, struct line_map *out);
/* The line that a line is now; 0: it is gone. */
int line_map_at(const struct line_map *map, int line);
