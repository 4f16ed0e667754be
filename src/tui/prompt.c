/* Knows what keys do to a line that is typed. */
#include "tui/prompt.h"

#include <string.h>

#include "base/utf8.h"
#include "tui/key.h"

#define CTRL(c) ((c) & 0x1f)

void prompt_release(struct prompt *prompt)
{
	buf_release(&prompt->text);
	free(prompt->kept);
	strv_release(&prompt->offers);
	*prompt = (struct prompt){ 0 };
}

const char *prompt_text(const struct prompt *prompt)
{
	return prompt->text.len ? prompt->text.data : "";
}

static void set_text(struct prompt *prompt, const char *text)
{
	AUTO_FREE char *copy = mem_strdup(text);

	buf_clear(&prompt->text);
	buf_adds(&prompt->text, copy);
	prompt->cursor = prompt->text.len;
}

void prompt_open(struct prompt *prompt, const char *label, const char *text,
		 struct strv *history)
{
	prompt->open = true;
	prompt->label = label;
	set_text(prompt, text ? text : "");
	prompt->history = history;
	prompt->at = history ? history->count : 0;
	strv_release(&prompt->offers);
}

void prompt_remember(struct strv *history, const char *line)
{
	struct strv kept = { 0 };
	size_t from = history->count >= PROMPT_HISTORY ? 1 : 0;

	if (!*line)
		return;
	for (size_t i = from; i < history->count; i++)
		if (strcmp(history->items[i], line) != 0)
			strv_add(&kept, history->items[i]);
	strv_add(&kept, line);
	strv_release(history);
	*history = kept;
}

/* ---- editing ---- */

static bool is_tail(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static size_t before(const struct prompt *prompt, size_t at)
{
	while (at && is_tail(prompt->text.data[--at]))
		;
	return at;
}

static size_t behind(const struct prompt *prompt, size_t at)
{
	if (at < prompt->text.len)
		at++;
	while (at < prompt->text.len && is_tail(prompt->text.data[at]))
		at++;
	return at;
}

static size_t word_before(const struct prompt *prompt)
{
	size_t at = prompt->cursor;

	while (at && prompt->text.data[at - 1] == ' ')
		at--;
	while (at && prompt->text.data[at - 1] != ' ')
		at--;
	return at;
}

static enum prompt_did cut(struct prompt *prompt, size_t from, size_t to)
{
	struct buf *text = &prompt->text;

	if (from >= to)
		return PROMPT_NOTHING;
	memmove(text->data + from, text->data + to, text->len - to + 1);
	text->len -= to - from;
	prompt->cursor = from;
	return PROMPT_CHANGED;
}

static enum prompt_did insert(struct prompt *prompt, uint32_t key)
{
	AUTO(buf_release) struct buf all = BUF_INIT;
	AUTO_FREE char *rest = mem_strdup(prompt_text(prompt) +
					  prompt->cursor);

	if (prompt->text.len + 4 > PROMPT_MAX)
		return PROMPT_NOTHING;
	buf_add(&all, prompt_text(prompt), prompt->cursor);
	utf8_append(&all, key);
	prompt->cursor = all.len;
	buf_adds(&all, rest);
	buf_clear(&prompt->text);
	buf_add(&prompt->text, all.data, all.len);
	return PROMPT_CHANGED;
}

/* ---- what was typed before ---- */

static enum prompt_did recall(struct prompt *prompt, int dir)
{
	struct strv *history = prompt->history;

	if (!history || (dir < 0 ? !prompt->at :
				   prompt->at >= history->count))
		return PROMPT_NOTHING;
	if (prompt->at == history->count) {
		free(prompt->kept);
		prompt->kept = mem_strdup(prompt_text(prompt));
	}
	prompt->at = dir < 0 ? prompt->at - 1 : prompt->at + 1;
	set_text(prompt, prompt->at < history->count ?
				 history->items[prompt->at] : prompt->kept);
	return PROMPT_CHANGED;
}

/* ---- completion ---- */

static size_t common(const struct strv *words)
{
	size_t len = strlen(words->items[0]);

	for (size_t i = 1; i < words->count; i++) {
		size_t same = 0;

		while (same < len &&
		       words->items[i][same] == words->items[0][same])
			same++;
		len = same;
	}
	return len;
}

/* The first time as far as all agree, then one after the other. */
static enum prompt_did complete(struct prompt *prompt, int dir)
{
	struct strv *offers = &prompt->offers;
	AUTO_FREE char *start = NULL;
	size_t n;

	if (!prompt->complete)
		return PROMPT_NOTHING;
	if (offers->count) {
		n = offers->count;
		prompt->offered = prompt->offered == n ?
			(dir > 0 ? 0 : n - 1) :
			(prompt->offered + n + (size_t)dir) % n;
		set_text(prompt, offers->items[prompt->offered]);
		return PROMPT_CHANGED;
	}
	prompt->complete(prompt->complete_arg, prompt_text(prompt), offers);
	if (!offers->count)
		return PROMPT_NOTHING;
	prompt->offered = offers->count;
	start = mem_strndup(offers->items[0], common(offers));
	if (strlen(start) > prompt->text.len)
		set_text(prompt, start);
	if (offers->count == 1)
		strv_release(offers);
	return PROMPT_CHANGED;
}

static enum prompt_did erase(struct prompt *prompt)
{
	if (prompt->text.len)
		return cut(prompt, before(prompt, prompt->cursor),
			   prompt->cursor);
	prompt->open = false;
	return PROMPT_LEFT;
}

static enum prompt_did moved(struct prompt *prompt, size_t to)
{
	prompt->cursor = to;
	return PROMPT_NOTHING;
}

static enum prompt_did edit(struct prompt *prompt, uint32_t key)
{
	switch (key) {
	case KEYCODE_ENTER:
		prompt->open = false;
		if (prompt->history)
			prompt_remember(prompt->history, prompt_text(prompt));
		return PROMPT_ACCEPTED;
	case KEYCODE_ESC:
		prompt->open = false;
		return PROMPT_LEFT;
	case KEYCODE_BACKSPACE:
		return erase(prompt);
	case KEYCODE_DELETE:
		return cut(prompt, prompt->cursor,
			   behind(prompt, prompt->cursor));
	case CTRL('U'):
		return cut(prompt, 0, prompt->cursor);
	case CTRL('K'):
		return cut(prompt, prompt->cursor, prompt->text.len);
	case CTRL('W'):
		return cut(prompt, word_before(prompt), prompt->cursor);
	case KEYCODE_LEFT:
		return moved(prompt, before(prompt, prompt->cursor));
	case KEYCODE_RIGHT:
		return moved(prompt, behind(prompt, prompt->cursor));
	case KEYCODE_HOME:
	case CTRL('A'):
		return moved(prompt, 0);
	case KEYCODE_END:
	case CTRL('E'):
		return moved(prompt, prompt->text.len);
	case KEYCODE_UP:
	case CTRL('P'):
		return recall(prompt, -1);
	case KEYCODE_DOWN:
	case CTRL('N'):
		return recall(prompt, 1);
	default:
		return key >= ' ' && key < KEYCODE_NAMED ?
			insert(prompt, key) : PROMPT_NOTHING;
	}
}

enum prompt_did prompt_key(struct prompt *prompt, uint32_t key)
{
	if (key == KEYCODE_TAB)
		return complete(prompt, 1);
	if (key == KEYCODE_BACKTAB)
		return complete(prompt, -1);
	strv_release(&prompt->offers);
	return edit(prompt, key);
}
