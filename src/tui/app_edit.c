/* Knows how the Dockerfile is edited in its pane, and planned as it stands. */
#include "tui/app.h"

#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "tui/line_map.h"

static struct editor *editor_of(struct app *app)
{
	return &app->editor;
}

/* The model shows what is in the editor. */
static void show_text(struct app *app)
{
	struct editor *editor = editor_of(app);
	size_t len;
	const char *text = text_edit_text(editor->edit, &len);

	model_set_text(&app->model, editor->exists || len || editor->typing ?
					    text : NULL, len);
	app->model.unsaved = editor_modified(editor);
	app->model.typing = editor->typing;
	app->dirty = true;
}

static void show_cursor(struct app *app)
{
	struct model *model = &app->model;
	int line, column;

	text_edit_where(app->editor.edit, &line, &column);
	model->cursor_line = line;
	model->cursor_column = column;
	model->typing = app->editor.typing;
	file_pane_go(app->panes[PANE_FILE], line + 1);
	app->dirty = true;
}

/* ---- planning what is not saved ---- */

static int start_live(struct app *app, struct err *err)
{
	AUTO(strv_release) struct strv args = { 0 };

	if (planner_runs(&app->live))
		return 0;
	strv_add(&args, "plan");
	strv_add(&args, "--serve");
	app_add_common(app, &args);
	return planner_start(&app->live, &args, err);
}

void app_plan_text(struct app *app)
{
	struct err err = ERR_INIT;
	size_t len;
	const char *text = text_edit_text(app->editor.edit, &len);
	AUTO(buf_release) struct buf what = BUF_INIT;

	/* The saved file's plan is of no interest any more. */
	if (worker_runs(&app->planner)) {
		worker_release(&app->planner);
		app->progress.plans++;
	}
	if (start_live(app, &err) < 0) {
		model_set_plan(&app->model, NULL, NULL, err.msg);
		return;
	}
	app_imagine(app, &what);
	planner_ask(&app->live, what.data, text, len);
	app->model.stale = app->model.plan != NULL;
}

void app_poll_live(struct app *app)
{
	struct plan *plan;
	AUTO_FREE char *error = NULL;

	if (!planner_runs(&app->live) ||
	    !planner_poll(&app->live, &plan, &error))
		return;
	app_take_plan(app, plan, planner_text(&app->live), error);
	/* A newer text is on its way. */
	if (planner_owes(&app->live))
		app->model.stale = true;
}

/* After each change: the text is shown, its plan asked for. */
static void changed(struct app *app)
{
	show_text(app);
	show_cursor(app);
	app_plan_text(app);
}

/* ---- the file ---- */

/* Shows the text with the cursor on the line that its own became. */
static void go_along(struct app *app, int line)
{
	AUTO_FREE char *old = mem_strdup(app->model.text);
	struct line_map map;
	int now;

	show_text(app);
	if (app->editor.typing) {
		show_cursor(app);
		return;
	}
	if (!old || !app->model.text)
		return;
	line_map_make(old, app->model.text, &map);
	now = line_map_at(&map, line);
	file_pane_follow_line(app->panes[PANE_FILE], now > 0 ? now : line);
}

bool app_take_file(struct app *app)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;
	int found = fs_read(AT_FDCWD, app->options->file, DOCKERFILE_MAX,
			    &text, &err);
	int line = file_pane_line(app->panes[PANE_FILE]);
	bool first = !app->model.file_version;

	if (found == 1 && !text.data)
		buf_adds(&text, "");
	switch (editor_take(editor_of(app), found == 1 ? text.data : NULL)) {
	case EDITOR_SAME:
		if (!first)
			return false;
		break;
	case EDITOR_TAKEN:
		break;
	case EDITOR_MERGED:
		app_say(app, false, "another program changed the file: both "
				    "changes are in it, not saved yet");
		break;
	case EDITOR_OVERLAPS:
		app->question = QUESTION_DISK;
		return false;
	}
	go_along(app, line);
	return true;
}

bool app_save(struct app *app)
{
	struct err err = ERR_INIT;

	if (app->editor.theirs) {
		app->question = QUESTION_DISK;
		return false;
	}
	if (!editor_modified(editor_of(app)) && app->editor.exists) {
		app_say(app, false, "nothing to save");
		return true;
	}
	if (editor_save(editor_of(app), app->options->file, &err) < 0) {
		/* It is looked at again: merged, or asked about. */
		app_say(app, true, "not saved: %s", err.msg);
		app_plan_soon(app, WATCH_SOURCES);
		return false;
	}
	if (!whatif_is_set(&app->whatif))
		model_saved(&app->model);
	show_text(app);
	app_plan_soon(app, WATCH_SOURCES);
	app_say(app, false, "saved");
	return true;
}

bool app_unsaved(struct app *app)
{
	return editor_modified(editor_of(app));
}

/* ---- typing ---- */

void app_type(struct app *app)
{
	struct err err = ERR_INIT;
	int line = file_pane_line(app->panes[PANE_FILE]) - 1;
	struct text_edit *edit = app->editor.edit;

	app->focus = PANE_FILE;
	app->editor.typing = true;
	file_pane_unfold(app->panes[PANE_FILE]);
	text_edit_go(edit, line, (int)text_edit_line(edit, line).len);
	show_text(app);
	show_cursor(app);
	/* Ready for the first key. */
	if (start_live(app, &err) < 0)
		app_say(app, true, "%s", err.msg);
}

static void leave(struct app *app)
{
	app->editor.typing = false;
	text_edit_pause(app->editor.edit);
	show_text(app);
	show_cursor(app);
	app_say(app, false, "%s", app_unsaved(app) ?
		"not saved: s saves, U undoes, b saves and builds" : "");
}

void app_edit_key(struct app *app, uint32_t key)
{
	switch (editor_key(editor_of(app), &app->options->keys,
			   app->model.file, key)) {
	case EDITOR_NOTHING:
		break;
	case EDITOR_MOVED:
		show_cursor(app);
		app->panes[PANE_FILE]->ops->select(app->panes[PANE_FILE],
						   &app->model);
		app_follow(app);
		break;
	case EDITOR_CHANGED:
		changed(app);
		break;
	case EDITOR_LEAVES:
		leave(app);
		break;
	case EDITOR_SAVES:
		app_save(app);
		break;
	}
}

/* One change, to be taken back as one. */
void app_edit_paste(struct app *app, const char *text, size_t len)
{
	struct text_edit *edit = app->editor.edit;

	text_edit_pause(edit);
	text_edit_insert(edit, text, len);
	text_edit_pause(edit);
	changed(app);
}

/* An action on the line under the pane's cursor. */
static void on_line(struct app *app, enum text_change change)
{
	struct text_edit *edit = app->editor.edit;

	file_pane_unfold(app->panes[PANE_FILE]);
	text_edit_go(edit, file_pane_line(app->panes[PANE_FILE]) - 1, 0);
	if (editor_change(editor_of(app), app->model.file, change))
		changed(app);
	app->panes[PANE_FILE]->ops->select(app->panes[PANE_FILE], &app->model);
	app_follow(app);
}

bool app_line_act(struct app *app, enum action action)
{
	static const struct {
		enum action action;
		enum text_change change;
	} lines[] = {
		{ ACTION_LINE_DELETE, TEXT_DELETE_LINE },
		{ ACTION_LINE_DUPLICATE, TEXT_DUPLICATE },
		{ ACTION_LINE_UP, TEXT_LINE_ABOVE },
		{ ACTION_LINE_DOWN, TEXT_LINE_BELOW },
		{ ACTION_LINE_JOIN, TEXT_JOIN },
		{ ACTION_COMMENT, TEXT_COMMENT },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (lines[i].action == action) {
			on_line(app, lines[i].change);
			return true;
		}
	return false;
}

void app_unedit(struct app *app)
{
	editor_discard(editor_of(app));
	changed(app);
}

void app_decide(struct app *app, bool take_theirs)
{
	editor_decide(editor_of(app), take_theirs);
	changed(app);
}

/* The cursor is where the change was. */
static void changed_elsewhere(struct app *app)
{
	changed(app);
	app->panes[PANE_FILE]->ops->select(app->panes[PANE_FILE], &app->model);
	app_follow(app);
}

void app_undo(struct app *app)
{
	if (text_edit_undo(app->editor.edit))
		changed_elsewhere(app);
	else
		app_say(app, true, "nothing to undo");
}

void app_redo(struct app *app)
{
	if (text_edit_redo(app->editor.edit))
		changed_elsewhere(app);
	else
		app_say(app, true, "nothing to redo");
}
