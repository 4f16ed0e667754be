/*
 * The syntax tree between regex_parse.c and regex.c; nobody else needs it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct arena;

enum regex_kind {
	REGEX_EMPTY,
	REGEX_CHAR,
	REGEX_ANY,    /* all but a newline */
	REGEX_CLASS,
	REGEX_BEGIN,
	REGEX_END,
	REGEX_WORD,   /* at a word's boundary */
	REGEX_NO_WORD,
	REGEX_CAT,
	REGEX_ALT,
	REGEX_REPEAT, /* the first child, min to max times; max -1: any */
};

struct regex_range {
	uint32_t low, high;
	struct regex_range *next;
};

struct regex_class {
	struct regex_range *ranges;
	bool negated;
};

struct regex_node {
	enum regex_kind kind;
	uint32_t rune;
	const struct regex_class *class;
	int min, max;
	struct regex_node *first, *last, *next; /* children; next sibling */
};

/* NULL: not an expression. */
struct regex_node *regex_parse(struct arena *arena, struct span text);
