/* Knows what each action does to the screen. */
#include "tui/app.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#define TYPED_MAX 256

void app_say(struct app *app, bool bad, const char *fmt, ...)
{
	AUTO_FREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	free(app->message);
	app->message = text_line(text, strlen(text));
	app->message_bad = bad;
	app->dirty = true;
}

unsigned app_context(const struct app *app)
{
	if (app->help_open)
		return CONTEXT_HELP;
	if (browser_is_open(app->browser))
		return CONTEXT_BROWSER;
	return app->panes[app->focus]->ops->context;
}

char *app_typed(const struct app *app)
{
	if (browser_is_open(app->browser))
		return browser_prompt(app->browser);
	if (!app->prompt)
		return NULL;
	return mem_printf("%s%s", app->filtering ? "filter: " : "/",
			  app->typed.len ? app->typed.data : "");
}

static struct pane *active(struct app *app)
{
	return app->help_open ? app->help : app->panes[app->focus];
}

void app_follow(struct app *app)
{
	const struct pane *pane = active(app);

	for (int i = 0; i < PANE_COUNT; i++)
		if (app->panes[i] != pane && app->panes[i]->ops->follow)
			app->panes[i]->ops->follow(app->panes[i], &app->model);
}

static void selected(struct app *app)
{
	struct pane *pane = active(app);

	if (!pane->ops->select)
		return;
	app->follow = false;
	pane->ops->select(pane, &app->model);
	app_follow(app);
	/* A log of a build that ended has been read: tell of the selection. */
	if (!app->model.building &&
	    detail_pane_mode(app->panes[PANE_DETAIL]) == DETAIL_LOG)
		detail_pane_show(app->panes[PANE_DETAIL], DETAIL_WHY);
}

/* ---- search ---- */

static void search_open(struct app *app)
{
	app->prompt = true;
	app->prompt_from = active(app)->cursor;
	buf_clear(&app->typed);
}

/* The tree's alone: it is seen while it is typed. */
static void filter_open(struct app *app)
{
	const char *filter = tree_pane_filtered(app->panes[PANE_TREE]);

	search_open(app);
	app->filtering = true;
	free(app->before);
	app->before = mem_strdup(filter);
	buf_adds(&app->typed, filter ? filter : "");
}

static void filter_set(struct app *app, const char *words)
{
	tree_pane_filter(app->panes[PANE_TREE], words);
	app_update(app);
}

static void filter_key(struct app *app, uint32_t key)
{
	struct buf *typed = &app->typed;

	if (key == KEYCODE_ENTER || key == KEYCODE_ESC) {
		app->prompt = app->filtering = false;
		if (key == KEYCODE_ESC)
			filter_set(app, app->before);
		return;
	}
	if (key == KEYCODE_BACKSPACE)
		utf8_chop(typed);
	else if (key == ('U' & 0x1f))
		buf_clear(typed);
	else if (key >= ' ' && key < KEYCODE_NAMED && typed->len < TYPED_MAX)
		utf8_append(typed, key);
	filter_set(app, typed->len ? typed->data : "");
}

/* Esc in the tree takes its filter away, unless it stops a build. */
static void filter_clear(struct app *app)
{
	filter_set(app, NULL);
}

static void search_again(struct app *app, int dir)
{
	struct pane *pane = active(app);

	if (!app->needle) {
		app_say(app, true, "nothing was searched yet: press /");
		return;
	}
	if (pane_search(pane, app->needle, pane->cursor + dir, dir))
		selected(app);
	else
		app_say(app, true, "not found: %s", app->needle);
}

static void search_typed(struct app *app)
{
	struct pane *pane = active(app);

	pane_go(pane, app->prompt_from);
	if (app->typed.len)
		pane_search(pane, app->typed.data, app->prompt_from, 1);
	selected(app);
}

static void search_accept(struct app *app)
{
	app->prompt = false;
	if (!app->typed.len)
		return;
	free(app->needle);
	app->needle = mem_strdup(app->typed.data);
	if (!pane_search(active(app), app->needle, app->prompt_from, 1))
		app_say(app, true, "not found: %s", app->needle);
}

static void prompt_key(struct app *app, uint32_t key)
{
	struct buf *typed = &app->typed;

	if (key == KEYCODE_ENTER) {
		search_accept(app);
	} else if (key == KEYCODE_ESC) {
		app->prompt = false;
		pane_go(active(app), app->prompt_from);
		selected(app);
	} else if (key == KEYCODE_BACKSPACE) {
		utf8_chop(typed);
		search_typed(app);
	} else if (key >= ' ' && key < KEYCODE_NAMED &&
		   typed->len < TYPED_MAX) {
		utf8_append(typed, key);
		search_typed(app);
	}
}

/* ---- the other actions ---- */

static void move_focus(struct app *app, int dir)
{
	app->focus = (enum pane_index)((app->focus + PANE_COUNT + dir) %
				       PANE_COUNT);
}

static void show_detail(struct app *app, enum detail_mode mode)
{
	struct layout layout;
	int rows, columns;

	detail_pane_show(app->panes[PANE_DETAIL], mode);
	/* On a small screen a pane that is asked for comes to the front. */
	app->front->ops->size(app->front, &rows, &columns);
	layout_make(rows, columns, app->focus, &layout);
	if (layout.single)
		app->focus = PANE_DETAIL;
}

static void edit(struct app *app)
{
	struct err err = ERR_INIT;
	int line = file_pane_line(app->panes[PANE_FILE]);

	/* An editor reads the disk. */
	if (app_unsaved(app) && !app_save(app))
		return;

	if (app->front->ops->edit(app->front, app->options->file, line,
				  &err) < 0)
		app_say(app, true, "%s", err.msg);
	app->redraw = true;
	app->after_edit = true;
	app_plan_soon(app, WATCH_SOURCES);
}

static void copy(struct app *app)
{
	const struct digest *id = &app->model.image;

	if (!digest_is_set(id)) {
		app_say(app, true, "no image is selected");
		return;
	}
	/* Said in any case: not every terminal tells whether it took it. */
	app_say(app, false, "%s%.20s%s",
		app->front->ops->copy(app->front, id->text) ? "copied " : "",
		id->text, "...");
}

static void replan(struct app *app)
{
	app_plan_soon(app, WATCH_SOURCES | WATCH_STORE);
	app_say(app, false, "planned again");
}

static void next_pane(struct app *app)
{
	move_focus(app, 1);
}

static void previous_pane(struct app *app)
{
	move_focus(app, -1);
}

static void search_next(struct app *app)
{
	search_again(app, 1);
}

static void search_previous(struct app *app)
{
	search_again(app, -1);
}

static void show_why(struct app *app)
{
	show_detail(app, DETAIL_WHY);
}

static void show_config(struct app *app)
{
	show_detail(app, DETAIL_CONFIG);
}

static void show_log(struct app *app)
{
	show_detail(app, DETAIL_LOG);
}

static void show_context(struct app *app)
{
	show_detail(app, DETAIL_CONTEXT);
	app_read_context(app);
}

/* Of the selected image, or of what the selected step makes. */
static void show_layers(struct app *app)
{
	const struct digest *image = &app->model.image;

	if (digest_is_set(image))
		browser_show(app->browser, image);
	else
		app_say(app, true, "there is no image yet: press b to build");
}

static void mark(struct app *app)
{
	if (digest_is_set(&app->model.image))
		browser_mark(app->browser, &app->model.image);
}

static void compare(struct app *app)
{
	if (digest_is_set(&app->model.image))
		browser_compare(app->browser, &app->model.image);
}

void app_apply_settings(struct app *app)
{
	app->model.ascii = app->settings.ascii;
	app->front->ops->palette(app->front, app->settings.palette);
	app->dirty = app->redraw = true;
}

static void toggle_ascii(struct app *app)
{
	app->settings.ascii = !app->settings.ascii;
	app_apply_settings(app);
}

static void redraw(struct app *app)
{
	app->redraw = true;
}

static void toggle_help(struct app *app)
{
	app->help_open = !app->help_open;
}

static void save(struct app *app)
{
	app_save(app);
}

static void quit(struct app *app)
{
	if (app_unsaved(app))
		app->question = QUESTION_QUIT;
	else
		app->quit = true;
}

/* What is not here, the active pane does. */
static void (*const doers[])(struct app *app) = {
	[ACTION_NEXT_PANE] = next_pane,
	[ACTION_PREVIOUS_PANE] = previous_pane,
	[ACTION_SEARCH] = search_open,
	[ACTION_SEARCH_NEXT] = search_next,
	[ACTION_SEARCH_PREVIOUS] = search_previous,
	[ACTION_WHY] = show_why,
	[ACTION_CONFIG] = show_config,
	[ACTION_LOG] = show_log,
	[ACTION_EDIT] = edit,
	[ACTION_TYPE] = app_type,
	[ACTION_SAVE] = save,
	[ACTION_UNDO] = app_undo,
	[ACTION_REDO] = app_redo,
	[ACTION_BUILD] = app_build,
	[ACTION_REBUILD] = app_rebuild,
	[ACTION_TOUCH] = app_touch,
	[ACTION_CONTEXT] = show_context,
	[ACTION_CANCEL] = app_cancel,
	[ACTION_REPLAN] = replan,
	[ACTION_COPY] = copy,
	[ACTION_ASCII] = toggle_ascii,
	[ACTION_REDRAW] = redraw,
	[ACTION_HELP] = toggle_help,
	[ACTION_CLOSE] = toggle_help,
	[ACTION_QUIT] = quit,
	[ACTION_OPEN] = show_layers,
	[ACTION_LAYERS] = show_layers,
	[ACTION_FILTER] = filter_open,
	[ACTION_MARK] = mark,
	[ACTION_COMPARE] = compare,
};

static void act(struct app *app, enum action action)
{
	if ((size_t)action < sizeof(doers) / sizeof(*doers) && doers[action])
		doers[action](app);
	else if (app_line_act(app, action))
		return;
	else if (action != ACTION_NONE && pane_act(active(app), action))
		selected(app);
}

void app_take_message(struct app *app)
{
	bool bad;
	AUTO_FREE char *text = browser_take_message(app->browser, &bad);

	if (text)
		app_say(app, bad, "%s", text);
}

/* What is not the browser's own: help, copying, the look of the screen. */
static void browse(struct app *app, enum action action)
{
	AUTO_FREE char *text = NULL;

	if (action == ACTION_COPY)
		text = browser_copied(app->browser);
	if (text)
		app_say(app, false, "%s%s", app->front->ops->copy(
				app->front, text) ? "copied " : "", text);
	else if (!browser_act(app->browser, action) &&
		 (action == ACTION_HELP || action == ACTION_ASCII ||
		  action == ACTION_REDRAW))
		act(app, action);
}

void app_key(struct app *app, uint32_t key)
{
	unsigned contexts = app_context(app);
	bool browsing = browser_is_open(app->browser) && !app->help_open;
	enum action action;

	app->dirty = true;
	/* What was said holds until the next key. */
	free(app->message);
	app->message = NULL;
	app_update(app);
	if (app->question) {
		app_answer(app, key);
		return;
	}
	if (app->editor.typing) {
		app_edit_key(app, key);
		return;
	}
	if (app->prompt) {
		if (app->filtering)
			filter_key(app, key);
		else
			prompt_key(app, key);
		return;
	}
	if (browsing && browser_key(app->browser, key)) {
		app_take_message(app);
		return;
	}
	if (app->model.building)
		contexts |= CONTEXT_BUILDING;
	if (key == KEYCODE_ESC && contexts == CONTEXT_TREE)
		filter_clear(app);
	action = keymap_action(&app->options->keys, key, contexts);
	if (browsing)
		browse(app, action);
	else
		act(app, action);
	app_take_message(app);
}
