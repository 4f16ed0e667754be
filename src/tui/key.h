/*
 * Keys as numbers: a character is itself, the others lie beyond Unicode.
 */
#pragma once

#include <stdint.h>

enum key_code {
	KEYCODE_NONE = 0,
	KEYCODE_ESC = 27,
	KEYCODE_NAMED = 0x110000,
	KEYCODE_ENTER, KEYCODE_TAB, KEYCODE_BACKTAB, KEYCODE_BACKSPACE,
	KEYCODE_UP, KEYCODE_DOWN, KEYCODE_LEFT, KEYCODE_RIGHT,
	KEYCODE_PAGE_UP, KEYCODE_PAGE_DOWN, KEYCODE_HOME, KEYCODE_END,
	KEYCODE_DELETE, KEYCODE_WORD_LEFT, KEYCODE_WORD_RIGHT,
	KEYCODE_F1, KEYCODE_F12 = KEYCODE_F1 + 11,
	KEYCODE_PASTE, KEYCODE_PASTE_END, /* round what was pasted */
};

/* "j", "Up", "PgDn", "Ctrl-L", "F1", "Esc", …; 0 if it is no key. */
uint32_t key_parse(const char *name);
