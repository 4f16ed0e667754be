/*
 * The hint bar: the first key of what can be done now, as many as there is
 * room for; the way back and help are the last, and always there.
 */
#pragma once

#include "tui/keymap.h"
#include "view/row.h"

#define HINTS_MAX 8

struct hint {
	enum action action;
	char *key;
	const char *word;
	int column, width;
};
struct hints {
	struct hint items[HINTS_MAX];
	size_t count;
	int width;
};
/* contexts as action_valid takes them. */
void hints_make(const struct keymap *map, unsigned contexts, int columns,
		struct hints *out);
void hints_make_typing(const struct keymap *map, int columns,
		       struct hints *out);
void hints_release(struct hints *hints);
AUTO_DEFINE_IN_PLACE(struct hints, hints_release)
void hints_row(const struct hints *hints, struct row *out);
enum action hints_at(const struct hints *hints, int column);
