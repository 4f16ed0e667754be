/* Knows how the Dockerfile looks with a verdict before each instruction. */
#include "tui/pane.h"

#include <ctype.h>
#include <string.h>

struct file_pane {
	struct pane pane;
	int *step_of;        /* [line]: index in the plan, -1 none */
	unsigned char *kind; /* [line] */
	bool *bad;           /* [line]: a mistake begins there */
	size_t line_count;
	unsigned file_version, plan_version;
	bool made;
};

enum line_kind { LINE_MORE, LINE_START, LINE_COMMENT };

static void title(const struct pane *pane, struct row *out)
{
	const char *path = pane->model->options->file;
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *name = NULL;

	path = slash ? slash + 1 : path;
	name = text_line(path, strlen(path));
	row_addf(out, STYLE_TITLE, " %s ", name);
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
	for (size_t i = 1; i < file->line_count; i++) {
		const char *text = model->lines.items[i - 1];

		text += strspn(text, " ");
		file->kind[i] = *text == '#' ? LINE_COMMENT : LINE_MORE;
	}
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

static void update(struct pane *pane, const struct model *model, int columns)
{
	struct file_pane *file = (struct file_pane *)pane;

	(void)columns;
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
	file->made = true;
	file->file_version = model->file_version;
	file->plan_version = model->plan_version;
	pane->count = (int)model->lines.count;
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
	/* What an old plan said is not said as firmly as what holds now. */
	row_addf(out, model->stale ? STYLE_DIM : verdict_style(step->verdict),
		 "%s %s ", model->plan_error ?
		 glyphs_get(model->ascii)->none :
		 verdict_glyph(step->verdict, model->ascii),
		 verdict_word(step->verdict));
}

/* Length of a variable at text ("$X", "${X:-y}"), 0: none. */
static size_t variable(const char *text)
{
	size_t n = 1;

	if (text[0] != '$')
		return 0;
	if (text[1] == '{') {
		n = strcspn(text, "}");
		return text[n] ? n + 1 : n;
	}
	while (isalnum((unsigned char)text[n]) || text[n] == '_')
		n++;
	return n > 1 ? n : 0;
}

static size_t quoted(const char *text)
{
	size_t n = 1;

	if (*text != '"' && *text != '\'')
		return 0;
	while (text[n] && text[n] != *text)
		n += text[n] == '\\' && *text == '"' && text[n + 1] ? 2 : 1;
	return text[n] ? n + 1 : n;
}

static void add_part(struct row *out, enum style style, const char *text,
		     size_t len)
{
	if (len)
		row_addf(out, style, "%.*s", (int)len, text);
}

static void add_words(struct row *out, const char *text)
{
	size_t plain = 0;

	while (text[plain]) {
		size_t n;
		enum style style = STYLE_VARIABLE;

		n = variable(text + plain);
		if (!n) {
			n = quoted(text + plain);
			style = STYLE_STRING;
		}
		if (!n) {
			plain++;
			continue;
		}
		add_part(out, STYLE_PLAIN, text, plain);
		add_part(out, style, text + plain, n);
		text += plain + n;
		plain = 0;
	}
	add_part(out, STYLE_PLAIN, text, plain);
}

static void draw_row(const struct pane *pane, int index, struct row *out)
{
	const struct file_pane *file = (const struct file_pane *)pane;
	size_t line = (size_t)index + 1;
	const char *text = pane->model->lines.items[index];
	size_t blank = strspn(text, " "), word;

	add_gutter(file, line, out);
	switch ((enum line_kind)file->kind[line]) {
	case LINE_COMMENT:
		row_add(out, STYLE_COMMENT, text);
		break;
	case LINE_START:
		word = blank + strcspn(text + blank, " ");
		add_part(out, STYLE_KEYWORD, text, word);
		add_words(out, text + word);
		break;
	case LINE_MORE:
		add_words(out, text);
		break;
	}
}

static const char *empty(const struct pane *pane)
{
	return pane->model->text ? "the Dockerfile is empty: press e to edit" :
				   "no Dockerfile here: press e to write one";
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
