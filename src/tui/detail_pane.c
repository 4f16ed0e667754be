/* Knows what is told of the selection: why, configuration, or the log. */
#include "tui/context_view.h"
#include "tui/log_view.h"
#include "tui/pane.h"

#include <string.h>

/* Versions of the model that rows are made of. */
enum seen {
	SEEN_PLAN, SEEN_TREE, SEEN_SELECTION, SEEN_FILE, SEEN_CONTEXT,
	SEEN_DIFF, SEEN_COUNT,
};

struct detail_pane {
	struct pane pane;
	enum detail_mode mode;
	struct rows rows; /* why and configuration; the log stays its own */
	struct log_view log;
	struct context_view context;
	int columns;
	unsigned seen[SEEN_COUNT];
	enum detail_mode seen_mode;
	bool made, ascii, failed;
};

#define TITLE_COLUMN 3 /* of the first name */
#define BETWEEN " | "

static const char *const names[] = {
	[DETAIL_WHY] = "Why", [DETAIL_CONFIG] = "Config", [DETAIL_LOG] = "Log",
	[DETAIL_CONTEXT] = "Context",
};
#define NAME_COUNT ((int)(sizeof(names) / sizeof(*names)))

static void title(const struct pane *pane, struct row *out)
{
	const struct detail_pane *detail = (const struct detail_pane *)pane;

	row_add(out, STYLE_PLAIN, " ");
	for (int i = 0; i < NAME_COUNT; i++) {
		if (i)
			row_add(out, STYLE_DIM, BETWEEN);
		row_add(out, i == (int)detail->mode ? STYLE_TITLE : STYLE_DIM,
			names[i]);
		/* Not told by colour alone. */
		if (i == (int)detail->mode)
			row_add(out, STYLE_TITLE, "*");
	}
	row_add(out, STYLE_PLAIN, " ");
	if (detail->mode == DETAIL_LOG && pane->model->building &&
	    pane->cursor + 1 < pane->count)
		row_add(out, STYLE_LATE, "G follows ");
}

bool detail_pane_named(const struct pane *pane, int column,
		       enum detail_mode *mode)
{
	int start = TITLE_COLUMN;

	for (int i = 0; i < NAME_COUNT; i++) {
		int end = start + (int)strlen(names[i]) +
			  (i == (int)detail_pane_mode(pane));

		if (column >= start && column < end) {
			*mode = (enum detail_mode)i;
			return true;
		}
		start = end + (int)strlen(BETWEEN);
	}
	return false;
}

static void say(struct rows *out, int width, enum style style,
		const char *text)
{
	struct flow flow = { .rows = out, .link = -1, .indent = 0,
			     .width = width };

	flow_words(&flow, style, text);
}

static void add_config(struct detail_pane *detail, const struct model *model,
		       struct image *image, const struct plan_view *view)
{
	const struct image_config *config;
	struct err err = ERR_INIT;
	size_t index = lineage_index(model->images, model->image_count,
				     &image->id);

	if (index != LINEAGE_NONE)
		view_place(model->store, model->images, &model->lineage,
			   index, view, &detail->rows);
	config = store_config(model->store, image, &err);
	if (config)
		view_config(config, view, &detail->rows);
	else
		say(&detail->rows, view->width, STYLE_ERROR, err.msg);
}

/* All of them, each with its place: Docker tells of the first one only. */
static void add_mistakes(struct detail_pane *detail, const struct model *model,
			 int width)
{
	struct flow flow = { .rows = &detail->rows, .link = -1, .indent = 2,
			     .width = width };

	for (size_t i = 0; i < model->file->diag_count; i++) {
		const struct diag *diag = &model->file->diags[i];
		AUTO_FREE char *place = mem_printf(
			"line %d, column %d:", model_diag_line(diag),
			diag->at.column > 0 ? diag->at.column : 1);

		if (diag->warning)
			continue;
		if (model_diag_line(diag))
			flow_words(&flow, STYLE_BOLD, place);
		flow_words(&flow, STYLE_ERROR, diag->text);
		flow_end(&flow);
	}
}

/* The selected one, if no step makes it. */
static void add_image(struct detail_pane *detail, const struct model *model,
		      const struct plan_view *view)
{
	struct image *image = model_image(model);

	if (!image)
		return;
	say(&detail->rows, view->width, STYLE_DIM,
	    "no step of this Dockerfile makes this image");
	add_config(detail, model, image, view);
}

/* What Docker does all the same, but says a word of: at the step's lines. */
static void add_warnings(struct detail_pane *detail, const struct model *model,
			 const struct step *step, int width)
{
	struct flow flow = { .rows = &detail->rows, .link = -1, .indent = 2,
			     .width = width };

	for (size_t i = 0; model->file && i < model->file->diag_count; i++) {
		const struct diag *diag = &model->file->diags[i];
		int line = model_diag_line(diag);
		AUTO_FREE char *place = mem_printf("line %d:", line);

		if (!diag->warning || line < step->line ||
		    line > model_last_line(model, step->line))
			continue;
		flow_words(&flow, STYLE_BOLD, place);
		flow_words(&flow, STYLE_LATE, diag->text);
		flow_end(&flow);
	}
}

/* The reason comes first, then what it costs and what changed: of what else
 * is known, a small pane may not have room. */
static void add_step(struct detail_pane *detail, const struct model *model,
		     const struct step *step, const struct plan_view *view)
{
	struct rows *rows = &detail->rows;

	if (step) {
		view_reason(model->plan, step, view, rows);
		add_warnings(detail, model, step, view->width);
	} else {
		add_image(detail, model, view);
	}
	if (model->plan && model->before && model->changes.count)
		view_costs(model->before, model->plan, &model->changes, view,
			   rows);
	if (model_has_diff(model))
		for (size_t i = 0; i < model->diff.count; i++)
			view_diff_line(model->diff.items[i], 0, rows);
	if (step)
		view_step_facts(model->plan, step, view, rows);
}

static void add_unplanned(struct detail_pane *detail,
			  const struct model *model,
			  const struct plan_view *view)
{
	AUTO_FREE char *text = model->plan && !model_image(model) ?
		view_unplanned(model->plan) : NULL;

	if (text)
		say(&detail->rows, view->width, STYLE_DIM, text);
}

static void make_why(struct detail_pane *detail, const struct model *model,
		     const struct plan_view *view)
{
	const struct step *step = model_step(model);

	if (model->plan_error && model_mistakes(model))
		add_mistakes(detail, model, view->width);
	else if (model->plan_error)
		say(&detail->rows, view->width, STYLE_ERROR,
		    model->plan_error);
	else
		add_step(detail, model, step, view);
	if (!model->plan && !model->plan_error)
		say(&detail->rows, view->width, STYLE_DIM, "planning");
	if (!step && !model->plan_error)
		add_unplanned(detail, model, view);
	if (!step && model->plan_error)
		add_image(detail, model, view);
}

static void make_config(struct detail_pane *detail, const struct model *model,
			const struct plan_view *view)
{
	struct image *image = model_image(model);

	if (!image) {
		say(&detail->rows, view->width, STYLE_DIM,
		    model_step(model) ? "not built yet" :
					"no image is selected");
		return;
	}
	add_config(detail, model, image, view);
}

static void make_context(struct detail_pane *detail, const struct model *model,
			 const struct plan_view *view)
{
	if (model->lens_error)
		say(&detail->rows, view->width, STYLE_ERROR,
		    model->lens_error);
	else if (model->lens)
		context_view_make(&detail->context, model->lens, view->ascii,
				  0, &detail->rows);
}

const struct lens_place *detail_pane_place(const struct pane *pane)
{
	const struct detail_pane *detail = (const struct detail_pane *)pane;

	return detail->mode == DETAIL_CONTEXT && detail->made &&
	       detail->seen_mode == DETAIL_CONTEXT &&
	       pane->cursor < (int)detail->rows.count ?
		context_view_place(&detail->context,
				   &detail->rows.items[pane->cursor]) : NULL;
}

void detail_pane_keep(struct pane *pane)
{
	struct detail_pane *detail = (struct detail_pane *)pane;
	const struct lens_place *place = detail_pane_place(pane);

	if (place)
		context_view_keep(&detail->context, place);
	detail->made = false; /* nor do the places of its rows stay */
}

/* After rows are made anew. */
static void find_kept(struct detail_pane *detail)
{
	int row = context_view_kept(&detail->context, &detail->rows);

	if (row >= 0)
		pane_go(&detail->pane, row);
}

static void update_log(struct detail_pane *detail, const struct model *model)
{
	struct pane *pane = &detail->pane;
	bool at_end = pane->cursor + 1 >= pane->count ||
		      detail->seen_mode != DETAIL_LOG;

	log_view_update(&detail->log, &model->run);
	/* Why it failed is seen, whatever was folded. */
	if (model->run.failed && !detail->failed && model->run.log_count)
		log_view_reveal(&detail->log, &model->run,
				model->run.log_count - 1);
	detail->failed = model->run.failed;
	pane->count = (int)detail->log.count;
	if (at_end)
		pane_go(pane, pane->count - 1);
	detail->seen_mode = DETAIL_LOG;
	detail->made = false;
}

/* The context hangs on no selection and no plan. */
static bool is_seen(const struct detail_pane *detail, const unsigned *now)
{
	if (detail->mode == DETAIL_CONTEXT)
		return now[SEEN_CONTEXT] == detail->seen[SEEN_CONTEXT];
	return memcmp(now, detail->seen, sizeof(detail->seen)) == 0;
}

static void update(struct pane *pane, const struct model *model, int columns)
{
	struct detail_pane *detail = (struct detail_pane *)pane;
	unsigned now[SEEN_COUNT] = {
		[SEEN_PLAN] = model->plan_version,
		[SEEN_TREE] = model->tree_version,
		[SEEN_SELECTION] = model->selection_version,
		[SEEN_FILE] = model->file_version,
		[SEEN_CONTEXT] = model->context_version,
		[SEEN_DIFF] = model->diff_version,
	};
	AUTO_FREE char *build = keymap_key(&model->options->keys,
					   ACTION_BUILD);
	struct plan_view view = { .ascii = model->ascii,
				  .width = columns > 1 ? columns - 1 : 1,
				  .fixed = model->options->fixed,
				  .build_key = build,
				  .into = model->options->borrowed ?
					  NULL : model->store,
				  .in_daemon = model->options->in_daemon };
	bool moved;

	if (detail->mode == DETAIL_LOG) {
		detail->columns = columns;
		update_log(detail, model);
		return;
	}
	if (detail->made && detail->mode == detail->seen_mode &&
	    detail->columns == columns && detail->ascii == model->ascii &&
	    is_seen(detail, now))
		return;
	moved = detail->mode != detail->seen_mode ||
		(detail->mode != DETAIL_CONTEXT &&
		 now[SEEN_SELECTION] != detail->seen[SEEN_SELECTION]);
	if (!moved)
		detail_pane_keep(pane);
	rows_release(&detail->rows);
	if (detail->mode == DETAIL_CONTEXT)
		make_context(detail, model, &view);
	else if (detail->mode == DETAIL_WHY)
		make_why(detail, model, &view);
	else
		make_config(detail, model, &view);
	memcpy(detail->seen, now, sizeof(now));
	detail->seen_mode = detail->mode;
	detail->columns = columns;
	detail->ascii = model->ascii;
	detail->made = true;
	pane->count = (int)detail->rows.count;
	if (moved)
		pane_go(pane, 0);
	if (detail->mode == DETAIL_CONTEXT)
		find_kept(detail);
}

static void draw_row(const struct pane *pane, int index, struct row *out)
{
	const struct detail_pane *detail = (const struct detail_pane *)pane;

	if (detail->mode == DETAIL_LOG) {
		/* Who goes to the right wants to read all of it. */
		log_view_row(&detail->log, &pane->model->run, (size_t)index,
			     pane->left ? 0 : detail->columns,
			     pane->model->ascii, pane->model->options->fixed,
			     out);
		return;
	}
	for (size_t i = 0; i < detail->rows.items[index].count; i++)
		row_add(out, detail->rows.items[index].spans[i].style,
			detail->rows.items[index].spans[i].text);
}

static const char *empty(const struct pane *pane)
{
	const struct detail_pane *detail = (const struct detail_pane *)pane;

	if (detail->mode == DETAIL_CONTEXT)
		return "reading the context";
	return detail->mode == DETAIL_LOG ?
		       "nothing was built since the start: press b" :
		       "select a step or an image";
}

void detail_pane_show(struct pane *pane, enum detail_mode mode)
{
	struct detail_pane *detail = (struct detail_pane *)pane;

	detail->mode = mode;
	pane->left = 0;
}

enum detail_mode detail_pane_mode(const struct pane *pane)
{
	return ((const struct detail_pane *)pane)->mode;
}

static void fold_context(struct detail_pane *detail, bool all)
{
	const struct lens_place *place = detail_pane_place(&detail->pane);

	if (!all) {
		context_view_fold(&detail->context, place);
	} else {
		context_view_keep(&detail->context, place);
		context_view_fold_all(&detail->context);
	}
	detail->made = false; /* its rows */
}

static bool act(struct pane *pane, enum action action)
{
	struct detail_pane *detail = (struct detail_pane *)pane;
	const struct run_state *run = &pane->model->run;
	int head;

	if (action != ACTION_FOLD && action != ACTION_FOLD_ALL)
		return false;
	if (detail->mode == DETAIL_CONTEXT)
		fold_context(detail, action == ACTION_FOLD_ALL);
	if (detail->mode != DETAIL_LOG)
		return true;
	if (action == ACTION_FOLD_ALL)
		head = log_view_fold_all(&detail->log, run,
					 (size_t)pane->cursor);
	else
		head = log_view_fold(&detail->log, run, (size_t)pane->cursor);
	pane->count = (int)detail->log.count;
	if (head >= 0)
		pane_go(pane, head);
	return true;
}

static int reveal_log(struct detail_pane *detail, const char *text, int row,
		      int dir, bool next)
{
	struct pane *pane = &detail->pane;
	const struct run_state *run = &pane->model->run;
	int count = (int)run->log_count, at;

	at = detail->log.lines[row] + (next ? dir : 0);
	for (int i = 0; i < count; i++, at += dir) {
		at = (at + count) % count;
		if (!pane_matches(run->log[at].text, text))
			continue;
		row = (int)log_view_reveal(&detail->log, run, (size_t)at);
		pane->count = (int)detail->log.count;
		return row;
	}
	return -1;
}

static int reveal_context(struct detail_pane *detail, const char *text,
			  int row, int dir, bool next)
{
	struct pane *pane = &detail->pane;

	if (!context_view_reveal(&detail->context, pane->model->lens,
				 &detail->rows, row, text, dir, next))
		return -1;
	detail->made = false; /* for what was unfolded */
	pane->ops->update(pane, pane->model, detail->columns);
	return pane->cursor;
}

static int reveal(struct pane *pane, const char *text, int row, int dir,
		  bool next)
{
	struct detail_pane *detail = (struct detail_pane *)pane;

	if (row < 0 || row >= pane->count)
		return -1;
	if (detail->mode == DETAIL_LOG && row < (int)detail->log.count)
		return reveal_log(detail, text, row, dir, next);
	if (detail->mode == DETAIL_CONTEXT && detail->made &&
	    pane->model->lens)
		return reveal_context(detail, text, row, dir, next);
	return -1;
}

static void release(struct pane *pane)
{
	struct detail_pane *detail = (struct detail_pane *)pane;

	log_view_release(&detail->log);
	context_view_release(&detail->context);
	rows_release(&detail->rows);
	free(detail);
}

static const struct pane_ops ops = {
	.name = "detail", .context = CONTEXT_DETAIL, .title = title,
	.update = update, .row = draw_row, .empty = empty, .act = act,
	.reveal = reveal, .free = release,
};

struct pane *detail_pane_new(const struct model *model)
{
	struct detail_pane *detail = mem_alloc(sizeof(*detail));

	detail->pane.ops = &ops;
	detail->pane.model = model;
	return &detail->pane;
}
