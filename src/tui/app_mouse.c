/* Knows what lies under the mouse and what a click on it does. */
#include "tui/app.h"
#include "view/lens.h"

#define SPLIT_LEAST 15 /* percent of the width */
#define SPLIT_MOST 70

static void click_hint(struct app *app, int column, int columns)
{
	AUTO(hints_release) struct hints hints;
	enum action action;

	app_hints(app, columns, &hints);
	action = hints_at(&hints, column);
	if (action != ACTION_NONE)
		app_do(app, action);
}

static int pane_under(const struct layout *layout, const struct mouse *mouse)
{
	for (int i = 0; i < PANE_COUNT; i++)
		if (area_holds(&layout->panes[i], mouse->row, mouse->column))
			return i;
	return -1;
}

/* Into the pane that has the focus already, a second time. */
static void open_under(struct app *app)
{
	static const enum action opens[PANE_COUNT] = {
		[PANE_TREE] = ACTION_OPEN, [PANE_FILE] = ACTION_TYPE,
		[PANE_DETAIL] = ACTION_FOLD,
	};
	const struct lens_place *place =
		detail_pane_place(app->panes[PANE_DETAIL]);

	app_do(app, app->focus == PANE_DETAIL && place && place->rule ?
			    ACTION_IGNORE : opens[app->focus]);
}

/* A name in the title of the detail. */
static void click_title(struct app *app, int column)
{
	static const enum action shows[] = {
		[DETAIL_WHY] = ACTION_WHY, [DETAIL_CONFIG] = ACTION_CONFIG,
		[DETAIL_LOG] = ACTION_LOG, [DETAIL_CONTEXT] = ACTION_CONTEXT,
	};
	enum detail_mode mode;

	if (detail_pane_named(app->panes[PANE_DETAIL], column, &mode))
		app_do(app, shows[mode]);
}

static void on_pane(struct app *app, enum pane_index index,
		    const struct area *area, const struct mouse *mouse)
{
	struct pane *pane = app->panes[index];

	if (mouse->kind == MOUSE_UP || mouse->kind == MOUSE_DOWN) {
		pane_scroll(pane, mouse->kind == MOUSE_UP ? -1 : 1);
		if (index == app->focus)
			app_selected(app);
		return;
	}
	app->focus = index;
	if (index == PANE_DETAIL && mouse->row == area->row) {
		click_title(app, mouse->column - area->column);
		return;
	}
	if (!pane_click(pane, area, mouse->row))
		return;
	app_selected(app);
	if (index == PANE_FILE &&
	    file_pane_on_sign(pane, mouse->column - area->column))
		app_do(app, ACTION_FOLD);
	else if (mouse->kind == MOUSE_DOUBLE)
		open_under(app);
}

static void on_popup(struct app *app, const struct area *area,
		     const struct mouse *mouse)
{
	struct pane *pane = app->popups[app->popup];

	if (mouse->kind == MOUSE_UP || mouse->kind == MOUSE_DOWN)
		pane_scroll(pane, mouse->kind == MOUSE_UP ? -1 : 1);
	else
		pane_click(pane, area, mouse->row);
}

/* The line between tree and Dockerfile goes where it is let go. */
static bool drag(struct app *app, const struct layout *layout,
		 const struct mouse *mouse, int columns)
{
	int split = mouse->column * 100 / columns;

	if (mouse->kind == MOUSE_PRESS && !app->popup &&
	    !browser_is_open(app->browser) &&
	    area_holds(&layout->dividers[0], mouse->row, mouse->column)) {
		app->dragging = true;
		return true;
	}
	if (mouse->kind != MOUSE_RELEASE)
		return false;
	if (app->dragging)
		app->split = split < SPLIT_LEAST ? SPLIT_LEAST :
			     split > SPLIT_MOST	 ? SPLIT_MOST : split;
	app->dragging = false;
	return true;
}

void app_mouse(struct app *app, const struct mouse *mouse)
{
	int rows, columns, under;
	struct layout layout = app_layout(app, &rows, &columns);

	app->dirty = true;
	/* Who is asked, or types, answers with keys. */
	if (!app->settings.mouse || app->question || app_prompt(app) ||
	    app->editor.typing || layout.tiny)
		return;
	app_update(app);
	if (drag(app, &layout, mouse, columns))
		return;
	if (area_holds(&layout.hints, mouse->row, mouse->column)) {
		if (mouse->kind == MOUSE_PRESS)
			click_hint(app, mouse->column, columns);
		return;
	}
	if (app->popup) {
		on_popup(app, &layout.help, mouse);
	} else if (browser_is_open(app->browser)) {
		browser_mouse(app->browser, &layout.help, mouse);
		app_take_message(app);
	} else {
		under = pane_under(&layout, mouse);
		if (under >= 0)
			on_pane(app, (enum pane_index)under,
				&layout.panes[under], mouse);
	}
}
