/* Knows where each pane lies on a screen of any size. */
#include "tui/app.h"

#include <limits.h>
#include <string.h>

/* From this size on all panes are seen at once. */
#define FULL_ROWS 20
#define FULL_COLUMNS 72
#define WIDE_COLUMNS 160 /* from here on in three columns */
/* At and below either of these there is room for one sentence only. */
#define TINY_ROWS 10
#define TINY_COLUMNS 40
#define SPIN_MS 200
#define UPPER_STEP 4 /* rows by which the upper panes grow */

/* What is right of column at, and the line before it. */
static void cut_right(struct area *from, int at, struct area *right,
		      struct area *line)
{
	*right = *line = *from;
	line->column = from->column + at;
	line->columns = 1;
	right->column = line->column + 1;
	right->columns = from->columns - at - 1;
	from->columns = at;
}

/*
 * The detail has the rows that tree and Dockerfile do not need, and of the
 * body never less than a third or more than two. What they need counts in
 * steps of four rows, and while one types it only grows (app_update): a key
 * moves nothing, and of new lines every fourth at most.
 */
static int detail_rows(int body, int needed)
{
	int least = body / 3, most = body * 2 / 3;
	int left = body - (needed + UPPER_STEP - 1) / UPPER_STEP * UPPER_STEP;

	return left < least ? least : left > most ? most : left;
}

static void lay_out(struct area body, int split, int needed,
		    struct layout *out)
{
	struct area *panes = out->panes;
	int detail = detail_rows(body.rows, needed);

	panes[PANE_TREE] = body;
	if (body.columns >= WIDE_COLUMNS) {
		cut_right(&panes[PANE_TREE], body.columns * (split ? split : 30) / 100,
			  &panes[PANE_FILE], &out->dividers[0]);
		cut_right(&panes[PANE_FILE], panes[PANE_FILE].columns / 2,
			  &panes[PANE_DETAIL], &out->dividers[1]);
		return;
	}
	panes[PANE_DETAIL] = (struct area){ body.rows - detail, 0, detail,
					    body.columns };
	panes[PANE_TREE].rows -= detail;
	cut_right(&panes[PANE_TREE], body.columns * (split ? split : 48) / 100,
		  &panes[PANE_FILE], &out->dividers[0]);
}

void layout_make(int rows, int columns, enum pane_index focus, bool zoomed,
		 int split, int needed, struct layout *out)
{
	struct area body = { 0, 0, rows - 2, columns };

	*out = (struct layout){ 0 };
	out->tiny = rows <= TINY_ROWS || columns <= TINY_COLUMNS;
	if (out->tiny)
		return;
	out->status = (struct area){ rows - 2, 0, 1, columns };
	out->hints = (struct area){ rows - 1, 0, 1, columns };
	out->help = body;
	out->single = zoomed || rows < FULL_ROWS || columns < FULL_COLUMNS;
	if (out->single)
		out->panes[focus] = body;
	else
		lay_out(body, split, needed, out);
}

/* Rows that tree and Dockerfile can come to, each below its title: it hangs on
 * no verdict, fold or filter, which come and go. A store that was not read yet
 * may be large. */
static int rows_needed(const struct model *model)
{
	size_t steps = model->file ? model->file->instr_count : 0;
	size_t tree = model->image_count + steps; /* all of them ghosts */
	size_t most = model->lines.count > tree ? model->lines.count : tree;

	return model->tree_version && most < INT_MAX / 2 ? (int)most + 1 :
							   INT_MAX / 2;
}

struct layout app_layout(const struct app *app, int *rows, int *columns)
{
	struct layout layout;

	app->front->ops->size(app->front, rows, columns);
	layout_make(*rows, *columns, app->focus, app->zoomed, app->split,
		    app->needed, &layout);
	return layout;
}

void app_update(struct app *app)
{
	int rows, columns, needed = rows_needed(&app->model);
	struct layout layout;
	struct area whole;

	if (!app->editor.typing || needed > app->needed)
		app->needed = needed;
	if (app->model.building)
		run_state_clock(&app->model.run,
				app_now() - app->build_started);
	layout = app_layout(app, &rows, &columns);
	whole = (struct area){ 0, 0, rows > 1 ? rows : 2,
			       columns > 1 ? columns : 2 };
	for (int i = 0; i < PANE_COUNT; i++)
		pane_update(app->panes[i], &app->model,
			    layout.panes[i].rows ? &layout.panes[i] : &whole);
	if (browser_is_open(app->browser))
		browser_update(app->browser, layout.help.rows ? &layout.help :
								&whole);
	if (app->popup)
		pane_update(app->popups[app->popup], &app->model,
			    layout.help.rows ? &layout.help : &whole);
}

static void draw_tiny(struct app *app, struct canvas *canvas)
{
	AUTO(rows_release) struct rows rows = { 0 };
	struct flow flow = { .rows = &rows, .width = canvas->columns };
	struct area all = canvas_area(canvas);

	(void)app;
	flow_words(&flow, STYLE_PLAIN,
		   "varve needs more room: make the window larger than 40x10, "
		   "or press q.");
	/* The last cell of a terminal is written by way of its neighbour. */
	if (canvas->columns < 2)
		all.rows--;
	for (size_t i = 0; i < rows.count; i++)
		canvas_row(canvas, &all, (int)i, 0, &rows.items[i], 0);
}

static void draw_dividers(const struct app *app, struct canvas *canvas,
			  const struct layout *layout)
{
	const char *line = glyphs_get(app->model.ascii)->vertical;

	for (int i = 0; i < 2; i++)
		for (int y = 0; y < layout->dividers[i].rows; y++)
			canvas_text(canvas, &layout->dividers[i], y, 0,
				    STYLE_LINE, line);
}

/* It turns while something runs. */
static void add_spinner(struct row *out)
{
	static const char *const turns[] = { "|", "/", "-", "\\" };

	row_addf(out, STYLE_LATE, "%s ", turns[app_now() / SPIN_MS % 4]);
}

static void add_time(const struct app *app, int64_t ms, struct row *out)
{
	AUTO_FREE char *time = text_duration(ms);

	row_addf(out, STYLE_PLAIN, " %s %s",
		 glyphs_get(app->model.ascii)->dot, time);
}

static void add_building(const struct app *app, struct row *out)
{
	if (!app->options->fixed)
		add_spinner(out);
	row_addf(out, STYLE_LATE, "building step %d/%d", app->model.run.step,
		 app->model.run.total);
	if (!app->options->fixed)
		add_time(app, app_now() - app->build_started, out);
}

static void add_planning(const struct app *app, struct row *out)
{
	int64_t waited = app_waited(app);

	if (waited >= 0)
		add_spinner(out);
	row_add(out, STYLE_DIM, "planning");
	if (waited >= 0)
		add_time(app, waited, out);
}

static void add_state(const struct app *app, struct row *out)
{
	const struct model *model = &app->model;
	struct plan_view view = { .ascii = model->ascii,
				  .fixed = app->options->fixed };

	if (model->building)
		add_building(app, out);
	else if (app_waited(app) >= 0)
		add_planning(app, out);
	else if (model->plan_error)
		row_add(out, STYLE_ERROR, "cannot plan: see Why");
	else if (model->plan)
		view_summary(model->plan, &view, out);
	else
		add_planning(app, out);
}

/* The name that the image will have; else the image, once it is there. */
static void add_image(const struct app *app, struct row *out)
{
	const struct plan *plan = app->model.plan;
	struct step *const *steps;
	size_t count = 0;

	if (app->options->tag) {
		row_addf(out, STYLE_TAG, "%s ", app->options->tag);
		return;
	}
	if (plan && !app->model.plan_error)
		steps = plan_steps(plan, &count);
	if (count && digest_is_set(&steps[count - 1]->image))
		row_addf(out, STYLE_ID, "%.8s ", steps[count - 1]->image.text +
							 strlen("sha256:"));
}

/* Columns that the counts need at the least: "12 hit 3 miss". */
#define COUNTS_COLUMNS 14

/* The state and, before it, what it is of: image and stage. What was said is
 * the news: where there is no room for all, it has it. */
static void add_facts(const struct app *app, int room, struct row *out)
{
	AUTO(row_release) struct row of = { 0 }, state = { 0 };
	int said = app->message ? text_width(app->message) + 3 : 0;

	add_image(app, &of);
	if (app->options->target)
		row_addf(&of, STYLE_KEY, "target %s ", app->options->target);
	add_state(app, &state);
	room -= row_width(out) + said;
	if (said && row_width(&state) > room) {
		if (room < COUNTS_COLUMNS)
			return;
		row_fit(&state, room, app->model.ascii);
	}
	if (!said || row_width(&of) + row_width(&state) <= room)
		row_append(out, &of);
	row_append(out, &state);
	if (said)
		row_addf(out, STYLE_DIM, " %s ",
			 glyphs_get(app->model.ascii)->dot);
}

/* Its cursor is always to be seen. */
static void draw_prompt(const struct prompt *prompt, struct canvas *canvas,
			const struct area *area)
{
	AUTO(row_release) struct row row = { 0 }, head = { 0 };
	AUTO_FREE char *start = mem_strndup(prompt_text(prompt),
					    prompt->cursor);
	int column, skip;

	row_add(&row, STYLE_PLAIN, prompt->label);
	row_add(&row, STYLE_PLAIN, prompt_text(prompt));
	row_add(&head, STYLE_PLAIN, prompt->label);
	row_add(&head, STYLE_PLAIN, start);
	column = row_width(&head);
	skip = column >= area->columns ? column - area->columns + 1 : 0;
	canvas_row(canvas, area, 0, 0, &row, skip);
	canvas->cursor_row = area->row;
	canvas->cursor_column = column - skip;
}

static void draw_status(struct app *app, struct canvas *canvas,
			const struct area *area)
{
	AUTO(row_release) struct row row = { 0 };

	if (app_prompt(app)) {
		draw_prompt(app_prompt(app), canvas, area);
		return;
	}
	if (app_question_text(app)) {
		row_add(&row, STYLE_LATE, app_question_text(app));
		row_fit(&row, area->columns - 2, app->model.ascii);
		canvas_row(canvas, area, 0, 1, &row, 0);
		return;
	}
	if (app->editor.typing)
		row_add(&row, STYLE_KEY, "TYPING ");
	if (app->zoomed && !app->popup && !browser_is_open(app->browser))
		row_add(&row, STYLE_KEY, "ZOOM ");
	add_facts(app, area->columns - 2, &row);
	if (app->message)
		row_add(&row, app->message_bad ? STYLE_ERROR : STYLE_BOLD,
			app->message);
	row_fit(&row, area->columns - 2, app->model.ascii);
	canvas_row(canvas, area, 0, 1, &row, 0);
}

void app_hints(const struct app *app, int columns, struct hints *out)
{
	*out = (struct hints){ 0 };
	if (app->question || app_prompt(app))
		return;
	if (app->editor.typing)
		hints_make_typing(&app->options->keys, columns, out);
	else
		hints_make(&app->options->keys, app_contexts(app), columns,
			   out);
}

static void add_key(const struct keymap *keys, enum action action,
		    const char *does, struct row *out)
{
	AUTO_FREE char *key = keymap_key(keys, action);

	if (*key)
		row_addf(out, STYLE_DIM, "%s %s %s", out->count ? "," : "", key,
			 does);
}

/* What Tab found; or what can be pressed. */
static void offers_row(const struct keymap *keys, const struct prompt *prompt,
		       struct row *out)
{
	if (!prompt->offers.count) {
		add_key(keys, ACTION_PROMPT_ENTER,
			prompt->complete ? "does it" : "takes it", out);
		if (prompt->complete)
			add_key(keys, ACTION_PROMPT_NEXT, "completes", out);
		add_key(keys, ACTION_PROMPT_OLDER, "what was typed before",
			out);
		add_key(keys, ACTION_PROMPT_LEAVE, "leaves", out);
		return;
	}
	for (size_t i = 0; i < prompt->offers.count; i++)
		row_addf(out, i == prompt->offered ? STYLE_KEY : STYLE_PLAIN,
			 " %s", prompt->offers.items[i]);
}

/* So many columns of them are passed over that the chosen one is seen. */
static int offers_skipped(const struct prompt *prompt, int columns)
{
	int end = 2; /* room for the sign that there are more */

	if (prompt->offered >= prompt->offers.count) /* none is chosen yet */
		return 0;
	for (size_t i = 0; i < prompt->offers.count && i <= prompt->offered;
	     i++)
		end += text_width(prompt->offers.items[i]) + 1;
	return end > columns ? end - columns : 0;
}

static void draw_hints(const struct app *app, struct canvas *canvas,
		       const struct area *area)
{
	AUTO(hints_release) struct hints hints;
	AUTO(row_release) struct row row = { 0 };

	const struct prompt *prompt = app_prompt(app);
	int skip = prompt ? offers_skipped(prompt, area->columns) : 0;

	if (prompt)
		offers_row(&app->options->keys, prompt, &row);
	app_hints(app, area->columns, &hints);
	hints_row(&hints, &row);
	row_fit(&row, skip + area->columns, app->model.ascii);
	canvas_row(canvas, area, 0, 0, &row, skip);
}

static void draw_panes(struct app *app, struct canvas *canvas,
		       const struct layout *layout)
{
	for (int i = 0; i < PANE_COUNT; i++)
		if (layout->panes[i].rows)
			pane_draw(app->panes[i], canvas, &layout->panes[i],
				  i == (int)app->focus);
	draw_dividers(app, canvas, layout);
	if (layout->panes[PANE_FILE].rows)
		file_pane_cursor(app->panes[PANE_FILE],
				 &layout->panes[PANE_FILE],
				 &canvas->cursor_row, &canvas->cursor_column);
}

void app_render(struct app *app, struct canvas *canvas)
{
	int rows, columns;
	struct layout layout;

	app_update(app);
	layout = app_layout(app, &rows, &columns);
	canvas_init(canvas, rows, columns);
	if (layout.tiny) {
		draw_tiny(app, canvas);
		return;
	}
	if (app->popup)
		pane_draw(app->popups[app->popup], canvas, &layout.help, true);
	else if (browser_is_open(app->browser))
		browser_draw(app->browser, canvas, &layout.help);
	else
		draw_panes(app, canvas, &layout);
	draw_status(app, canvas, &layout.status);
	draw_hints(app, canvas, &layout.hints);
}

void app_draw(struct app *app)
{
	AUTO(canvas_release) struct canvas canvas = { 0 };

	app_render(app, &canvas);
	app->front->ops->draw(app->front, &canvas, app->redraw);
	app->dirty = app->redraw = false;
}
