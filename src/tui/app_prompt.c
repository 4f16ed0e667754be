/* Knows what is done with a line that is typed: search, filter, command. */
#include "tui/app.h"
#include "tui/command.h"

#include <string.h>

const struct prompt *app_prompt(const struct app *app)
{
	if (app->prompt.open)
		return &app->prompt;
	return browser_is_open(app->browser) && !app->popup ?
		       browser_prompt(app->browser) : NULL;
}

static void ask(struct app *app, enum asking asking, const char *label,
		const char *text)
{
	app->asking = asking;
	app->prompt_from = app_active(app)->cursor;
	app->prompt.complete = NULL;
	prompt_open(&app->prompt, label, text, &app->past[asking]);
}

/* ---- search ---- */

void app_search(struct app *app)
{
	ask(app, ASK_SEARCH, "/", NULL);
}

static void search_again(struct app *app, int dir)
{
	struct pane *pane = app_active(app);

	if (!app->needle) {
		app_say(app, true, "nothing was searched yet: press /");
		return;
	}
	if (pane_search_all(pane, app->needle, pane->cursor, dir, true))
		app_selected(app);
	else
		app_say(app, true, "not found: %s", app->needle);
}

void app_search_next(struct app *app)
{
	search_again(app, 1);
}

void app_search_previous(struct app *app)
{
	search_again(app, -1);
}

static void search_key(struct app *app, enum prompt_did did)
{
	struct pane *pane = app_active(app);
	const char *text = prompt_text(&app->prompt);

	pane_go(pane, app->prompt_from);
	if (did == PROMPT_ACCEPTED && *text) {
		free(app->needle);
		app->needle = mem_strdup(text);
	}
	/* What is folded opens with Enter, not while the word is typed. */
	if (did == PROMPT_CHANGED && *text)
		pane_search(pane, text, app->prompt_from, 1);
	if (did == PROMPT_ACCEPTED && *text &&
	    !pane_search_all(pane, text, app->prompt_from, 1, false))
		app_say(app, true, "not found: %s", text);
	app_selected(app);
}

/* ---- the tree's filter: it is seen while it is typed ---- */

void app_filter(struct app *app)
{
	const char *filter = tree_pane_filtered(app->panes[PANE_TREE]);

	free(app->before);
	app->before = mem_strdup(filter);
	ask(app, ASK_FILTER, "filter: ", filter);
}

void app_filter_set(struct app *app, const char *words)
{
	tree_pane_filter(app->panes[PANE_TREE], words);
	app_update(app);
}

/* ---- commands ---- */

void app_command(struct app *app)
{
	ask(app, ASK_COMMAND, ":", NULL);
	app->prompt.complete = command_complete;
	app->prompt.complete_arg = app;
}

void app_prompt_key(struct app *app, uint32_t key)
{
	enum prompt_did did = prompt_key(&app->prompt, &app->options->keys,
					 key);

	if (did == PROMPT_NOTHING)
		return;
	switch (app->asking) {
	case ASK_SEARCH:
		search_key(app, did);
		break;
	case ASK_FILTER:
		app_filter_set(app, did == PROMPT_LEFT ? app->before :
						prompt_text(&app->prompt));
		break;
	case ASK_COMMAND:
		if (did == PROMPT_ACCEPTED) {
			AUTO_FREE char *line =
				mem_strdup(prompt_text(&app->prompt));

			command_run(app, line);
		}
		break;
	case ASK_COUNT:
		break;
	}
}
