/*
 * What a user sets: in the key file, by `:set` and by options; one table.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "view/palette.h"

struct settings {
	enum palette palette;
	bool ascii;
	bool mouse;
};
#define SETTINGS_INIT { .palette = PALETTE_DARK, .mouse = true }

/* "palette=light", "mouse=no", "mouse" (yes), "nomouse". */
int settings_set(struct settings *settings, const char *text,
		 struct err *err);
/* "palette=dark ascii=no mouse=yes"; owned. */
char *settings_text(const struct settings *settings);
/* What can follow `set`: each name with each of its values. */
void settings_words(struct strv *out);
