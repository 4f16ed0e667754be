/*
 * Values of build arguments and variables whose name looks secret are shown
 * as the first digits of their digest. Keys themselves are never touched.
 */
#pragma once

#include "plan/walk.h"

bool secret_name(const char *name, size_t len);
/* The value, or its digest if the name looks secret; owned; NULL of NULL. */
char *secret_value(const char *name, const char *value, bool show_args);
/* "NAME=value" with the value hidden if NAME looks secret; owned. */
char *secret_word(const char *word, bool show_args);
/* A text without the values of the plan's secret build arguments; owned. */
char *secret_hide(const struct plan *plan, const char *text);
void secret_hide_reason(const struct plan *plan, struct step *step);
