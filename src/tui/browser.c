/* Knows how the browser is laid out and what each action does in it. */
#include "tui/browser_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* From this size on its panes are seen at once. */
#define FULL_ROWS 20
#define FULL_COLUMNS 72
#define UNFOLD_MOST 2000 /* matches of a filter that are unfolded */
#define LIVE_MOST 100000 /* entries that are filtered at each key */

void browser_say(struct browser *browser, bool bad, const char *fmt, ...)
{
	AUTO_FREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	free(browser->message);
	browser->message = text_line(text, strlen(text));
	browser->message_bad = bad;
}

char *browser_take_message(struct browser *browser, bool *bad)
{
	*bad = browser->message_bad;
	return STEAL(browser->message);
}

struct browser *browser_new(const struct model *model)
{
	struct browser *browser = mem_alloc(sizeof(*browser));

	browser->model = model;
	browser->peek.fd = -1;
	loader_init(&browser->loader);
	loader_init(&browser->waste_loader);
	worker_init(&browser->extractor);
	image_config_init(&browser->config);
	browser->panes[BROWSER_LAYERS] = layers_pane_new(browser);
	browser->panes[BROWSER_FILES] = files_pane_new(browser);
	browser->panes[BROWSER_FACTS] = facts_pane_new(browser);
	return browser;
}

void browser_free(struct browser *browser)
{
	browser_forget(browser);
	for (int i = 0; i < BROWSER_PANES; i++)
		browser->panes[i]->ops->free(browser->panes[i]);
	free(browser->from.name);
	free(browser->mark.name);
	free(browser->extract_to);
	free(browser->peek_path);
	free(browser->needle);
	free(browser->filter);
	free(browser->before);
	free(browser->message);
	prompt_release(&browser->prompt);
	for (int i = 0; i <= PROMPT_EXTRACT; i++)
		strv_release(&browser->past[i]);
	free(browser);
}

bool browser_is_open(const struct browser *browser)
{
	return browser->open;
}

uint32_t browser_file(const struct browser *browser)
{
	const struct files_list *list = &browser->browse.list;
	size_t line = (size_t)browser->panes[BROWSER_FILES]->cursor;

	if (browser->peeking || line >= list->count)
		return FILE_NONE;
	return list->items[line].at;
}

const struct files *browser_side_of(const struct browser *browser,
				    uint32_t *at)
{
	const struct file *file = &browser->now->items[*at];

	if (file->state != FILE_REMOVED || !browser->old ||
	    file->was == FILE_NONE)
		return browser->now;
	*at = file->was;
	return browser->old;
}

/* ---- opening ---- */

static void side_set(struct browser_side *side, const struct digest *image,
		     size_t layers, const char *name)
{
	char *copy = layers ? mem_printf("%s#%zu", name, layers) :
			      mem_strdup(name);

	free(side->name);
	side->name = copy;
	side->image = *image;
	side->layers = layers;
}

static void side_clear(struct browser_side *side)
{
	free(side->name);
	*side = (struct browser_side){ 0 };
}

static void go_to(struct browser *browser, enum browser_pane pane)
{
	browser->focus = pane;
	browser->zoomed = false;
}

void browser_show(struct browser *browser, const struct digest *image)
{
	struct err err = ERR_INIT;

	if (browser_take_image(browser, image, &err) < 0) {
		browser_say(browser, true, "%s", err.msg);
		return;
	}
	side_clear(&browser->from);
	browser->open = true;
	browser->aggregate = browser->waste_shown = false;
	go_to(browser, BROWSER_LAYERS);
	pane_go(browser->panes[BROWSER_FILES], 0);
	browser_load(browser);
}

static char *name_of(const struct model *model, const struct digest *id)
{
	struct image *image;
	struct err err = ERR_INIT;

	if (model->store && store_image(model->store, id, &image, &err) == 1 &&
	    image->tags.count)
		return mem_strdup(image->tags.items[0]);
	return mem_printf("%.12s", DIGEST_HEX(id));
}

void browser_mark(struct browser *browser, const struct digest *image)
{
	AUTO_FREE char *name = name_of(browser->model, image);

	side_set(&browser->mark, image, 0, name);
	browser_say(browser, false, "marked %s: D on another compares", name);
}

void browser_compare(struct browser *browser, const struct digest *image)
{
	struct browser_side *mark = &browser->mark;

	if (!digest_is_set(&mark->image)) {
		browser_say(browser, true, "mark what to compare with: m");
		return;
	}
	browser_show(browser, image);
	if (!browser->open)
		return;
	browser->from = *mark;
	browser->from.name = mem_strdup(mark->name);
	go_to(browser, BROWSER_FILES);
	browser_load(browser);
}

/* The same inside of the browser: images as far as a layer. */
static void mark_layer(struct browser *browser)
{
	side_set(&browser->mark, &browser->image, browser->layer + 1,
		 browser->name);
	browser_say(browser, false, "marked %s: D on another layer or image "
		    "compares", browser->mark.name);
}

static void compare_layer(struct browser *browser)
{
	if (!digest_is_set(&browser->mark.image)) {
		browser_say(browser, true, "mark what to compare with: m");
		return;
	}
	side_clear(&browser->from);
	browser->from = browser->mark;
	browser->from.name = mem_strdup(browser->mark.name);
	go_to(browser, BROWSER_FILES);
	browser_load(browser);
}

/* ---- drawing ---- */

static bool is_single(const struct browser *browser, const struct area *area)
{
	return browser->zoomed || area->rows + 2 < FULL_ROWS ||
	       area->columns < FULL_COLUMNS;
}

static void lay_out(const struct browser *browser, const struct area *area,
		    struct area out[BROWSER_PANES])
{
	int facts = area->rows / 3, left = area->columns * 36 / 100;

	for (int i = 0; i < BROWSER_PANES; i++)
		out[i] = (struct area){ 0 };
	if (is_single(browser, area)) {
		out[browser->focus] = *area;
		return;
	}
	out[BROWSER_LAYERS] = (struct area){ area->row, area->column,
					     area->rows - facts, left };
	out[BROWSER_FILES] = (struct area){ area->row, area->column + left + 1,
					    area->rows - facts,
					    area->columns - left - 1 };
	out[BROWSER_FACTS] = (struct area){ area->row + area->rows - facts,
					    area->column, facts,
					    area->columns };
}

void browser_update(struct browser *browser, const struct area *area)
{
	struct area areas[BROWSER_PANES];

	lay_out(browser, area, areas);
	for (int i = 0; i < BROWSER_PANES; i++)
		pane_update(browser->panes[i], browser->model,
			    areas[i].rows ? &areas[i] : area);
}

void browser_draw(const struct browser *browser, struct canvas *canvas,
		  const struct area *area)
{
	struct area areas[BROWSER_PANES], line;

	lay_out(browser, area, areas);
	for (int i = 0; i < BROWSER_PANES; i++)
		if (areas[i].rows)
			pane_draw(browser->panes[i], canvas, &areas[i],
				  i == (int)browser->focus);
	if (is_single(browser, area))
		return;
	line = areas[BROWSER_LAYERS];
	line.column += line.columns;
	line.columns = 1;
	for (int y = 0; y < line.rows; y++)
		canvas_text(canvas, &line, y, 0, STYLE_DIM,
			    glyphs_get(browser->model->ascii)->vertical);
}

/* ---- what is typed ---- */

static const char *const prompts[] = {
	[PROMPT_NONE] = "", [PROMPT_SEARCH] = "/", [PROMPT_FILTER] =
	"filter (kind: type: size> size< path: owner:): ",
	[PROMPT_EXTRACT] = "write it into the directory: ",
};

const struct prompt *browser_prompt(const struct browser *browser)
{
	return browser->prompt.open ? &browser->prompt : NULL;
}

static struct pane *active(const struct browser *browser)
{
	return browser->panes[browser->focus];
}

static bool find(struct browser *browser, const char *text, int from, int dir)
{
	if (browser->focus == BROWSER_FILES)
		return files_pane_find(active(browser), text, from, dir);
	return pane_search(active(browser), text, from, dir);
}

static void ask(struct browser *browser, enum browser_prompt prompt,
		const char *text)
{
	browser->asking = prompt;
	browser->prompt_from = active(browser)->cursor;
	prompt_open(&browser->prompt, prompts[prompt], text,
		    &browser->past[prompt]);
	free(browser->before);
	browser->before = mem_strdup(text ? text : "");
}

/* Few matches are all seen at once. */
static void unfold_matches(struct browser *browser)
{
	struct browse *browse = &browser->browse;
	struct pane *pane = browser->panes[BROWSER_FILES];

	if (files_filter_is_empty(&browse->filter) ||
	    browse->matches > UNFOLD_MOST)
		return;
	pane->cursor = (int)browse_fold_all(browse, false,
					    (size_t)pane->cursor);
	pane->count = (int)browse->list.count;
}

static bool set_filter(struct browser *browser, const char *words)
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
		unfold_matches(browser);
	return true;
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
		set_filter(browser, typed);
}

/* The layers pane selects: what it stands on is read. */
static void layer_moved(struct browser *browser)
{
	size_t layer = (size_t)browser->panes[BROWSER_LAYERS]->cursor;

	if (browser->focus != BROWSER_LAYERS || layer == browser->layer)
		return;
	browser->layer = layer;
	side_clear(&browser->from);
	pane_go(browser->panes[BROWSER_FILES], 0);
	browser_load(browser);
}

static void accept(struct browser *browser)
{
	enum browser_prompt prompt = browser->asking;
	const char *typed = prompt_text(&browser->prompt);

	if (prompt == PROMPT_FILTER) {
		if (!set_filter(browser, typed))
			set_filter(browser, browser->before);
	} else if (prompt == PROMPT_EXTRACT) {
		browser_extract(browser, typed);
	} else if (*typed) {
		free(browser->needle);
		browser->needle = mem_strdup(typed);
		if (!find(browser, typed, browser->prompt_from, 1))
			browser_say(browser, true, "not found: %s", typed);
		layer_moved(browser);
	}
}

bool browser_key(struct browser *browser, uint32_t key)
{
	if (!browser->prompt.open)
		return false;
	switch (prompt_key(&browser->prompt, key)) {
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
			set_filter(browser, browser->before);
		break;
	}
	return true;
}

/* ---- actions ---- */

static void search_again(struct browser *browser, int dir)
{
	if (!browser->needle)
		browser_say(browser, true,
			    "nothing was searched yet: press /");
	else if (!find(browser, browser->needle,
		       active(browser)->cursor + dir, dir))
		browser_say(browser, true, "not found: %s", browser->needle);
	layer_moved(browser);
}

/* Kinds are words of the filter, so that it is seen what is hidden. */
static void toggle_kind(struct browser *browser, enum file_state kind)
{
	unsigned all = FILES_KIND(FILE_SAME) | FILES_KIND(FILE_ADDED) |
		       FILES_KIND(FILE_CHANGED) | FILES_KIND(FILE_REMOVED);
	const char *at = browser->filter ? browser->filter : "";
	unsigned kinds = browser->browse.filter.kinds;
	AUTO(buf_release) struct buf words = BUF_INIT;
	const char *comma = "kind:";

	kinds = (kinds ? kinds : all) ^ FILES_KIND(kind);
	for (at += strspn(at, " "); *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		if (strncmp(at, "kind:", 5) != 0) {
			buf_add(&words, at, len);
			buf_addc(&words, ' ');
		}
		at += len;
	}
	for (unsigned n = 0; n < FILE_GONE && kinds && kinds != all; n++)
		if (kinds & FILES_KIND(n)) {
			buf_addf(&words, "%s%s", comma,
				 file_state_word((enum file_state)n));
			comma = ",";
		}
	set_filter(browser, words.len ? words.data : "");
}

static void toggle_aggregate(struct browser *browser)
{
	browser->aggregate = !browser->aggregate;
	side_clear(&browser->from);
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
	if (browser_file(browser) == FILE_NONE)
		browser_say(browser, true, "no file is selected");
	else
		ask(browser, PROMPT_EXTRACT, ".");
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
		loader_cancel(&browser->loader);
		loader_cancel(&browser->waste_loader);
		worker_release(&browser->extractor);
		browser_say(browser, false, "stopped reading");
		browser->version++;
	} else if (browser->zoomed) {
		browser->zoomed = false;
	} else if (browser->filter && *browser->filter) {
		set_filter(browser, "");
	} else {
		browser->open = false;
		browser_forget(browser);
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
		ask(browser, PROMPT_SEARCH, "");
		return true;
	case ACTION_SEARCH_NEXT:
		search_again(browser, 1);
		return true;
	case ACTION_SEARCH_PREVIOUS:
		search_again(browser, -1);
		return true;
	case ACTION_FILTER:
		ask(browser, PROMPT_FILTER, browser->filter);
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
		compare_layer(browser);
		return true;
	case ACTION_ZOOM:
		browser->zoomed = !browser->zoomed;
		return true;
	case ACTION_BACK:
		back(browser);
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
	if (act_on_all(browser, action) || act_on_view(browser, action))
		return true;
	if (browser->focus == BROWSER_LAYERS &&
	    (action == ACTION_OPEN || action == ACTION_RIGHT)) {
		go_to(browser, BROWSER_FILES);
		return true;
	}
	if (action == ACTION_LEFT && browser->focus == BROWSER_LAYERS)
		return true;
	if (!pane_act(active(browser), action))
		return false;
	layer_moved(browser);
	return true;
}

void browser_go(struct browser *browser, int row)
{
	pane_go(active(browser), row);
	layer_moved(browser);
}

void browser_mouse(struct browser *browser, const struct area *area,
		   const struct mouse *mouse)
{
	struct area areas[BROWSER_PANES];
	int i = 0;

	lay_out(browser, area, areas);
	while (i < BROWSER_PANES &&
	       !area_holds(&areas[i], mouse->row, mouse->column))
		i++;
	if (i == BROWSER_PANES || mouse->kind == MOUSE_RELEASE)
		return;
	if (mouse->kind == MOUSE_UP || mouse->kind == MOUSE_DOWN) {
		pane_scroll(browser->panes[i],
			    mouse->kind == MOUSE_UP ? -1 : 1);
	} else {
		browser->focus = (enum browser_pane)i;
		if (pane_click(active(browser), &areas[i], mouse->row) &&
		    mouse->kind == MOUSE_DOUBLE)
			browser_act(browser, ACTION_OPEN);
	}
	layer_moved(browser);
}

char *browser_copied(const struct browser *browser)
{
	uint32_t at = browser->focus == BROWSER_FILES ?
			      browser_file(browser) : FILE_NONE;

	if (at != FILE_NONE) {
		AUTO_FREE char *path = files_path(browser->now, at);

		return mem_printf("/%s", path);
	}
	if (!browser->layer_count)
		return NULL;
	return mem_strdup(browser->layers[browser->layer].diff_id.text);
}
