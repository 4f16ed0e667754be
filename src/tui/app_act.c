/* Knows what each action does to the screen. */
#include "tui/app.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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
	if (*app->message)
		model_add_message(&app->model, bad, app->message);
	app->dirty = true;
}

unsigned app_context(const struct app *app)
{
	if (app->popup)
		return CONTEXT_HELP;
	if (browser_is_open(app->browser))
		return CONTEXT_BROWSER;
	return app->panes[app->focus]->ops->context;
}

unsigned app_contexts(const struct app *app)
{
	bool lens = detail_pane_mode(app->panes[PANE_DETAIL]) ==
		    DETAIL_CONTEXT;
	bool building = app->model.building;

	return app_context(app) |
	       (building ? CONTEXT_BUILDING : 0) |
	       (building || app_waited(app) >= 0 ? CONTEXT_WAITING : 0) |
	       (lens ? CONTEXT_LENS : 0) |
	       (browser_is_looking(app->browser) ? CONTEXT_LOOK : 0);
}

struct pane *app_active(const struct app *app)
{
	return app->popup ? app->popups[app->popup] : app->panes[app->focus];
}

void app_follow(struct app *app)
{
	const struct pane *pane = app_active(app);

	for (int i = 0; i < PANE_COUNT; i++)
		if (app->panes[i] != pane && app->panes[i]->ops->follow)
			app->panes[i]->ops->follow(app->panes[i], &app->model);
}

void app_selected(struct app *app)
{
	struct pane *pane = app_active(app);

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

/* ---- the other actions ---- */

static void move_focus(struct app *app, int dir)
{
	app->focus = (enum pane_index)((app->focus + PANE_COUNT + dir) %
				       PANE_COUNT);
}

static void show_detail(struct app *app, enum detail_mode mode)
{
	int rows, columns;

	detail_pane_show(app->panes[PANE_DETAIL], mode);
	/* On a small screen a pane that is asked for comes to the front. */
	if (app_layout(app, &rows, &columns).single)
		app->focus = PANE_DETAIL;
}

void app_came_back(struct app *app, int status, const struct err *err)
{
	if (status < 0)
		app_say(app, true, "%s", err->msg);
	app->redraw = true;
	app->after_edit = true;
	app_plan_soon(app, WATCH_SOURCES);
}

static void edit(struct app *app)
{
	struct err err = ERR_INIT;
	int line = file_pane_line(app->panes[PANE_FILE]);

	/* An editor reads the disk. */
	if (app_unsaved(app) && !app_save(app))
		return;

	app_came_back(app, app->front->ops->edit(app->front,
						 app->options->file, line,
						 &err), &err);
}

void app_shell(struct app *app, const char *command)
{
	struct err err = ERR_INIT;

	app_came_back(app, app->front->ops->shell(app->front,
						  app->options->context,
						  command, &err), &err);
}

static void shell(struct app *app)
{
	app_shell(app, NULL);
}

/* Said in any case: not every terminal tells whether it took it, and what is
 * too much for a clipboard can still be read here and among the messages. */
static void copy_text(struct app *app, const char *what, const char *text)
{
	bool sent = app->front->ops->copy(app->front, text);

	app_say(app, !sent, "%s %s%s", sent ? "copied" : "not copied:", what,
		text);
}

/* All that the detail says: the reason, the configuration, the log. */
static void copy_detail(struct app *app)
{
	const struct pane *pane = app->panes[PANE_DETAIL];
	AUTO(buf_release) struct buf text = BUF_INIT;
	AUTO_FREE char *what = NULL;

	buf_adds(&text, "");
	for (int i = 0; i < pane->count; i++) {
		AUTO(row_release) struct row row = { 0 };
		AUTO_FREE char *words = NULL;

		pane->ops->row(pane, i, &row);
		words = row_text(&row);
		buf_addf(&text, "%s\n", words);
	}
	what = mem_printf("%d lines: ", pane->count);
	copy_text(app, what, text.data);
}

static void copy(struct app *app)
{
	const struct digest *id = &app->model.image;

	if (app->focus == PANE_DETAIL && !app->popup) {
		copy_detail(app);
		return;
	}
	if (digest_is_set(id))
		copy_text(app, "", id->text);
	else
		app_say(app, true, "no image is selected");
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
	app->focus = PANE_DETAIL; /* there is something to be done in it */
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
	else
		app_say(app, true, "there is no image yet: press b to build");
	app_take_message(app);
}

static void compare(struct app *app)
{
	if (digest_is_set(&app->model.image))
		browser_compare(app->browser, &app->model.image);
	else
		app_say(app, true, "there is no image yet: press b to build");
	app_take_message(app);
}

static void zoom(struct app *app)
{
	app->zoomed = !app->zoomed;
}

void app_apply_settings(struct app *app)
{
	app->model.ascii = app->settings.ascii || !text_locale_utf8();
	app->front->ops->lines(app->front, !app->settings.ascii);
	app->front->ops->palette(app->front, app->settings.palette);
	app->front->ops->mouse(app->front, app->settings.mouse);
	app->dirty = app->redraw = true;
}

static void toggle_mouse(struct app *app)
{
	app->settings.mouse = !app->settings.mouse;
	app_apply_settings(app);
	app_say(app, false, "%s", app->settings.mouse ?
		"clicks are ours: Shift selects text, in most terminals" :
		"clicks are the terminal's: it selects text");
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

void app_popup(struct app *app, enum popup popup)
{
	app->popup = popup;
	app->dirty = true;
}

static void toggle_help(struct app *app)
{
	bool browsing = browser_is_open(app->browser);

	app_popup(app, app->popup == POPUP_HELP ? POPUP_NONE : POPUP_HELP);
	if (!app->popup || !browsing)
		return;
	/* What is asked for there is far below. */
	app_update(app);
	help_pane_show(app->popups[POPUP_HELP], ACTION_AGGREGATE);
}

static void show_messages(struct app *app)
{
	app_popup(app, app->popup == POPUP_MESSAGES ? POPUP_NONE :
						      POPUP_MESSAGES);
}

static void close_popup(struct app *app)
{
	app_popup(app, POPUP_NONE);
}

static void next_palette(struct app *app)
{
	struct settings *settings = &app->settings;

	settings->palette = (enum palette)((settings->palette + 1) %
					   PALETTE_COUNT);
	app_apply_settings(app);
	app_say(app, false, "palette: %s", palette_name(settings->palette));
}

static void save(struct app *app)
{
	app_save(app);
}

/* What is not here, the active pane does. */
static void (*const doers[])(struct app *app) = {
	[ACTION_NEXT_PANE] = next_pane,
	[ACTION_PREVIOUS_PANE] = previous_pane,
	[ACTION_SEARCH] = app_search,
	[ACTION_SEARCH_NEXT] = app_search_next,
	[ACTION_SEARCH_PREVIOUS] = app_search_previous,
	[ACTION_WHY] = show_why,
	[ACTION_CONFIG] = show_config,
	[ACTION_LOG] = show_log,
	[ACTION_EDIT] = edit,
	[ACTION_TYPE] = app_type,
	[ACTION_GO_TYPE] = app_type,
	[ACTION_SAVE] = save,
	[ACTION_UNDO] = app_undo,
	[ACTION_REDO] = app_redo,
	[ACTION_BUILD] = app_build,
	[ACTION_REBUILD] = app_rebuild,
	[ACTION_TOUCH] = app_touch,
	[ACTION_CONTEXT] = show_context,
	[ACTION_IGNORE] = app_toggle_ignore,
	[ACTION_CANCEL] = app_cancel,
	[ACTION_REPLAN] = replan,
	[ACTION_COPY] = copy,
	[ACTION_MOUSE] = toggle_mouse,
	[ACTION_ASCII] = toggle_ascii,
	[ACTION_REDRAW] = redraw,
	[ACTION_HELP] = toggle_help,
	[ACTION_CLOSE] = close_popup,
	[ACTION_MESSAGES] = show_messages,
	[ACTION_COMMAND] = app_command,
	[ACTION_SHELL] = shell,
	[ACTION_STEP_SHELL] = app_step_shell,
	[ACTION_DETAIL_SHELL] = app_step_shell,
	[ACTION_ZOOM] = zoom,
	[ACTION_PALETTE] = next_palette,
	[ACTION_QUIT] = app_quit,
	[ACTION_OPEN] = show_layers,
	[ACTION_LAYERS] = show_layers,
	[ACTION_FILTER] = app_filter,
	[ACTION_MARK] = mark,
	[ACTION_COMPARE] = compare,
};

/* What it is that a list has not; false: the pane can do it. */
static bool has_no_folds(struct app *app, enum action action)
{
	bool folds = action == ACTION_FOLD || action == ACTION_FOLD_ALL ||
		     action == ACTION_FOLD_DEPTH ||
		     action == ACTION_UNFOLD_DEPTH;

	if (!folds || app->popup || app->focus != PANE_TREE ||
	    tree_pane_sort(app->panes[PANE_TREE]) == TREE_SORT_TREE)
		return false;
	app_say(app, true, "a sorted list has no folds: s to the tree");
	return true;
}

static void act(struct app *app, enum action action)
{
	if (has_no_folds(app, action))
		return;
	if ((size_t)action < sizeof(doers) / sizeof(*doers) && doers[action])
		doers[action](app);
	else if (app_line_act(app, action))
		return;
	else if (action != ACTION_NONE && pane_act(app_active(app), action))
		app_selected(app);
}

void app_take_message(struct app *app)
{
	bool bad;
	AUTO_FREE char *text = browser_take_message(app->browser, &bad);

	int line = browser_take_line(app->browser);

	app->model.marked = *browser_marked(app->browser);
	if (text)
		app_say(app, bad, "%s", text);
	if (!line)
		return;
	app->focus = PANE_FILE;
	app_go(app, line - 1);
}

static bool everywhere(enum action action)
{
	size_t count;
	const struct action_info *table = actions_table(&count);

	for (size_t i = 0; i < count; i++)
		if (table[i].action == action)
			return table[i].contexts == CONTEXT_ALL;
	return false;
}

/* What is not the browser's own: help, copying, the look of the screen. */
static void browse(struct app *app, enum action action)
{
	AUTO_FREE char *text = NULL;

	if (action == ACTION_COPY)
		text = browser_copied(app->browser);
	if (text)
		copy_text(app, "", text);
	else if (!browser_act(app->browser, action) && everywhere(action))
		act(app, action);
	app_take_message(app);
}

static bool is_browsing(const struct app *app)
{
	return browser_is_open(app->browser) && !app->popup;
}

void app_do(struct app *app, enum action action)
{
	app_update(app);
	if (is_browsing(app))
		browse(app, action);
	else
		act(app, action);
}

void app_go(struct app *app, int row)
{
	if (is_browsing(app)) {
		browser_go(app->browser, row);
		app_take_message(app);
		return;
	}
	if (app_active(app) == app->panes[PANE_FILE])
		file_pane_go(app_active(app), row + 1);
	else
		pane_go(app_active(app), row);
	app_selected(app);
}

void app_key(struct app *app, uint32_t key)
{
	unsigned contexts = app_contexts(app);

	if (app_paste_key(app, key))
		return;
	if (key == '\n') /* Ctrl-J; only what is pasted tells it apart */
		key = KEYCODE_ENTER;
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
	if (app->prompt.open) {
		app_prompt_key(app, key);
		return;
	}
	if (is_browsing(app) &&
	    browser_key(app->browser, &app->options->keys, key)) {
		app_take_message(app);
		return;
	}
	if (key == KEYCODE_ESC && (contexts & CONTEXT_TREE) &&
	    !(contexts & CONTEXT_BUILDING))
		app_filter_set(app, NULL); /* unless it stops a build */
	app_do(app, keymap_action(&app->options->keys, key, contexts));
}
