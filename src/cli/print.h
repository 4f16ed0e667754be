/*
 * Printing for people: rows in colour where the terminal has it, tables as
 * docker aligns them, JSON documents.
 */
#pragma once

#include <stdio.h>

#include "base/buf.h"
#include "view/row.h"

/* --color, then NO_COLOR, then TERM=dumb, then whether out is a terminal. */
bool print_in_color(FILE *out, const char *option);
/* Whether lines and glyphs must be ASCII: the locale is not UTF-8. */
bool print_ascii(void);
/* Columns of the terminal behind out, or 0 where there is none. */
int print_width(FILE *out);
void print_rows(FILE *out, const struct rows *rows, bool color);

/* Cells of one table, row by row; printed as docker's tabwriter does
 * (columns at least 10 wide, three blanks between). */
struct table {
	struct strv cells;
	size_t columns;
};
void table_print(FILE *out, const struct table *table);
