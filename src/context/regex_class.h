/*
 * Character classes of RE2: "\d", "[:alpha:]", "[a-z]", and escapes.
 */
#pragma once

#include "context/regex_parse.h"

/* What is left to read. */
struct regex_text {
	const char *at, *end;
};

/* The next character; false at the end. Invalid bytes read as U+FFFD. */
bool regex_next(struct regex_text *text, uint32_t *rune);
/* What stands behind a backslash, if it is one character. */
bool regex_escape(struct regex_text *text, uint32_t *rune);
/* "d", "W"… behind a backslash: adds its ranges. */
bool regex_perl_class(struct arena *arena, char letter,
		      struct regex_class *out);
/* Everything behind "[". */
bool regex_bracket(struct arena *arena, struct regex_text *text,
		   struct regex_class *out);
bool regex_class_has(const struct regex_class *class, uint32_t rune);
