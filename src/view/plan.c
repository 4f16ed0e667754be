/* Knows how a plan is listed: one verdict a step, then the sums. */
#include "view/views.h"

#include <string.h>

#include "view/evidence.h"
#include "view/way.h"

#define LIST_EVIDENCE 5 /* pieces a step in the list; why shows all */
#define LIST_INDENT 11

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
	size_t word = strcspn(text, " ");
	enum sign sign = sign_of(step);

	row_addf(row, sign_style(sign), "%s %s", sign_glyph(sign, view->ascii),
		 sign_word(sign));
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
		way_rows(step, view, LIST_INDENT, out);
	}
	if (plan_builder(plan))
		against_row(plan, rows_add(out, -1));
	view_summary(plan, view, rows_add(out, -1));
}

static void add_counts(const struct plan *plan, struct row *out)
{
	int counts[SIGN_COUNT];

	sign_counts(plan, -1, counts);
	for (int i = 0; i < SIGN_NONE; i++) {
		enum sign sign = (enum sign)i;

		if (!counts[i])
			continue;
		if (out->count)
			row_add(out, STYLE_PLAIN, " ");
		row_addf(out, sign_style(sign), "%d %s", counts[i],
			 sign_counted(sign));
	}
}

/* Behind a pull nothing is known, be it the cost or a verdict. */
static void add_open(const struct plan *plan, const char *dot, struct row *out)
{
	size_t count;
	struct step *const *steps = plan_steps(plan, &count);
	int rest = plan_total(plan) - steps[count - 1]->n;

	if (rest > 0)
		row_addf(out, STYLE_PLAIN, " %s %d step%s not known yet",
			 dot, rest, rest == 1 ? "" : "s");
}

void view_summary(const struct plan *plan, const struct plan_view *view,
		  struct row *out)
{
	const char *dot = glyphs_get(view->ascii)->dot;
	AUTO_FREE char *time = NULL, *size = NULL;
	struct plan_summary sum;

	plan_summary(plan, &sum);
	add_counts(plan, out);
	if (sum.open) {
		add_open(plan, dot, out);
		return;
	}
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
