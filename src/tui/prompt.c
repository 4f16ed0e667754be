/* Knows what each action does to a line that is typed. */
#include "tui/prompt.h"

#include <string.h>

#include "base/utf8.h"

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

/* ---- keys ---- */

static enum prompt_did accept(struct prompt *prompt)
{
	prompt->open = false;
	if (prompt->history)
		prompt_remember(prompt->history, prompt_text(prompt));
	return PROMPT_ACCEPTED;
}

static enum prompt_did leave(struct prompt *prompt)
{
	prompt->open = false;
	return PROMPT_LEFT;
}

static enum prompt_did next(struct prompt *prompt)
{
	return complete(prompt, 1);
}

static enum prompt_did previous(struct prompt *prompt)
{
	return complete(prompt, -1);
}

static enum prompt_did older(struct prompt *prompt)
{
	return recall(prompt, -1);
}

static enum prompt_did newer(struct prompt *prompt)
{
	return recall(prompt, 1);
}

static enum prompt_did moved(struct prompt *prompt, size_t to)
{
	prompt->cursor = to;
	return PROMPT_NOTHING;
}

static enum prompt_did left(struct prompt *prompt)
{
	return moved(prompt, before(prompt, prompt->cursor));
}

static enum prompt_did right(struct prompt *prompt)
{
	return moved(prompt, behind(prompt, prompt->cursor));
}

static enum prompt_did start(struct prompt *prompt)
{
	return moved(prompt, 0);
}

static enum prompt_did end(struct prompt *prompt)
{
	return moved(prompt, prompt->text.len);
}

static enum prompt_did backspace(struct prompt *prompt)
{
	if (!prompt->text.len)
		return leave(prompt);
	return cut(prompt, before(prompt, prompt->cursor), prompt->cursor);
}

static enum prompt_did delete(struct prompt *prompt)
{
	return cut(prompt, prompt->cursor, behind(prompt, prompt->cursor));
}

static enum prompt_did cut_word(struct prompt *prompt)
{
	return cut(prompt, word_before(prompt), prompt->cursor);
}

static enum prompt_did cut_start(struct prompt *prompt)
{
	return cut(prompt, 0, prompt->cursor);
}

static enum prompt_did cut_end(struct prompt *prompt)
{
	return cut(prompt, prompt->cursor, prompt->text.len);
}

static const struct {
	enum action action;
	enum prompt_did (*act)(struct prompt *prompt);
} acts[] = {
	{ ACTION_PROMPT_ENTER, accept }, { ACTION_PROMPT_LEAVE, leave },
	{ ACTION_PROMPT_NEXT, next }, { ACTION_PROMPT_PREVIOUS, previous },
	{ ACTION_PROMPT_OLDER, older }, { ACTION_PROMPT_NEWER, newer },
	{ ACTION_PROMPT_LEFT, left }, { ACTION_PROMPT_RIGHT, right },
	{ ACTION_PROMPT_START, start }, { ACTION_PROMPT_END, end },
	{ ACTION_PROMPT_BACKSPACE, backspace },
	{ ACTION_PROMPT_DELETE, delete },
	{ ACTION_PROMPT_CUT_WORD, cut_word },
	{ ACTION_PROMPT_CUT_START, cut_start },
	{ ACTION_PROMPT_CUT_END, cut_end },
};

enum prompt_did prompt_key(struct prompt *prompt, const struct keymap *keys,
			   uint32_t key)
{
	enum action action = keymap_action(keys, key, CONTEXT_PROMPT);

	if (action != ACTION_PROMPT_NEXT && action != ACTION_PROMPT_PREVIOUS)
		strv_release(&prompt->offers);
	for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++)
		if (acts[i].action == action)
			return acts[i].act(prompt);
	return key >= ' ' && key < KEYCODE_NAMED ? insert(prompt, key) :
						   PROMPT_NOTHING;
}
