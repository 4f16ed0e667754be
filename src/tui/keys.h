/*
 * The user's key file, read; and the verb that prints the keys there are.
 */
#pragma once

#include "tui/keymap.h"
#include "tui/settings.h"

/* Reads it (NULL: where the user has one, if there is one) over what is
 * there; what was not understood is in problems. -1: it cannot be read. */
int keys_load(const char *path, struct keymap *map,
	      struct settings *settings, struct strv *problems,
	      struct err *err);
/* `varve keys`: exit status. */
int keys_main(int argc, char **argv);
