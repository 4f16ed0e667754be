/*
 * What speaks for a reason, as rows; shared by plan and why.
 */
#pragma once

#include "view/views.h"

/* At most limit pieces (0: all), then how many there are beyond it. */
void evidence_rows(const struct step *step, const struct plan_view *view,
		   int indent, size_t limit, struct rows *out);
/* "sentence: note", broken at the view's width. */
void reason_rows(const struct step *step, const struct plan_view *view,
		 int indent, struct rows *out);
