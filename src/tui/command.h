/*
 * What can be said after `:`: every action by its name, a line's number, and
 * the words of one more table. A beginning that only one of them has will do.
 */
#pragma once

#include "tui/prompt.h"

struct app;

void command_run(struct app *app, const char *line);
/* Writes the screen that `still` asked for, if nothing runs now. */
void command_poll_still(struct app *app);
prompt_completer command_complete; /* of a struct app */
/* The i-th word that is no action and what it does; NULL: there is none. */
const char *command_name(size_t i, const char **text);
