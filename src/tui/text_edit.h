/*
 * A text under edit: bytes, a cursor, and every change since it was opened.
 * Knows nothing of a screen; lines and columns count from 0, columns in bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum text_move {
	TEXT_LEFT, TEXT_RIGHT, TEXT_UP, TEXT_DOWN, TEXT_WORD_LEFT,
	TEXT_WORD_RIGHT, TEXT_LINE_START, TEXT_LINE_END, TEXT_START, TEXT_END,
};
/* What is done to the cursor's line or around the cursor. */
enum text_change {
	TEXT_NEWLINE,       /* with the line end that the line has */
	TEXT_BACKSPACE, TEXT_DELETE, TEXT_DELETE_WORD, /* the word before */
	TEXT_DELETE_LINE, TEXT_DUPLICATE, TEXT_LINE_ABOVE, TEXT_LINE_BELOW,
	TEXT_JOIN,          /* with the next line, one blank between */
	TEXT_COMMENT,       /* "# " before the line, or away */
};

struct text_edit;
struct text_edit *text_edit_new(const char *text, size_t len);
void text_edit_free(struct text_edit *edit);
AUTO_DEFINE(struct text_edit, text_edit_free)

/* NUL-terminated, borrowed until the next change. */
const char *text_edit_text(const struct text_edit *edit, size_t *len);
/* A text that ends with a newline has an empty line after it. */
int text_edit_lines(const struct text_edit *edit);
/* Without its line end; "\r" before the newline belongs to that. */
struct span text_edit_line(const struct text_edit *edit, int line);
void text_edit_where(const struct text_edit *edit, int *line, int *column);
/* Clamped to what there is, and to the start of a character. */
void text_edit_go(struct text_edit *edit, int line, int column);

/* false: nothing moved or changed. */
bool text_edit_move(struct text_edit *edit, enum text_move move);
bool text_edit_change(struct text_edit *edit, enum text_change change);
/* Lines that belong together. */
struct text_block {
	int lines;   /* from the cursor's on */
	int other;   /* of the block beside it that it is moved past */
	char escape; /* ends a line that goes on; 0: none does */
	bool inside; /* of something that goes on: it still does, and ends */
};
/* The same to such lines; what is no change of whole lines is as above. */
bool text_edit_change_block(struct text_edit *edit, enum text_change change,
			    const struct text_block *block);
void text_edit_insert(struct text_edit *edit, const char *text, size_t len);
/* Takes over another text by changing only what differs, as one change. */
bool text_edit_take(struct text_edit *edit, const char *text, size_t len);

/* Back and forth, a word's typing at a time; the cursor goes along. */
bool text_edit_undo(struct text_edit *edit);
bool text_edit_redo(struct text_edit *edit);
/* The next change is not joined with those before it. */
void text_edit_pause(struct text_edit *edit);

/* Whether the text differs from what was opened or last marked as saved. */
bool text_edit_modified(const struct text_edit *edit);
void text_edit_saved(struct text_edit *edit);
