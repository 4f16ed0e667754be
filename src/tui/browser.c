/* Knows how the browser is opened, laid out and clicked in. */
#include "tui/browser_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* From this size on its panes are seen at once. */
#define FULL_ROWS 20
#define FULL_COLUMNS 72

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

int browser_take_line(struct browser *browser)
{
	int line = browser->line;

	browser->line = 0;
	if (line)
		browser_close(browser);
	return line;
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
	free(browser->label);
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

struct pane *browser_active(const struct browser *browser)
{
	return browser->panes[browser->focus];
}

bool browser_is_looking(const struct browser *browser)
{
	return browser->open && browser->peeking;
}

uint32_t browser_file(const struct browser *browser)
{
	return files_pane_at(browser->panes[BROWSER_FILES]);
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

void browser_side_set(struct browser_side *side, const struct digest *image,
		      size_t layers, const char *name)
{
	char *copy = layers ? mem_printf("%s#%zu", name, layers) :
			      mem_strdup(name);

	free(side->name);
	side->name = copy;
	side->image = *image;
	side->layers = layers;
}

void browser_side_clear(struct browser_side *side)
{
	free(side->name);
	*side = (struct browser_side){ 0 };
}

void browser_go_to(struct browser *browser, enum browser_pane pane)
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
	browser_end_compare(browser);
	browser->open = true;
	browser->aggregate = browser->waste_shown = false;
	browser_go_to(browser, BROWSER_LAYERS);
	pane_go(browser->panes[BROWSER_FILES], 0);
	browser_load(browser);
}

void browser_close(struct browser *browser)
{
	browser_end_compare(browser);
	browser->open = false;
	browser_forget(browser);
}

void browser_reveal(struct browser *browser, size_t layer, const char *path)
{
	files_pane_close(browser->panes[BROWSER_FILES]);
	browser->layer = layer;
	browser->aggregate = false;
	browser_end_compare(browser);
	browser_set_filter(browser, "");
	browser_go_to(browser, BROWSER_FILES);
	browser_load_to(browser, path);
}

void browser_open_step(struct browser *browser, size_t layer)
{
	browser_follow_text(browser);
	browser->line = browser->lines[layer];
	if (browser->line)
		return;
	browser_say(browser, false, "no line of this Dockerfile makes layer "
		    "%zu", layer + 1);
	browser->focus = BROWSER_LAYERS;
	pane_go(browser->panes[BROWSER_LAYERS], (int)layer);
	browser_layer_moved(browser);
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

	browser_side_set(&browser->mark, image, 0, name);
	browser_say(browser, false, "marked %s: D on another compares", name);
}

const struct digest *browser_marked(const struct browser *browser)
{
	return &browser->mark.image;
}

bool browser_compare_mark(struct browser *browser, bool alone)
{
	if (!digest_is_set(&browser->mark.image)) {
		browser_say(browser, true, "mark what to compare with: m");
		return false;
	}
	browser_side_clear(&browser->from);
	browser->from = browser->mark;
	browser->from.name = mem_strdup(browser->mark.name);
	browser->compare_alone = alone;
	/* What is the same is not asked for, and can be had: U. */
	if (!browser_kinds(browser)) {
		browser->compare_kinds = true;
		browser_set_kinds(browser, FILES_DIFFERS);
	}
	files_pane_close(browser->panes[BROWSER_FILES]);
	pane_go(browser->panes[BROWSER_FILES], 0);
	browser_go_to(browser, BROWSER_FILES);
	browser_load(browser);
	return true;
}

bool browser_only_kinds(const struct browser *browser)
{
	return browser->compare_kinds && browser->filter &&
	       strcmp(browser->filter, "kind:differs") == 0;
}

void browser_end_compare(struct browser *browser)
{
	browser_side_clear(&browser->from);
	if (browser->compare_kinds && browser_kinds(browser) == FILES_DIFFERS)
		browser_set_kinds(browser, 0);
	browser->compare_kinds = browser->compare_alone = false;
}

void browser_compare(struct browser *browser, const struct digest *image)
{
	if (digest_is_set(&browser->mark.image)) {
		browser_show(browser, image);
		if (!browser->open)
			return;
	}
	browser_compare_mark(browser, true);
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

	browser_follow_text(browser);
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
		canvas_text(canvas, &line, y, 0, STYLE_LINE,
			    glyphs_get(browser->model->ascii)->vertical);
}

void browser_go(struct browser *browser, int row)
{
	pane_go(browser_active(browser), row);
	browser_layer_moved(browser);
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
		if (pane_click(browser_active(browser), &areas[i], mouse->row) &&
		    mouse->kind == MOUSE_DOUBLE)
			browser_act(browser, ACTION_OPEN);
	}
	browser_layer_moved(browser);
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
