/*
 * A text under edit from within: for text_edit.c, text_move.c and
 * text_lines.c only.
 */
#pragma once

#include "tui/text_edit.h"

/* Bytes at a place that gave way to others. */
struct change {
	size_t at, old_len, new_len;
	char *old, *new;
	size_t before, after; /* the cursor */
	unsigned group;       /* taken back together */
};

struct text_edit {
	struct buf text;
	size_t at;
	size_t goal;          /* columns of the screen that up and down keep */
	bool has_goal;
	struct change *changes;
	size_t count, done;   /* changes[done..count) were taken back */
	unsigned group;
	bool joins;           /* the next insertion may go on with the last */
	char *saved;
	size_t saved_len;
	size_t *starts;       /* of the lines */
	int lines;
};

int text_line_of(const struct text_edit *edit, size_t at);
/* Past the line's end, its newline included. */
size_t text_line_next(const struct text_edit *edit, int line);
bool text_is_gap(char c);
/* A change of its own: so many bytes give way to others. */
void text_replace(struct text_edit *edit, size_t at, size_t old_len,
		  const char *text, size_t len, size_t cursor);
/* May go on with the change before it. */
void text_erase(struct text_edit *edit, size_t from, size_t to);

/* text_move.c: the start of the character at a place of a line, and where a
 * cursor comes to from its own. */
size_t text_cluster_start(struct span line, size_t wanted);
size_t text_back_from(const struct text_edit *edit);
size_t text_forth_from(const struct text_edit *edit);
size_t text_word_back(const struct text_edit *edit);
