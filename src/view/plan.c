/* Knows how a plan is listed: one verdict a step, then the sums. */
#include "view/views.h"

#include <string.h>

#include "view/evidence.h"

#define LIST_EVIDENCE 5 /* pieces a step in the list; why shows all */
#define LIST_INDENT 11

static const struct {
	enum style style;
	const char *word;
} verdicts[] = {
	[VERDICT_HIT] = { STYLE_HIT, "HIT " },
	[VERDICT_MISS] = { STYLE_MISS, "MISS" },
	[VERDICT_LATE] = { STYLE_LATE, "LATE" },
	[VERDICT_NONE] = { STYLE_DIM, "    " },
	[VERDICT_ERROR] = { STYLE_ERROR, "FAIL" },
};

enum style verdict_style(enum verdict verdict)
{
	return verdicts[verdict].style;
}

const char *verdict_word(enum verdict verdict)
{
	return verdicts[verdict].word;
}

const char *verdict_glyph(enum verdict verdict, bool ascii)
{
	const struct glyphs *g = glyphs_get(ascii);

	switch (verdict) {
	case VERDICT_HIT:
		return g->hit;
	case VERDICT_MISS:
		return g->miss;
	case VERDICT_LATE:
		return g->late;
	case VERDICT_ERROR:
		return g->error;
	case VERDICT_NONE:
		break;
	}
	return g->none;
}

/* What the step took when it last ran. */
static void add_cost(struct row *row, const struct step *step,
		     const struct plan_view *view)
{
	const char *dot = glyphs_get(view->ascii)->dot;
	AUTO_FREE char *time = NULL, *size = NULL;

	if (step->past_ms < 0)
		return;
	time = text_duration(step->past_ms);
	row_addf(row, STYLE_DIM, "  ~%s", view->fixed ? "#" : time);
	if (step->size < 0)
		return;
	size = text_size(step->size);
	row_addf(row, STYLE_DIM, " %s %s", dot, size);
}

static void step_row(const struct step *step, const struct plan_view *view,
		     struct rows *out)
{
	AUTO_FREE char *text = text_line(step->text, strlen(step->text));
	struct row *row = rows_add(out, step->n);
	const char *sign = strchr(text, ' ');
	size_t word = sign ? (size_t)(sign - text) : strlen(text);

	row_addf(row, verdict_style(step->verdict), "%s %s",
		 verdict_glyph(step->verdict, view->ascii),
		 verdict_word(step->verdict));
	row_addf(row, STYLE_DIM, " %3d ", step->n);
	if (step->trigger)
		row_add(row, STYLE_DIM, "ONBUILD ");
	row_addf(row, STYLE_KEYWORD, "%.*s", (int)word, text);
	row_add(row, STYLE_PLAIN, text + word);
	if (view->show_ids && digest_is_set(&step->image)) {
		row_add(row, STYLE_PLAIN, "  ");
		row_addf(row, STYLE_ID, "%.*s", DIGEST_SHORT,
			 DIGEST_HEX(&step->image));
	}
	if (step->verdict == VERDICT_HIT && step->confidence)
		row_addf(row, STYLE_DIM, "  %s",
			 confidence_name(step->confidence));
	if (step->verdict == VERDICT_MISS || step->verdict == VERDICT_LATE)
		add_cost(row, step, view);
	row_fit(row, view->width, view->ascii);
}

/* Whose verdicts these are. */
static void against_row(const struct plan *plan, struct row *out)
{
	row_addf(out, STYLE_DIM, "against %s, by the rules of %s",
		 plan_against(plan), plan_builder(plan));
}

void view_plan(const struct plan *plan, const struct plan_view *view,
	       struct rows *out)
{
	size_t count;
	struct step *const *steps = plan_steps(plan, &count);

	for (size_t i = 0; i < count; i++) {
		const struct step *step = steps[i];

		step_row(step, view, out);
		/* A hit needs no reason; what it warns of and what did not
		 * count is said. */
		if (step->verdict == VERDICT_HIT) {
			struct step said = *step;

			said.why = WHY_NONE;
			said.note = said.error = NULL;
			reason_rows(&said, view, LIST_INDENT, out);
			evidence_rows(step, view, LIST_INDENT, LIST_EVIDENCE,
				      out);
			continue;
		}
		if (step->verdict == VERDICT_NONE)
			continue;
		reason_rows(step, view, LIST_INDENT, out);
		evidence_rows(step, view, LIST_INDENT, LIST_EVIDENCE, out);
	}
	if (plan_builder(plan))
		against_row(plan, rows_add(out, -1));
	view_summary(plan, view, rows_add(out, -1));
}

static void summary_count(struct row *row, int count, enum verdict verdict,
			  const char *word)
{
	if (!count)
		return;
	if (row->count)
		row_add(row, STYLE_PLAIN, " ");
	row_addf(row, verdict_style(verdict), "%d %s", count, word);
}

void view_summary(const struct plan *plan, const struct plan_view *view,
		  struct row *out)
{
	const char *dot = glyphs_get(view->ascii)->dot;
	AUTO_FREE char *time = NULL, *size = NULL;
	struct plan_summary sum;

	plan_summary(plan, &sum);
	summary_count(out, sum.hit, VERDICT_HIT, "hit");
	summary_count(out, sum.miss, VERDICT_MISS, "miss");
	summary_count(out, sum.late, VERDICT_LATE, "late");
	summary_count(out, sum.error, VERDICT_ERROR, "fails");
	if (!sum.miss && !sum.late) {
		row_addf(out, STYLE_PLAIN, " %s %s", dot,
			 sum.error ? "the build would fail" :
				     "nothing to build");
		return;
	}
	if (sum.estimate_ms >= 0) {
		time = text_duration(sum.estimate_ms);
		row_addf(out, STYLE_PLAIN, " %s next build ~%s", dot,
			 view->fixed ? "#" : time);
		if (sum.estimate_unknown)
			row_addf(out, STYLE_PLAIN, " + %d unknown",
				 sum.estimate_unknown);
	} else {
		row_addf(out, STYLE_PLAIN, " %s next build: time not known",
			 dot);
	}
	if (sum.estimate_size >= 0) {
		size = text_size(sum.estimate_size);
		row_addf(out, STYLE_PLAIN, " %s %s", dot, size);
	}
}
