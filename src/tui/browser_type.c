/* Knows what is typed in the browser: searches, filters, where to write. */
#include "tui/browser_state.h"

#include <string.h>

#define UNFOLD_MOST 2000 /* matches of a filter that are unfolded */
#define LIVE_MOST 100000 /* entries that are filtered at each key */

static const char *const prompts[] = {
	[PROMPT_NONE] = "", [PROMPT_SEARCH] = "/", [PROMPT_FILTER] =
	"filter (kind: type: size> size< path: owner:): ",
	[PROMPT_EXTRACT] = NULL, /* names what is written */
};

const struct prompt *browser_prompt(const struct browser *browser)
{
	return browser->prompt.open ? &browser->prompt : NULL;
}

bool browser_find(struct browser *browser, const char *text, int from, int dir)
{
	if (browser->focus == BROWSER_FILES)
		return files_pane_find(browser_active(browser), text, from, dir);
	return pane_search(browser_active(browser), text, from, dir);
}

void browser_ask(struct browser *browser, enum browser_prompt prompt,
		 const char *text)
{
	browser->asking = prompt;
	browser->prompt_from = browser_active(browser)->cursor;
	prompt_open(&browser->prompt,
		    prompts[prompt] ? prompts[prompt] : browser->label, text,
		    &browser->past[prompt]);
	free(browser->before);
	browser->before = mem_strdup(text ? text : "");
}

void browser_unfold_matches(struct browser *browser)
{
	const struct browse *browse = &browser->browse;

	if (!files_filter_is_empty(&browse->filter) &&
	    browse->matches <= UNFOLD_MOST)
		files_pane_unfold(browser->panes[BROWSER_FILES]);
}

bool browser_set_filter(struct browser *browser, const char *words)
{
	struct err err = ERR_INIT;
	AUTO_FREE char *copy = mem_strdup(words);

	if (browser->now && files_filter_parse(
			copy, &browser->browse.filter, &err) < 0) {
		browser_say(browser, true, "%s", err.msg);
		return false;
	}
	free(browser->filter);
	browser->filter = STEAL(copy);
	files_pane_again(browser->panes[BROWSER_FILES]);
	if (browser->now)
		browser_unfold_matches(browser);
	return true;
}

unsigned browser_kinds(const struct browser *browser)
{
	AUTO(files_filter_release) struct files_filter filter;
	struct err err = ERR_INIT;

	files_filter_init(&filter);
	if (browser->filter)
		files_filter_parse(browser->filter, &filter, &err);
	return filter.kinds;
}

static void add_kinds(struct buf *words, unsigned kinds)
{
	const char *comma = "kind:";

	if (kinds == FILES_DIFFERS) {
		buf_adds(words, "kind:differs");
		return;
	}
	for (unsigned n = 0; n < FILE_GONE; n++)
		if (kinds & FILES_KIND(n)) {
			buf_addf(words, "%s%s", comma,
				 file_state_word((enum file_state)n));
			comma = ",";
		}
}

void browser_set_kinds(struct browser *browser, unsigned kinds)
{
	const char *at = browser->filter ? browser->filter : "";
	AUTO(buf_release) struct buf words = BUF_INIT;

	for (at += strspn(at, " "); *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		if (strncmp(at, "kind:", 5) != 0) {
			buf_add(&words, at, len);
			buf_addc(&words, ' ');
		}
		at += len;
	}
	add_kinds(&words, kinds);
	browser_set_filter(browser, words.len ? words.data : "");
}

/* While it is typed, where that is quick; half a word is no mistake yet. */
static void filter_typed(struct browser *browser)
{
	const char *typed = prompt_text(&browser->prompt);
	AUTO(files_filter_release) struct files_filter filter;
	struct err err = ERR_INIT;

	files_filter_init(&filter);
	if (browser->asking == PROMPT_FILTER && browser->now &&
	    browser->now->count < LIVE_MOST &&
	    files_filter_parse(typed, &filter, &err) == 0)
		browser_set_filter(browser, typed);
}

/* The layers pane selects: what it stands on is read. */
void browser_layer_moved(struct browser *browser)
{
	size_t layer = (size_t)browser->panes[BROWSER_LAYERS]->cursor;

	if (browser->focus != BROWSER_LAYERS || layer == browser->layer)
		return;
	browser->layer = layer;
	browser_end_compare(browser);
	pane_go(browser->panes[BROWSER_FILES], 0);
	browser_load(browser);
}

static void accept(struct browser *browser)
{
	enum browser_prompt prompt = browser->asking;
	const char *typed = prompt_text(&browser->prompt);

	if (prompt == PROMPT_FILTER) {
		if (!browser_set_filter(browser, typed))
			browser_set_filter(browser, browser->before);
	} else if (prompt == PROMPT_EXTRACT) {
		browser_extract(browser, *typed ? typed : ".");
	} else if (*typed) {
		free(browser->needle);
		browser->needle = mem_strdup(typed);
		if (!browser_find(browser, typed, browser->prompt_from, 1))
			browser_say(browser, true, "not found: %s", typed);
		browser_layer_moved(browser);
	}
}

bool browser_key(struct browser *browser, const struct keymap *keys,
		 uint32_t key)
{
	if (!browser->prompt.open)
		return false;
	switch (prompt_key(&browser->prompt, keys, key)) {
	case PROMPT_NOTHING:
		break;
	case PROMPT_CHANGED:
		filter_typed(browser);
		break;
	case PROMPT_ACCEPTED:
		accept(browser);
		break;
	case PROMPT_LEFT:
		if (browser->asking == PROMPT_FILTER)
			browser_set_filter(browser, browser->before);
		break;
	}
	return true;
}
