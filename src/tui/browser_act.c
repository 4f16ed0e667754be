/* Knows what each action does in the browser. */
#include "tui/browser_state.h"

#include <string.h>
#include <sys/stat.h>

/* The same inside of the browser: images as far as a layer. */
static void mark_layer(struct browser *browser)
{
	size_t count = browser->layer + 1;

	browser_side_set(&browser->mark, &browser->image,
			 count < browser->layer_count ? count : 0,
			 browser->name);
	browser_say(browser, false, "marked %s: D on another layer or image "
		    "compares", browser->mark.name);
}

/* ---- actions ---- */

static void search_again(struct browser *browser, int dir)
{
	if (!browser->needle)
		browser_say(browser, true,
			    "nothing was searched yet: press /");
	else if (!browser_find(browser, browser->needle,
			       browser_active(browser)->cursor + dir, dir))
		browser_say(browser, true, "not found: %s", browser->needle);
	browser_layer_moved(browser);
}

/* Kinds are words of the filter, so that it is seen what is hidden. */
static void toggle_kind(struct browser *browser, enum file_state kind)
{
	unsigned all = FILES_DIFFERS | FILES_KIND(FILE_SAME);
	unsigned kinds = browser_kinds(browser);

	kinds = (kinds ? kinds : all) ^ FILES_KIND(kind);
	browser_set_kinds(browser, kinds == all ? 0 : kinds);
}

static void toggle_aggregate(struct browser *browser)
{
	browser->aggregate = !browser->aggregate;
	browser_end_compare(browser);
	files_pane_close(browser->panes[BROWSER_FILES]);
	pane_go(browser->panes[BROWSER_FILES], 0);
	browser_load(browser);
}

static void toggle_attributes(struct browser *browser)
{
	browser->brief_set = true;
	browser->brief = !browser->brief;
}

static void toggle_sort(struct browser *browser)
{
	browser->by_size = !browser->by_size;
	files_pane_again(browser->panes[BROWSER_FILES]);
}

static void ask_extract(struct browser *browser)
{
	uint32_t at = browser_file(browser);
	AUTO_FREE char *path = NULL, *line = NULL;

	if (at == FILE_NONE) {
		browser_say(browser, true, "no file is selected");
		return;
	}
	path = files_path(browser->now, at);
	line = text_line(path, strlen(path));
	free(browser->label);
	browser->label = mem_printf("write /%s into directory (Enter: here): ",
				    line);
	browser_ask(browser, PROMPT_EXTRACT, NULL);
}

/* The file of the list, from whichever pane. */
static void look(struct browser *browser)
{
	uint32_t at = browser_file(browser);

	if (at == FILE_NONE) {
		browser_say(browser, true, "no file is selected");
		return;
	}
	if (S_ISDIR(browser->now->items[at].mode)) {
		browser_say(browser, true, "it is a directory: x opens files");
		return;
	}
	browser_go_to(browser, BROWSER_FILES);
	files_pane_open(browser->panes[BROWSER_FILES]);
}

static void show_waste(struct browser *browser, bool waste)
{
	browser->waste_shown = waste;
	if (waste)
		browser_load_waste(browser);
	/* On a small screen a pane that is asked for comes to the front. */
	browser->focus = BROWSER_FACTS;
}

static void back(struct browser *browser)
{
	if (!browser_is_idle(browser)) {
		browser_cancel(browser);
	} else if (browser->zoomed) {
		browser->zoomed = false;
	} else if (browser->filter && *browser->filter &&
		   !browser_only_kinds(browser)) {
		browser_set_filter(browser, "");
	} else if (digest_is_set(&browser->from.image) &&
		   !browser->compare_alone) {
		browser_end_compare(browser);
		browser_load(browser);
	} else {
		browser_close(browser);
	}
}

static void move_focus(struct browser *browser, int dir)
{
	browser->focus = (enum browser_pane)(
		(browser->focus + BROWSER_PANES + dir) % BROWSER_PANES);
}

static bool act_on_all(struct browser *browser, enum action action)
{
	switch ((int)action) {
	case ACTION_NEXT_PANE:
		move_focus(browser, 1);
		return true;
	case ACTION_PREVIOUS_PANE:
		move_focus(browser, -1);
		return true;
	case ACTION_SEARCH:
		browser_ask(browser, PROMPT_SEARCH, "");
		return true;
	case ACTION_SEARCH_NEXT:
		search_again(browser, 1);
		return true;
	case ACTION_SEARCH_PREVIOUS:
		search_again(browser, -1);
		return true;
	case ACTION_FILTER:
		browser_ask(browser, PROMPT_FILTER, browser->filter);
		return true;
	case ACTION_ADDED:
		toggle_kind(browser, FILE_ADDED);
		return true;
	case ACTION_CHANGED:
		toggle_kind(browser, FILE_CHANGED);
		return true;
	case ACTION_REMOVED:
		toggle_kind(browser, FILE_REMOVED);
		return true;
	case ACTION_SAME:
		toggle_kind(browser, FILE_SAME);
		return true;
	default:
		return false;
	}
}

static bool act_on_view(struct browser *browser, enum action action)
{
	switch ((int)action) {
	case ACTION_AGGREGATE:
		toggle_aggregate(browser);
		return true;
	case ACTION_ATTRIBUTES:
		toggle_attributes(browser);
		return true;
	case ACTION_SORT:
		toggle_sort(browser);
		return true;
	case ACTION_EXTRACT:
		ask_extract(browser);
		return true;
	case ACTION_WASTE:
		show_waste(browser, true);
		return true;
	case ACTION_INFO:
		show_waste(browser, false);
		return true;
	case ACTION_MARK:
		mark_layer(browser);
		return true;
	case ACTION_COMPARE:
		browser_compare_mark(browser, false);
		return true;
	case ACTION_ZOOM:
		browser->zoomed = !browser->zoomed;
		return true;
	case ACTION_HEX:
		look(browser);
		return true;
	case ACTION_BACK:
		back(browser);
		return true;
	default:
		return false;
	}
}

/* How the files are listed: it is to be seen what it does. */
static bool is_of_list(enum action action)
{
	switch ((int)action) {
	case ACTION_FILTER:
	case ACTION_ADDED:
	case ACTION_CHANGED:
	case ACTION_REMOVED:
	case ACTION_SAME:
	case ACTION_SORT:
	case ACTION_ATTRIBUTES:
		return true;
	default:
		return false;
	}
}

bool browser_act(struct browser *browser, enum action action)
{
	/* A file that is looked at has the first word on q and Esc. */
	bool looked = browser->peeking &&
		      (action == ACTION_BACK || action == ACTION_HEX);

	if (looked)
		return pane_act(browser->panes[BROWSER_FILES], action);
	if (browser->peeking && is_of_list(action)) {
		browser_say(browser, true, "that is for the list of files: "
			    "Esc goes back to it");
		return true;
	}
	if (act_on_all(browser, action) || act_on_view(browser, action))
		return true;
	if (browser->focus == BROWSER_LAYERS &&
	    (action == ACTION_OPEN || action == ACTION_RIGHT)) {
		browser_go_to(browser, BROWSER_FILES);
		return true;
	}
	if (action == ACTION_LEFT && browser->focus == BROWSER_LAYERS)
		return true;
	if (!pane_act(browser_active(browser), action))
		return false;
	browser_layer_moved(browser);
	return true;
}
