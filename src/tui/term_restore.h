/*
 * The terminal as it was before, should the program crash: its modes, and the
 * bytes that leave the screen. One terminal for the process, as a crash knows
 * no other.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"

/* Keeps the modes of standard input, with no bytes yet. 0 or -1. */
int term_restore_begin(struct err *err);
/* Bytes of a capability; the pauses of old terminals "$<5>" are left out. */
void term_restore_add(const char *text);
/* Crashes restore from now on; */
void term_restore_prepare(void);
/* but not while the screen is left. */
void term_restore_on(bool on);
