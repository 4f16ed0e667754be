/* Knows what of a build's log is folded away, and what its heads tell. */
#include "tui/log_view.h"

#include <string.h>

void log_view_release(struct log_view *view)
{
	free(view->lines);
	free(view->folded);
	*view = (struct log_view){ 0 };
}

static bool is_folded(const struct log_view *view, int step)
{
	return step > 0 && (size_t)step < view->step_count &&
	       view->folded[step];
}

/* Before the lines. */
static void fit(struct log_view *view, const struct run_state *run)
{
	size_t old = view->step_count;

	if (run->number != view->number)
		for (size_t i = 0; i < old; i++)
			view->folded[i] = false;
	view->number = run->number;
	if (run->step_count <= old)
		return;
	view->folded = mem_grow(view->folded, run->step_count,
				sizeof(*view->folded));
	for (size_t i = old; i < run->step_count; i++)
		view->folded[i] = false;
	view->step_count = run->step_count;
}

void log_view_update(struct log_view *view, const struct run_state *run)
{
	fit(view, run);
	view->count = 0;
	view->lines = mem_grow(view->lines, run->log_count + 1,
			       sizeof(*view->lines));
	for (size_t i = 0; i < run->log_count; i++)
		if (run->log[i].head || !is_folded(view, run->log[i].step))
			view->lines[view->count++] = (int)i;
}

int log_view_fold(struct log_view *view, const struct run_state *run,
		  size_t at)
{
	int step = at < view->count ? run->log[view->lines[at]].step : 0;

	if (step <= 0 || (size_t)step >= view->step_count)
		return -1;
	view->folded[step] = !view->folded[step];
	log_view_update(view, run);
	for (size_t i = 0; i < view->count; i++)
		if (run->log[view->lines[i]].head &&
		    run->log[view->lines[i]].step == step)
			return (int)i;
	return -1;
}

size_t log_view_reveal(struct log_view *view, const struct run_state *run,
		       size_t line)
{
	int step = run->log[line].step;
	size_t at = 0;

	if (!run->log[line].head && is_folded(view, step)) {
		view->folded[step] = false;
		log_view_update(view, run);
	}
	while (at + 1 < view->count && view->lines[at] < (int)line)
		at++;
	return at;
}

int log_view_fold_all(struct log_view *view, const struct run_state *run,
		      size_t at)
{
	int line = at < view->count ? view->lines[at] : 0;
	bool fold = false;

	for (size_t i = 0; i < run->log_count; i++)
		fold |= run->log[i].head &&
			!is_folded(view, run->log[i].step);
	/* What comes later is seen when it comes. */
	for (size_t i = 0; i < run->log_count; i++)
		if (run->log[i].head &&
		    (size_t)run->log[i].step < view->step_count)
			view->folded[run->log[i].step] = fold;
	log_view_update(view, run);
	/* What is folded away lies behind its head. */
	for (at = 0; at + 1 < view->count && view->lines[at + 1] <= line;)
		at++;
	return (int)at;
}

static void add_time(const struct run_state *run, const struct run_step *step,
		     bool fixed, struct row *out)
{
	int64_t ms = step->state == RUN_STEP_RUNNING ?
			     run->at_ms - step->began_ms : step->ms;
	AUTO_FREE char *time = text_duration(ms);

	if (!fixed)
		row_addf(out, STYLE_DIM, "  %s", time);
}

static void add_result(const struct run_state *run,
		       const struct run_step *step, const struct glyphs *g,
		       bool fixed, struct row *out)
{
	AUTO_FREE char *size = text_size(step->bytes);

	switch (step->state) {
	case RUN_STEP_WAITING:
		return;
	case RUN_STEP_CACHED:
		row_addf(out, STYLE_HIT, "  %s cached", g->hit);
		return;
	case RUN_STEP_FAILED:
		row_addf(out, STYLE_ERROR, "  %s %s", g->error,
			 run->stopped ? "stopped" : "failed");
		if (step->code)
			row_addf(out, STYLE_ERROR, ": exit %d", step->code);
		break;
	case RUN_STEP_RUNNING:
		row_add(out, STYLE_LATE, "  runs");
		break;
	case RUN_STEP_DONE:
		if (!step->timed)
			return;
		break;
	}
	add_time(run, step, fixed, out);
	if (step->bytes > 0 && step->state != RUN_STEP_FAILED)
		row_addf(out, STYLE_SIZE, "  %s", size);
}

void log_view_row(const struct log_view *view, const struct run_state *run,
		  size_t at, int columns, bool ascii, bool fixed,
		  struct row *out)
{
	const struct run_line *line = &run->log[view->lines[at]];
	const struct glyphs *g = glyphs_get(ascii);
	AUTO(row_release) struct row result = { 0 };
	AUTO_FREE char *text = NULL;
	int room;

	if (!line->head) {
		row_add(out, line->style, line->text);
		return;
	}
	row_add(out, STYLE_DIM, is_folded(view, line->step) ? g->folded :
							      g->open);
	add_result(run, run_state_step(run, line->step), g, fixed, &result);
	room = columns - row_width(&result) - 2;
	text = columns && room > 0 ? text_fit(line->text, room, false, ascii) :
				     mem_strdup(line->text);
	row_addf(out, line->style, " %s", text);
	row_append(out, &result);
}
