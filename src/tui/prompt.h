/*
 * A line that is typed: `:`, `/`, a filter. It has a cursor, the lines that
 * were typed before, and words to complete with.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "tui/keymap.h"

#define PROMPT_MAX 1024    /* bytes that can be typed */
#define PROMPT_HISTORY 100 /* lines that are kept */

/* Whole lines that a line can become; none: nothing is known. */
typedef void prompt_completer(const void *arg, const char *line,
			      struct strv *out);

struct prompt {
	bool open;
	const char *label;     /* before the line; borrowed */
	struct buf text;
	size_t cursor;         /* in bytes */
	struct strv *history;  /* oldest first; borrowed, may be NULL */
	size_t at;             /* in it; its count: the line itself */
	char *kept;            /* the line, while an old one is shown */
	prompt_completer *complete; /* or NULL */
	const void *complete_arg;
	struct strv offers;    /* after Tab, as long as nothing else comes */
	size_t offered;        /* which of them is shown; their count: none */
};
void prompt_release(struct prompt *prompt);
/* text: what stands there at first, or NULL. */
void prompt_open(struct prompt *prompt, const char *label, const char *text,
		 struct strv *history);
const char *prompt_text(const struct prompt *prompt);

enum prompt_did {
	PROMPT_NOTHING,
	PROMPT_CHANGED,  /* the text is another one */
	PROMPT_ACCEPTED, /* Enter; it is closed, its text still there */
	PROMPT_LEFT,     /* Esc, or Backspace where there is nothing */
};
enum prompt_did prompt_key(struct prompt *prompt, const struct keymap *keys,
			   uint32_t key);
/* As the last line, once, unless it is empty. */
void prompt_remember(struct strv *history, const char *line);
