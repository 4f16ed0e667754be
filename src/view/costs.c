/* Knows how the costs of two plans stand side by side. */
#include "view/views.h"

#define COLUMN 20

static char *duration(const struct plan_summary *sum,
		      const struct plan_view *view)
{
	AUTO_FREE char *time = sum->estimate_ms < 0 ? NULL :
			       text_duration(sum->estimate_ms);

	if (!time)
		return mem_strdup("not known");
	if (view->fixed)
		return mem_strdup("~#");
	if (sum->estimate_unknown)
		return mem_printf("~%s + %d unknown", time, sum->estimate_unknown);
	return mem_printf("%s%s", sum->estimate_ms ? "~" : "", time);
}

static char *size(const struct plan_summary *sum, const struct plan_view *view)
{
	(void)view;
	return sum->estimate_size < 0 ? mem_strdup("not known") :
					text_size(sum->estimate_size);
}

static char *steps(const struct plan_summary *sum,
		   const struct plan_view *view)
{
	(void)view;
	return mem_printf("%d", sum->miss + sum->late);
}

static char *hits(const struct plan_summary *sum, const struct plan_view *view)
{
	(void)view;
	return mem_printf("%d", sum->hit);
}

void view_costs(const struct plan *before, const struct plan *after,
		const struct strv *changes, const struct plan_view *view,
		struct rows *out)
{
	static const struct {
		const char *name;
		char *(*value)(const struct plan_summary *sum,
			       const struct plan_view *view);
	} lines[] = {
		{ "hits", hits }, { "to run", steps },
		{ "time", duration }, { "writes", size },
	};
	struct plan_summary old, now;

	plan_summary(before, &old);
	plan_summary(after, &now);
	for (size_t i = 0; i < changes->count; i++)
		row_addf(rows_add(out, -1), STYLE_BOLD, "%-10s%s",
			 i ? "" : "if", changes->items[i]);
	row_addf(rows_add(out, -1), STYLE_DIM, "%-10s%-*s%s", "", COLUMN,
		 "as it is", "then");
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		AUTO_FREE char *left = lines[i].value(&old, view);
		AUTO_FREE char *right = lines[i].value(&now, view);

		row_addf(rows_add(out, -1), STYLE_PLAIN, "%-10s%-*s%s",
			 lines[i].name, COLUMN, left, right);
	}
}
