/* Knows what a folded stage tells of its steps, and what of it first. */
#include "tui/stage_row.h"

#include <string.h>

/* The later ones are left out first. */
enum piece { PIECE_COUNTS, PIECE_STEPS, PIECE_SIZE, PIECE_TIME };

static void add_count(struct row *out, int count, enum style style,
		      const char *word)
{
	if (count)
		row_addf(out, style, " %d %s", count, word);
}

/* How far the build that runs is with the stage. */
static void add_run(const struct model *model, int stage, struct row *out)
{
	static const struct {
		enum run_step_state state;
		enum style style;
		const char *word;
	} words[] = {
		{ RUN_STEP_CACHED, STYLE_HIT, "hit" },
		{ RUN_STEP_DONE, STYLE_HIT, "done" },
		{ RUN_STEP_RUNNING, STYLE_LATE, "runs" },
		{ RUN_STEP_FAILED, STYLE_ERROR, "failed" },
		{ RUN_STEP_WAITING, STYLE_DIM, "wait" },
	};
	int counts[RUN_STEP_FAILED + 1] = { 0 };
	size_t count;
	struct step *const *steps = plan_steps(model->plan, &count);

	for (size_t i = 0; i < count; i++)
		if (steps[i]->stage == stage && !steps[i]->trigger)
			counts[run_state_step(&model->run,
					      steps[i]->n)->state]++;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		add_count(out, counts[words[i].state], words[i].style,
			  words[i].word);
}

static void add_verdicts(const struct model *model, int stage,
			 struct row *out)
{
	bool old = model->stale || model->plan_error;
	int counts[SIGN_COUNT] = { 0 };

	if (model->plan)
		sign_counts(model->plan, stage, counts);
	for (int i = 0; i < SIGN_NONE; i++)
		add_count(out, counts[i],
			  old ? STYLE_DIM : sign_style((enum sign)i),
			  sign_counted((enum sign)i));
}

static void add_facts(const struct model *model, int stage, int mistakes,
		      enum piece most, struct row *out)
{
	const struct stage *of = &model->file->stages[stage];
	struct plan_summary sum = { .estimate_ms = -1, .estimate_size = -1 };
	const char *dot = glyphs_get(model->ascii)->dot;
	AUTO_FREE char *size = NULL, *time = NULL;

	if (model->plan)
		plan_stage_summary(model->plan, stage, &sum);
	size = text_size(sum.estimate_size);
	time = text_duration(sum.estimate_ms);
	if (most >= PIECE_STEPS)
		row_addf(out, STYLE_DIM, " %zu step%s", of->count + 1,
			 of->count ? "s" : "");
	if (mistakes)
		add_count(out, mistakes, STYLE_ERROR,
			  mistakes > 1 ? "mistakes" : "mistake");
	else if (model->building && model_run_fits(model))
		add_run(model, stage, out);
	else
		add_verdicts(model, stage, out);
	if (most >= PIECE_SIZE && sum.estimate_size > 0)
		row_addf(out, STYLE_SIZE, " %s %s", dot, size);
	if (most >= PIECE_TIME && sum.estimate_ms > 0 &&
	    !model->options->fixed)
		row_addf(out, STYLE_DIM, " %s %s", dot, time);
}

/* "FROM … AS name": of a long image only that there is one. */
static void add_short(const struct model *model, int stage, struct row *out)
{
	const char *cut = model->ascii ? ".." : glyphs_get(false)->cut;

	row_add(out, STYLE_KEYWORD, "FROM");
	row_addf(out, STYLE_PLAIN, " %s ", cut);
	row_add(out, STYLE_KEYWORD, "AS");
	row_addf(out, STYLE_PLAIN, " %s", model->file->stages[stage].name);
}

static bool fits(const struct row *head, const struct row *facts, int columns)
{
	return head->count && row_width(head) + 1 + row_width(facts) <= columns;
}

void stage_row(const struct model *model, int stage, int mistakes,
	       const struct row *from, int columns, struct row *out)
{
	AUTO(row_release) struct row head = { 0 }, name = { 0 }, facts = { 0 };
	const struct row *shown = from;

	if (model->file->stages[stage].name)
		add_short(model, stage, &name);
	for (int most = PIECE_TIME; most >= PIECE_COUNTS; most--) {
		row_release(&facts);
		add_facts(model, stage, mistakes, (enum piece)most, &facts);
		shown = !fits(from, &facts, columns) && name.count ? &name :
								     from;
		if (fits(shown, &facts, columns))
			break;
	}
	row_append(&head, shown);
	row_fit(&head, columns - 1 - row_width(&facts), model->ascii);
	row_append(out, &head);
	row_add(out, STYLE_PLAIN, " ");
	row_append(out, &facts);
}
