/* Knows how the Dockerfile looks with a verdict before each instruction. */
#include "tui/pane.h"

#include <string.h>

#include "view/syntax.h"

#define GUTTER 7 /* columns: glyph, word, blanks */
#define FACTS 24 /* columns: image, size, time */
#define FACTS_FROM 56 /* columns of a pane that has room for them */

struct file_pane {
	struct pane pane;
	int *step_of;        /* [line]: index in the plan, -1 none */
	unsigned char *kind; /* [line] */
	bool *bad;           /* [line]: a mistake begins there */
	struct syntax syntax;
	int columns;
	size_t line_count;
	unsigned file_version, plan_version;
	bool made;
};

enum line_kind { LINE_MORE, LINE_START };

/* Of several stages, the one that the cursor stands in. */
static void add_stage(const struct pane *pane, struct row *out)
{
	const struct dockerfile *file = pane->model->file;
	size_t at = 0;

	if (!file || file->stage_count < 2)
		return;
	while (at < file->stage_count &&
	       file->stages[at].from->at.line <= pane->cursor + 1)
		at++;
	if (!at)
		return;
	row_addf(out, STYLE_PLAIN, "stage %zu/%zu ", at, file->stage_count);
	if (file->stages[at - 1].name)
		row_addf(out, STYLE_TAG, "%s ", file->stages[at - 1].name);
}

static void title(const struct pane *pane, struct row *out)
{
	const char *path = pane->model->options->file;
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *name = NULL;

	path = slash ? slash + 1 : path;
	name = text_line(path, strlen(path));
	row_addf(out, STYLE_TITLE, " %s ", name);
	add_stage(pane, out);
	if (pane->model->unsaved)
		row_add(out, STYLE_CHANGED, "not saved: s saves ");
	else if (pane->model->changes.count)
		row_add(out, STYLE_LATE, "as if: t ends it ");
	if (model_mistakes(pane->model))
		row_add(out, STYLE_ERROR, "has mistakes ");
}

static void mark_mistakes(struct file_pane *file, const struct model *model)
{
	for (size_t i = 0; i < file->line_count; i++)
		file->bad[i] = false;
	for (size_t i = 0; model->file && i < model->file->diag_count; i++) {
		size_t line = (size_t)model_diag_line(&model->file->diags[i]);

		if (line < file->line_count && !model->file->diags[i].warning)
			file->bad[line] = true;
	}
}

static void mark_kinds(struct file_pane *file, const struct model *model)
{
	memset(file->kind, LINE_MORE, file->line_count);
	for (size_t i = 0; model->file && i < model->file->instr_count; i++) {
		size_t line = (size_t)model->file->instrs[i]->at.line;

		if (line < file->line_count)
			file->kind[line] = LINE_START;
	}
}

static void mark_steps(struct file_pane *file, const struct model *model)
{
	struct step *const *steps;
	size_t count = 0;

	for (size_t i = 0; i < file->line_count; i++)
		file->step_of[i] = -1;
	if (!model->plan)
		return;
	steps = plan_steps(model->plan, &count);
	for (size_t i = 0; i < count; i++) {
		size_t line = (size_t)steps[i]->line;
		int old;

		if (steps[i]->line <= 0 || line >= file->line_count ||
		    steps[i]->label_flag)
			continue;
		old = file->step_of[line];
		/* Triggers share the line of their FROM. */
		if (old < 0 || (steps[old]->verdict == VERDICT_HIT &&
				steps[i]->verdict != VERDICT_HIT))
			file->step_of[line] = (int)i;
	}
}

static void follow(struct pane *pane, const struct model *model)
{
	const struct step *step = model_step(model);

	if (step && step->line > 0)
		pane_go(pane, step->line - 1);
}

static bool marked(const struct pane *pane)
{
	const struct model *model = pane->model;

	return model->step >= 0 &&
	       model_step_at(model, pane->cursor + 1) == model->step;
}

/* While typing, the place after the last newline is a line. */
static bool has_last(const struct model *model)
{
	size_t len = model->text ? strlen(model->text) : 0;

	return model->typing && (!len || model->text[len - 1] == '\n');
}

/* Columns of the screen before the cursor of who types. */
static int cursor_column(const struct model *model)
{
	size_t line = (size_t)model->cursor_line;
	AUTO_FREE char *before = NULL;

	if (line >= model->lines.count)
		return GUTTER;
	before = text_tabs(model->lines.items[line],
			   strnlen(model->lines.items[line],
				   (size_t)model->cursor_column));
	return GUTTER + text_width(before);
}

static void keep_cursor(struct file_pane *file, int columns)
{
	int column = cursor_column(file->pane.model);
	int *left = &file->pane.left;

	if (column - *left >= columns - 1)
		*left = column - columns + 2;
	if (*left > column - GUTTER)
		*left = column - GUTTER > 0 ? column - GUTTER : 0;
	if (column < columns - 1)
		*left = 0;
}

bool file_pane_cursor(const struct pane *pane, const struct area *area,
		      int *row, int *column)
{
	const struct model *model = pane->model;
	int y = model->cursor_line - pane->top + 1;
	int x = PANE_MARK + cursor_column(model) - pane->left;

	if (!model->typing || y < 1 || y >= area->rows || x < 0 ||
	    x >= area->columns)
		return false;
	*row = area->row + y;
	*column = area->column + x;
	return true;
}

static void update(struct pane *pane, const struct model *model, int columns)
{
	struct file_pane *file = (struct file_pane *)pane;

	file->columns = columns;
	pane->count = (int)model->lines.count + has_last(model);
	if (model->typing)
		keep_cursor(file, columns);
	if (file->made && file->file_version == model->file_version &&
	    file->plan_version == model->plan_version)
		return;
	file->line_count = model->lines.count + 1;
	file->step_of = mem_grow(file->step_of, file->line_count, sizeof(int));
	file->kind = mem_grow(file->kind, file->line_count, 1);
	file->bad = mem_grow(file->bad, file->line_count, sizeof(bool));
	mark_kinds(file, model);
	mark_mistakes(file, model);
	mark_steps(file, model);
	syntax_release(&file->syntax);
	if (model->file)
		syntax_make(model->file, model->text, strlen(model->text),
			    &file->syntax);
	file->made = true;
	file->file_version = model->file_version;
	file->plan_version = model->plan_version;
}

/* ---- a line ---- */

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

	if (file->bad[line]) {
		row_addf(out, STYLE_ERROR, "%s %s ",
			 verdict_glyph(VERDICT_ERROR, model->ascii),
			 verdict_word(VERDICT_ERROR));
		return;
	}
	if (file->step_of[line] < 0 || file->kind[line] != LINE_START) {
		row_add(out, STYLE_PLAIN, "       ");
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
	row_addf(out, model->stale ? STYLE_DIM : verdict_style(step->verdict),
		 "%s %s ", model->plan_error ?
		 glyphs_get(model->ascii)->none :
		 verdict_glyph(step->verdict, model->ascii),
		 verdict_word(step->verdict));
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
	int blank = file->columns - row_width(out) - FACTS - 1;

	if (step->label_flag || model->typing || blank < 1 ||
	    file->columns < FACTS_FROM)
		return;
	row_addf(out, STYLE_PLAIN, "%*s", blank, "");
	row_addf(out, STYLE_ID, "%-8.8s", digest_is_set(&step->image) ?
		 step->image.text + strlen("sha256:") : "");
	row_addf(out, STYLE_SIZE, " %8s", size ? size : "");
	row_addf(out, STYLE_DIM, " %6s", time ? time : "");
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

static void draw_row(const struct pane *pane, int index, struct row *out)
{
	const struct file_pane *file = (const struct file_pane *)pane;
	size_t line = (size_t)index + 1;
	const struct step *step;

	/* Where a new last line would be. */
	if (line >= file->line_count)
		return;
	add_gutter(file, line, out);
	syntax_row(&file->syntax, pane->model->text, (int)line, out);
	step = step_of(file, line);
	if (step && !pane->model->stale && !pane->model->plan_error)
		add_facts(file, step, out);
}

static const char *empty(const struct pane *pane)
{
	return pane->model->text ? "the Dockerfile is empty: press i to type" :
				   "no Dockerfile here: press i to write one";
}

static void select_line(const struct pane *pane, struct model *model)
{
	model_select_step(model, model_step_at(model, pane->cursor + 1));
}

int file_pane_line(const struct pane *pane)
{
	return pane->cursor + 1;
}

static void release(struct pane *pane)
{
	struct file_pane *file = (struct file_pane *)pane;

	free(file->step_of);
	free(file->kind);
	free(file->bad);
	syntax_release(&file->syntax);
	free(file);
}

static const struct pane_ops ops = {
	.name = "file", .context = CONTEXT_FILE, .title = title,
	.update = update, .row = draw_row, .empty = empty,
	.select = select_line, .follow = follow, .marked = marked,
	.free = release,
};

struct pane *file_pane_new(const struct model *model)
{
	struct file_pane *file = mem_alloc(sizeof(*file));

	file->pane.ops = &ops;
	file->pane.model = model;
	return &file->pane;
}
