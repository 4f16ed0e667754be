/*
 * The model as rows: tree, plan, why, history, images.
 */
#pragma once

#include "plan/plan.h"
#include "view/row.h"

struct tree_view {
	bool ascii;
	bool all_ids;         /* full IDs */
	int width;            /* columns, 0: no cutting */
	/* The chain of a plan is lit and its steps to be built are ghosts. */
	const struct plan *plan; /* or NULL */
	const char *filter;      /* or NULL: substring of tag, id, created-by */
};
/*
 * The parent/child tree of a store. row.link: index into *order (owned array
 * of borrowed images; a ghost row has link = -(step n) - 2).
 */
int view_tree(struct store *store, const struct tree_view *view,
	      struct rows *out, struct image ***order, size_t *order_count,
	      struct err *err);

struct plan_view {
	bool ascii;
	int width;
	bool show_ids;
};
/* `varve plan` as text: gutter, step, reason, evidence, then a summary. */
void view_plan(const struct plan *plan, const struct plan_view *view,
	       struct rows *out);
/* `varve why` and the why pane: one step in full. */
void view_why(const struct plan *plan, const struct step *step,
	      const struct plan_view *view, struct rows *out);
/* "3 hit 3 miss · next build ~4.2 s · 1.1 MB" */
void view_summary(const struct plan *plan, const struct plan_view *view,
		  struct row *out);
/* Glyph + word + style of a verdict, one width for all. */
enum style verdict_style(enum verdict verdict);
const char *verdict_glyph(enum verdict verdict, bool ascii);
const char *verdict_word(enum verdict verdict); /* "HIT " */
