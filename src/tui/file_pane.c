/* Knows how the Dockerfile is walked, folded and searched in its pane. */
#include "tui/file_pane_state.h"

#include <string.h>

#define TITLE_FRAME 4 /* columns that a title leaves */

/* The line of a row, from 0; the row of a line. */
static int line_at(const struct file_pane *file, int row)
{
	return row >= 0 && (size_t)row < file->stages.count ?
		       file->stages.lines[row] : row;
}

static int row_of(const struct file_pane *file, int line)
{
	return line >= 0 && (size_t)line < file->stages.line_count ?
		       file->stages.rows[line] : line;
}

int file_pane_line(const struct pane *pane)
{
	return line_at((const struct file_pane *)pane, pane->cursor) + 1;
}

/* Of several stages, the one that the cursor stands in. */
static void add_stage(const struct pane *pane, struct row *out)
{
	const struct dockerfile *file = pane->model->file;
	int at = stage_view_stage(file, (size_t)file_pane_line(pane) - 1);

	if (at < 0 || file->stage_count < 2)
		return;
	row_addf(out, STYLE_PLAIN, "stage %d/%zu ", at + 1,
		 file->stage_count);
	if (file->stages[at].name)
		row_addf(out, STYLE_TAG, "%s ", file->stages[at].name);
}

/* short: without what the last row says, too. */
static void add_state(const struct model *model, bool is_short,
		      struct row *out)
{
	if (model_mistakes(model))
		row_add(out, STYLE_ERROR, "has mistakes ");
	if (model->unsaved)
		row_add(out, STYLE_CHANGED, is_short ? "not saved " :
						       "not saved: s saves ");
	else if (model->changes.count)
		row_add(out, STYLE_LATE, is_short ? "as if " :
						    "as if: t ends it ");
}

/* Where there is no room for all the stage goes first. */
static void title(const struct pane *pane, struct row *out)
{
	const char *path = pane->model->options->file;
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *name = NULL;
	AUTO(row_release) struct row stage = { 0 }, state = { 0 };
	int room = ((const struct file_pane *)pane)->columns - TITLE_FRAME;

	path = slash ? slash + 1 : path;
	name = text_line(path, strlen(path));
	row_addf(out, STYLE_TITLE, " %s ", name);
	add_stage(pane, &stage);
	add_state(pane->model, false, &state);
	room -= row_width(out);
	if (row_width(&stage) + row_width(&state) > room) {
		row_release(&state);
		add_state(pane->model, true, &state);
	}
	if (row_width(&stage) + row_width(&state) <= room)
		row_append(out, &stage);
	row_append(out, &state);
}

static void mark_diags(struct file_pane *file, const struct model *model)
{
	memset(file->diag, DIAG_NONE, file->line_count);
	for (size_t i = 0; model->file && i < model->file->diag_count; i++) {
		const struct diag *diag = &model->file->diags[i];
		size_t line = (size_t)model_diag_line(diag);

		if (line < file->line_count &&
		    file->diag[line] != DIAG_MISTAKE)
			file->diag[line] = diag->warning ? DIAG_WARNING :
							   DIAG_MISTAKE;
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
		pane_go(pane, row_of((struct file_pane *)pane,
				     step->line - 1));
}

static bool marked(const struct pane *pane)
{
	const struct file_pane *file = (const struct file_pane *)pane;
	const struct model *model = pane->model;
	const struct step *step = model_step(model);
	int line = line_at(file, pane->cursor);

	return step && (file_row_folded(file, line) >= 0 ?
		row_of(file, step->line - 1) == pane->cursor :
		model_step_at(model, line + 1) == model->step);
}

/* While typing, the place after the last newline is a line. */
static bool has_last(const struct model *model)
{
	size_t len = model->text ? strlen(model->text) : 0;

	return model->typing && (!len || model->text[len - 1] == '\n');
}

/* Columns of the screen before the cursor of who types. */
static int cursor_column(const struct file_pane *file)
{
	const struct model *model = file->pane.model;
	size_t line = (size_t)model->cursor_line;
	AUTO_FREE char *before = NULL;

	if (line >= model->lines.count)
		return file_row_gutter(file);
	before = text_tabs(model->lines.items[line],
			   strnlen(model->lines.items[line],
				   (size_t)model->cursor_column));
	return file_row_gutter(file) + text_width(before);
}

static void keep_cursor(struct file_pane *file, int columns)
{
	int column = cursor_column(file), *left = &file->pane.left;

	if (column - *left >= columns - 1)
		*left = column - columns + 2;
	column -= file_row_gutter(file);
	if (*left > column)
		*left = column > 0 ? column : 0;
	column += file_row_gutter(file);
	if (column < columns - 1)
		*left = 0;
}

bool file_pane_cursor(const struct pane *pane, const struct area *area,
		      int *row, int *column)
{
	const struct file_pane *file = (const struct file_pane *)pane;
	const struct model *model = pane->model;
	int y = row_of(file, model->cursor_line) - pane->top + 1;
	int x = PANE_MARK + cursor_column(file) - pane->left;

	if (!model->typing || y < 1 || y >= area->rows || x < 0 ||
	    x >= area->columns)
		return false;
	*row = area->row + y;
	*column = area->column + x;
	return true;
}

/* The column of the signs comes and goes with the second stage; while one
 * types it only comes. */
static void place_lines(struct file_pane *file, const struct model *model)
{
	struct pane *pane = &file->pane;
	int line = line_at(file, pane->cursor), top = line_at(file, pane->top);

	stage_view_update(&file->stages, model->file,
			  model->lines.count + has_last(model));
	if (!model->typing || file->stages.stage_count)
		file->has_folds = file->stages.stage_count > 0;
	pane->fixed = file_row_gutter(file);
	pane->count = (int)file->stages.count;
	pane->cursor = row_of(file, line);
	pane->top = row_of(file, top);
}

static void update(struct pane *pane, const struct model *model, int columns)
{
	struct file_pane *file = (struct file_pane *)pane;

	file->columns = columns;
	if (!file->made || file->file_version != model->file_version ||
	    file->stages.line_count != model->lines.count + has_last(model))
		place_lines(file, model);
	if (model->typing)
		keep_cursor(file, columns);
	else if (pane->alone)
		pane->left = 0;
	pane->alone = model->typing;
	if (file->made && file->file_version == model->file_version &&
	    file->plan_version == model->plan_version)
		return;
	file->line_count = model->lines.count + 1;
	file->step_of = mem_grow(file->step_of, file->line_count, sizeof(int));
	file->kind = mem_grow(file->kind, file->line_count, 1);
	file->diag = mem_grow(file->diag, file->line_count, 1);
	mark_kinds(file, model);
	mark_diags(file, model);
	mark_steps(file, model);
	syntax_release(&file->syntax);
	if (model->file)
		syntax_make(model->file, model->text, strlen(model->text),
			    &file->syntax);
	file->made = true;
	file->file_version = model->file_version;
	file->plan_version = model->plan_version;
}

/* ---- folding ---- */

static void fold(struct file_pane *file, int stage, bool folded)
{
	stage_view_fold(&file->stages, file->pane.model->file, stage, folded);
	place_lines(file, file->pane.model);
}

static bool act(struct pane *pane, enum action action)
{
	struct file_pane *file = (struct file_pane *)pane;
	int line = line_at(file, pane->cursor), stage;

	if (action == ACTION_FOLD_ALL) {
		stage_view_fold_all(&file->stages, pane->model->file);
		place_lines(file, pane->model);
		return true;
	}
	if (action != ACTION_FOLD)
		return false;
	stage = stage_view_stage(pane->model->file, (size_t)line);
	if (stage >= 0)
		fold(file, stage, file_row_folded(file, line) < 0);
	return true;
}

/* Unfolds the stage that hides a line. */
static void show_line(struct file_pane *file, int line)
{
	if (stage_view_hides(&file->stages, (size_t)line))
		fold(file, stage_view_stage(file->pane.model->file,
					    (size_t)line), false);
}

void file_pane_go(struct pane *pane, int line)
{
	struct file_pane *file = (struct file_pane *)pane;

	/* The text may be newer than what was drawn last. */
	update(pane, pane->model, file->columns);
	show_line(file, line - 1);
	pane_go(pane, row_of(file, line - 1));
}

void file_pane_follow_line(struct pane *pane, int line)
{
	struct file_pane *file = (struct file_pane *)pane;

	update(pane, pane->model, file->columns);
	pane_go(pane, row_of(file, line - 1));
}

void file_pane_unfold(struct pane *pane)
{
	struct file_pane *file = (struct file_pane *)pane;
	int stage = file_row_folded(file, line_at(file, pane->cursor));

	if (stage >= 0)
		fold(file, stage, false);
}

void file_pane_set_fold(struct pane *pane, const char *folded)
{
	struct file_pane *file = (struct file_pane *)pane;

	stage_view_set_fold(&file->stages, folded);
	file->made = false;
}

void file_pane_folds(const struct pane *pane, size_t most, struct strv *out)
{
	stage_view_folds(&((const struct file_pane *)pane)->stages, most, out);
}

bool file_pane_on_sign(const struct pane *pane, int column)
{
	const struct file_pane *file = (const struct file_pane *)pane;
	int line = line_at(file, pane->cursor);

	column -= PANE_MARK;
	return file->has_folds && column >= GUTTER && column < GUTTER + FOLD &&
	       (size_t)line < file->stages.line_count &&
	       file->stages.heads[line] >= 0;
}

static void draw_row(const struct pane *pane, int index, struct row *out)
{
	const struct file_pane *file = (const struct file_pane *)pane;
	int line = line_at(file, index);

	/* Where a new last line would be there is nothing yet. */
	if ((size_t)line + 1 < file->line_count)
		file_row(file, line, out);
}

static int reveal(struct pane *pane, const char *text, int row, int dir,
		  bool next)
{
	struct file_pane *file = (struct file_pane *)pane;
	int count = (int)file->line_count - 1;
	int line = line_at(file, row) + (next ? dir : 0);

	for (int i = 0; i < count && file->stages.stage_count;
	     i++, line += dir) {
		AUTO(row_release) struct row shown = { 0 };
		AUTO_FREE char *words = NULL;

		line = ((line % count) + count) % count;
		file_row(file, line, &shown);
		words = row_text(&shown);
		if (!pane_matches(words, text))
			continue;
		show_line(file, line);
		return row_of(file, line);
	}
	return -1;
}

static const char *empty(const struct pane *pane)
{
	return pane->model->text ? "the Dockerfile is empty: press i to type" :
				   "no Dockerfile here: press i to write one";
}

/* A comment, a blank line are of the step below them. */
static void select_line(const struct pane *pane, struct model *model)
{
	int line = file_pane_line(pane), step = model_step_at(model, line);

	model_select_step(model, step >= 0 ? step :
				 model_step_below(model, line));
}

static void release(struct pane *pane)
{
	struct file_pane *file = (struct file_pane *)pane;

	free(file->step_of);
	free(file->kind);
	free(file->diag);
	syntax_release(&file->syntax);
	stage_view_release(&file->stages);
	free(file);
}

static const struct pane_ops ops = {
	.name = "file", .context = CONTEXT_FILE, .title = title,
	.update = update, .row = draw_row, .empty = empty,
	.select = select_line, .follow = follow, .marked = marked,
	.act = act, .reveal = reveal, .free = release,
};

struct pane *file_pane_new(const struct model *model)
{
	struct file_pane *file = mem_alloc(sizeof(*file));

	file->pane.ops = &ops;
	file->pane.model = model;
	return &file->pane;
}
