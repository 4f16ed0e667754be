/* Knows which bytes of a terminal are which key. */
#include "tui/term_keys.h"

#include <curses.h>
#include <string.h>

#include "base/mem.h"
#include "tui/key.h"

/* Beyond what curses counts itself. */
enum { PASTE_BEGINS = 2000, PASTE_ENDS, WORD_LEFT, WORD_RIGHT };

static const struct {
	int curses;
	uint32_t key;
} keys[] = {
	{ KEY_UP, KEYCODE_UP }, { KEY_DOWN, KEYCODE_DOWN },
	{ KEY_LEFT, KEYCODE_LEFT }, { KEY_RIGHT, KEYCODE_RIGHT },
	{ KEY_PPAGE, KEYCODE_PAGE_UP }, { KEY_NPAGE, KEYCODE_PAGE_DOWN },
	{ KEY_HOME, KEYCODE_HOME }, { KEY_END, KEYCODE_END },
	{ KEY_BTAB, KEYCODE_BACKTAB }, { KEY_ENTER, KEYCODE_ENTER },
	{ KEY_BACKSPACE, KEYCODE_BACKSPACE }, { KEY_DC, KEYCODE_DELETE },
	{ WORD_LEFT, KEYCODE_WORD_LEFT }, { WORD_RIGHT, KEYCODE_WORD_RIGHT },
	{ PASTE_BEGINS, KEYCODE_PASTE }, { PASTE_ENDS, KEYCODE_PASTE_END },
};

/* What terminals send although their description does not say so. */
static const struct {
	const char *bytes;
	int curses;
} gaps[] = {
	{ "\033[H", KEY_HOME }, { "\033[F", KEY_END },
	{ "\033OH", KEY_HOME }, { "\033OF", KEY_END },
	{ "\033[1~", KEY_HOME }, { "\033[4~", KEY_END },
	{ "\033[7~", KEY_HOME }, { "\033[8~", KEY_END },
	{ "\033[A", KEY_UP }, { "\033[B", KEY_DOWN },
	{ "\033[C", KEY_RIGHT }, { "\033[D", KEY_LEFT },
	{ "\033[Z", KEY_BTAB }, { "\033OP", KEY_F(1) },
	{ "\033[11~", KEY_F(1) }, { "\033[[A", KEY_F(1) },
	{ "\033[200~", PASTE_BEGINS }, { "\033[201~", PASTE_ENDS },
};

/* The same held with Shift (2), Alt (3), Ctrl (5) or more of them: where the
 * description does not have these, their bytes would be Esc and other keys. */
static const struct {
	char first, last;
	int curses, far; /* with Alt or Ctrl */
} held_keys[] = {
	{ '1', 'A', KEY_UP, KEY_UP }, { '1', 'B', KEY_DOWN, KEY_DOWN },
	{ '1', 'C', KEY_RIGHT, WORD_RIGHT }, { '1', 'D', KEY_LEFT, WORD_LEFT },
	{ '1', 'H', KEY_HOME, KEY_HOME }, { '1', 'F', KEY_END, KEY_END },
	{ '3', '~', KEY_DC, KEY_DC }, { '5', '~', KEY_PPAGE, KEY_PPAGE },
	{ '6', '~', KEY_NPAGE, KEY_NPAGE },
};

void term_keys_define(void)
{
	for (size_t i = 0; i < sizeof(gaps) / sizeof(*gaps); i++)
		define_key(gaps[i].bytes, gaps[i].curses);
	for (size_t i = 0; i < sizeof(held_keys) / sizeof(*held_keys); i++)
		for (int held = 2; held <= 8; held++) {
			AUTO_FREE char *bytes = mem_printf(
				"\033[%c;%d%c", held_keys[i].first, held,
				held_keys[i].last);

			define_key(bytes, held == 2 ? held_keys[i].curses :
						      held_keys[i].far);
		}
}

/* Characters of several bytes become one key; bytes that are none become
 * none, alone: curses' get_wch would take a hundred keys after them as well. */
static uint32_t character(mbstate_t *typed, char byte)
{
	bool within = !mbsinit(typed);
	wchar_t c = 0;
	size_t n = mbrtowc(&c, &byte, 1, typed);

	if (n == (size_t)-1) {
		memset(typed, 0, sizeof(*typed));
		return within ? character(typed, byte) : KEYCODE_NONE;
	}
	if (n == (size_t)-2 || (c >= 0xd800 && c <= 0xdfff))
		return KEYCODE_NONE;
	return (uint32_t)c;
}

uint32_t term_key(mbstate_t *typed, int c)
{
	uint32_t key;

	if (c >= KEY_MIN) {
		memset(typed, 0, sizeof(*typed));
		if (c >= KEY_F(1) && c <= KEY_F(12))
			return KEYCODE_F1 + (uint32_t)(c - KEY_F(1));
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
			if (keys[i].curses == c)
				return keys[i].key;
		return KEYCODE_NONE;
	}
	key = character(typed, (char)c);
	switch (key) {
	case '\r':
		return KEYCODE_ENTER;
	case '\t':
		return KEYCODE_TAB;
	case 0x7f:
	case '\b':
		return KEYCODE_BACKSPACE;
	default:
		return key;
	}
}
