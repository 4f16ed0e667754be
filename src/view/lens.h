/*
 * A build context as rows: `varve context` and the screen's context pane.
 */
#pragma once

#include "plan/lens.h"
#include "view/row.h"

struct lens_view {
	bool ascii;
	int width;     /* columns, 0: no cutting */
	int depth;     /* levels below the root that are shown, 0: all */
	bool show_out; /* also what is not sent */
	/* Whether what is in a directory is not to be seen; or NULL. */
	bool (*folded)(void *arg, const struct lens_node *dir);
	void *folded_arg;
	struct lens_places *places; /* gets one for each row with a link; or
				     * NULL */
};
/* What a row stands for: row->link is its index. */
struct lens_place {
	const struct lens_rule *rule; /* or */
	const struct lens_node *node;
};
struct lens_places {
	struct lens_place *items;
	size_t count;
};
void lens_places_release(struct lens_places *places);

/* The lines of .dockerignore, if there are any, and a blank row. */
void view_lens_rules(const struct lens *lens, const struct lens_view *view,
		     struct rows *out);
/* A heading, then the tree. */
void view_lens(const struct lens *lens, const struct lens_view *view,
	       struct rows *out);
/* What the signs of the steps mean, a row. */
void view_lens_legend(const struct lens *lens, const struct lens_view *view,
		      struct rows *out);
/* What docker would send, what stays out, the biggest directories. */
void view_lens_sums(const struct lens *lens, const struct lens_view *view,
		    struct rows *out);
