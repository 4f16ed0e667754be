/* The keys of a terminal, as curses reads them. */
#pragma once

#include <stdint.h>
#include <wchar.h>

/* Tells curses of keys that descriptions of terminals leave out. */
void term_keys_define(void);
/* c: as getch gives it; typed: of a character that is not whole yet, at first
 * all 0. A character or KEYCODE_*, KEYCODE_NONE: none (yet). */
uint32_t term_key(mbstate_t *typed, int c);
