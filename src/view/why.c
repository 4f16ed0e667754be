/* Knows how one step is told in full. */
#include "view/views.h"

#include <string.h>

#include "plan/secret.h"
#include "view/evidence.h"
#include "view/way.h"

#define KEY_COLUMNS 11

static void fact(struct rows *out, int link, const struct plan_view *view,
		 const char *key, enum style style, const char *value)
{
	struct flow flow = { .rows = out, .link = link,
			     .indent = KEY_COLUMNS, .width = view->width };
	struct row *row;

	if (!value || !*value)
		return;
	row = rows_add(out, link);
	row_addf(row, STYLE_DIM, "%-*s", KEY_COLUMNS - 1, key);
	flow.column = KEY_COLUMNS - 1;
	flow_words(&flow, style, value);
}

static void fact_id(struct rows *out, const struct step *step,
		    const struct plan_view *view, const char *key,
		    const struct digest *id)
{
	AUTO_FREE char *text = NULL;

	if (!digest_is_set(id))
		return;
	text = mem_printf("%.*s", view->show_ids ? 64 : DIGEST_SHORT,
			  DIGEST_HEX(id));
	fact(out, step->n, view, key, STYLE_ID, text);
}

static void costs(struct rows *out, const struct step *step,
		  const struct plan_view *view)
{
	AUTO_FREE char *size = NULL, *time = NULL;

	if (step->past_ms >= 0) {
		time = view->fixed ? mem_strdup("#") :
				     text_duration(step->past_ms);
		fact(out, step->n, view, "took", STYLE_PLAIN, time);
	}
	if (step->size >= 0) {
		size = text_size(step->size);
		fact(out, step->n, view, "size", STYLE_SIZE, size);
	}
}

static void head(const struct plan *plan, const struct step *step,
		 const struct plan_view *view, struct rows *out)
{
	struct flow flow = { .rows = out, .link = step->n, .indent = 0,
			     .width = view->width };
	struct row *row = rows_add(out, step->n);
	int total = plan_total(plan);
	enum sign sign = sign_of(step);

	row_addf(row, sign_style(sign), "%s %s ",
		 sign_glyph(sign, view->ascii), sign_word(sign));
	row_addf(row, STYLE_BOLD, "step %d", step->n);
	if (total >= step->n)
		row_addf(row, STYLE_BOLD, " of %d", total);
	if (step->line > 0)
		row_addf(row, STYLE_DIM, ", line %d", step->line);
	if (step->trigger)
		row_add(row, STYLE_DIM, ", a trigger of the base image");
	if (step->label_flag)
		row_add(row, STYLE_DIM, ", from --label");
	row_fit(row, view->width, view->ascii);
	flow_words(&flow, STYLE_TITLE, step->text);
}

void view_reason(const struct plan *plan, const struct step *step,
		 const struct plan_view *view, struct rows *out)
{
	head(plan, step, view, out);
	reason_rows(step, view, 2, out);
	evidence_rows(step, view, 4, 0, out);
	way_rows(step, view, 4, out);
}

void view_step_facts(const struct plan *plan, const struct step *step,
		     const struct plan_view *view, struct rows *out)
{
	AUTO_FREE char *key = NULL;

	fact(out, step->n, view, "rule", STYLE_PLAIN, step->rule);
	if (step->confidence)
		fact(out, step->n, view, "confidence", STYLE_PLAIN,
		     confidence_name(step->confidence));
	fact_id(out, step, view, "image", &step->image);
	if (step->parent_known)
		fact_id(out, step, view, "parent", &step->parent);
	costs(out, step, view);
	/* Of as many rows as it needs: what is above it stands in its place. */
	if (!step->confidence)
		key = secret_hide(plan, step->created_by);
	fact(out, step->n, view, "key", STYLE_STRING, key);
}

void view_why(const struct plan *plan, const struct step *step,
	      const struct plan_view *view, struct rows *out)
{
	view_reason(plan, step, view, out);
	view_step_facts(plan, step, view, out);
}

enum style view_diff_style(const char *line)
{
	bool head = strncmp(line, "--- ", 4) == 0 ||
		    strncmp(line, "+++ ", 4) == 0;

	return head	    ? STYLE_BOLD :
	       *line == '+' ? STYLE_ADDED :
	       *line == '-' ? STYLE_REMOVED :
	       *line == '@' ? STYLE_DIM :
			      STYLE_PLAIN;
}

void view_diff_line(const char *line, int indent, struct rows *out)
{
	row_addf(rows_add(out, -1), view_diff_style(line), "%*s%s", indent,
		 "", line);
}
