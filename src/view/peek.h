/*
 * One file looked at as text or as bytes, whatever its size: what is kept is
 * a mark for every few hundred rows, the rows are read when they are shown.
 */
#pragma once

#include "base/err.h"
#include "view/row.h"

#define PEEK_TEXT_MAX ((uint64_t)256 << 20) /* bytes that are cut into lines */

struct peek {
	int fd;              /* owned */
	uint64_t size;
	bool hex;            /* set at first if there are NULs */
	size_t hex_bytes;    /* of a row of them */
	uint64_t *marks;     /* where every PEEK_STEP-th row of text begins */
	size_t mark_count;
	size_t lines;        /* rows of text */
	bool cut;            /* the text goes on behind PEEK_TEXT_MAX */
};
/* Takes fd over. */
int peek_open(int fd, struct peek *out, struct err *err);
void peek_release(struct peek *peek);
AUTO_DEFINE_IN_PLACE(struct peek, peek_release)
size_t peek_count(const struct peek *peek); /* rows, as it is shown */
/* Where 16 bytes of hex and their text do not fit a row has 8. Returns the row
 * that begins with, or holds, what row index begins with. */
size_t peek_fit(struct peek *peek, int columns, size_t index);
void peek_row(const struct peek *peek, size_t index, struct row *out);
/* The next row from index on in a direction, around, that holds the text
 * (smart-case; of bytes: where the text's own begin, exactly); count: none. */
size_t peek_find(const struct peek *peek, const char *text, size_t index,
		 int dir);
