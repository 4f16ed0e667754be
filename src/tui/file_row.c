/* Knows what stands before and behind a line of the Dockerfile. */
#include "tui/file_pane_state.h"

#include <string.h>

#include "tui/stage_row.h"

#define FACTS 24 /* columns: image, size, time */
#define FACTS_FROM 56 /* columns of a pane that has room for them */

int file_row_folded(const struct file_pane *file, int line)
{
	int stage = (size_t)line < file->stages.line_count ?
			    file->stages.heads[line] : -1;

	return stage >= 0 && file->stages.folded[stage] ? stage : -1;
}

int file_row_gutter(const struct file_pane *file)
{
	return GUTTER + (file->has_folds ? FOLD : 0);
}

static void add_run(const struct model *model, const struct step *step,
		    struct row *out)
{
	static const struct {
		enum style style;
		const char *word;
	} states[] = {
		[RUN_STEP_WAITING] = { STYLE_DIM, "wait" },
		[RUN_STEP_RUNNING] = { STYLE_LATE, "RUN " },
		[RUN_STEP_CACHED] = { STYLE_HIT, "HIT " },
		[RUN_STEP_DONE] = { STYLE_HIT, "done" },
		[RUN_STEP_FAILED] = { STYLE_ERROR, "FAIL" },
	};
	const struct glyphs *g = glyphs_get(model->ascii);
	enum run_step_state state = run_state_step(&model->run, step->n)->state;
	const char *glyph = state == RUN_STEP_FAILED	? g->error :
			    state == RUN_STEP_RUNNING	? "*" :
			    state == RUN_STEP_WAITING	? g->none :
							  g->hit;

	row_addf(out, states[state].style, "%s %s ", glyph,
		 states[state].word);
}

static void add_gutter(const struct file_pane *file, size_t line,
		       struct row *out)
{
	const struct model *model = file->pane.model;
	struct step *const *steps;
	const struct step *step;
	size_t count;

	if (file->diag[line] == DIAG_MISTAKE) {
		row_addf(out, STYLE_ERROR, "%s %s ",
			 sign_glyph(SIGN_FAIL, model->ascii),
			 sign_word(SIGN_FAIL));
		return;
	}
	if (file->step_of[line] < 0 || file->kind[line] != LINE_START) {
		row_addf(out, STYLE_LATE, "%-7s",
			 file->diag[line] == DIAG_WARNING ? "! warn" : "");
		return;
	}
	steps = plan_steps(model->plan, &count);
	step = steps[file->step_of[line]];
	if (model->building && model_run_fits(model)) {
		add_run(model, step, out);
		return;
	}
	if (model_failed(model, step)) {
		row_addf(out, STYLE_ERROR, "%s FAIL ",
			 glyphs_get(model->ascii)->error);
		return;
	}
	/* What an old plan said is not said as firmly as what holds now. */
	row_addf(out, model->stale ? STYLE_DIM : sign_style(sign_of(step)),
		 "%s %s ", model->plan_error ?
		 glyphs_get(model->ascii)->none :
		 sign_glyph(sign_of(step), model->ascii),
		 sign_word(sign_of(step)));
}

/* To the right of so many columns; what is not known is blank, and blanks are
 * plain: a colour of theirs would be painted with each move. */
static void add_fact(struct row *out, enum style style, int columns,
		     const char *fact)
{
	if (fact && *fact)
		row_addf(out, style, "%*s", columns, fact);
	else
		row_addf(out, STYLE_PLAIN, "%*s", columns, "");
}

/* Image, size and time of the step, below each other, where the pane is wide
 * and the line leaves room for them. */
static void add_facts(const struct file_pane *file, const struct step *step,
		      struct row *out)
{
	const struct model *model = file->pane.model;
	AUTO_FREE char *size = step->size > 0 ? text_size(step->size) : NULL;
	AUTO_FREE char *time =
		step->past_ms >= 0 && !model->options->fixed ?
			text_duration(step->past_ms) : NULL;
	AUTO_FREE char *image = digest_is_set(&step->image) ?
		mem_strndup(DIGEST_HEX(&step->image), 8) : NULL;
	int blank = file->columns - row_width(out) - FACTS - 1;

	if (step->label_flag || model->typing || blank < 1 ||
	    file->columns < FACTS_FROM || !(image || size || time))
		return;
	row_addf(out, STYLE_PLAIN, "%*s", blank, "");
	add_fact(out, STYLE_ID, 8, image);
	add_fact(out, STYLE_SIZE, 9, size);
	if (time)
		add_fact(out, STYLE_DIM, 7, time);
}

static const struct step *step_of(const struct file_pane *file, size_t line)
{
	struct step *const *steps;
	size_t count;

	if (file->step_of[line] < 0 || file->kind[line] != LINE_START)
		return NULL;
	steps = plan_steps(file->pane.model->plan, &count);
	return steps[file->step_of[line]];
}

static void add_sign(const struct file_pane *file, int line, struct row *out)
{
	const struct glyphs *g = glyphs_get(file->pane.model->ascii);

	if (file->stages.heads[line] >= 0)
		row_addf(out, STYLE_KEY, "%s ", file_row_folded(file, line) >= 0 ?
			 g->folded : g->open);
	else
		row_add(out, STYLE_PLAIN, "  ");
}

/* Of a folded stage that has no line of its own on the screen. */
static int hidden_mistakes(const struct file_pane *file, int line)
{
	int count = 0;

	for (line++; stage_view_hides(&file->stages, (size_t)line); line++)
		count += file->diag[line + 1] == DIAG_MISTAKE;
	return count;
}

void file_row(const struct file_pane *file, int line, struct row *out)
{
	const struct model *model = file->pane.model;
	AUTO(row_release) struct row text = { 0 };
	const struct step *step = step_of(file, (size_t)line + 1);
	int stage = file_row_folded(file, line);

	add_gutter(file, (size_t)line + 1, out);
	if (file->has_folds)
		add_sign(file, line, out);
	syntax_row(&file->syntax, model->text, line + 1, &text);
	if (stage >= 0) {
		stage_row(model, stage, hidden_mistakes(file, line), &text,
			  file->columns - file_row_gutter(file), out);
		return;
	}
	row_append(out, &text);
	if (step && !model->stale && !model->plan_error)
		add_facts(file, step, out);
}
