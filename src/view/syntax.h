/*
 * The colours of a Dockerfile: a style for each byte, from the places that
 * the parser noted. What it did not understand stays plain.
 */
#pragma once

#include "dockerfile/dockerfile.h"
#include "view/row.h"

struct syntax {
	unsigned char *styles; /* enum style, one for each byte of the text */
	size_t len;
	size_t *starts;        /* [line - 1]: offset of its first byte */
	size_t line_count;
};
/* file: parsed from that very text. */
void syntax_make(const struct dockerfile *file, const char *text, size_t len,
		 struct syntax *out);
void syntax_release(struct syntax *syntax);
AUTO_DEFINE_IN_PLACE(struct syntax, syntax_release)
/* A line (from 1) of that text as spans, tabs spread, without its line end. */
void syntax_row(const struct syntax *syntax, const char *text, int line,
		struct row *out);
