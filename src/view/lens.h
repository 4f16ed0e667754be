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
};
/* A heading, then the tree. */
void view_lens(const struct lens *lens, const struct lens_view *view,
	       struct rows *out);
/* What docker would send, what stays out, the biggest directories. */
void view_lens_sums(const struct lens *lens, const struct lens_view *view,
		    struct rows *out);
