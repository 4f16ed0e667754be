/* The ways out of a plan that ends at an image to be pulled, as rows. */
#pragma once

#include "view/views.h"

/* What its user can do, a row each; nothing for another step. */
void way_rows(const struct step *step, const struct plan_view *view,
	      int indent, struct rows *out);
