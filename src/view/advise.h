/*
 * Advice as rows: `varve advise`.
 */
#pragma once

#include "plan/advise.h"
#include "view/views.h"

/* view->fixed: times as "#". */
void view_advise(const struct advise *advise, const struct plan_view *view,
		 struct rows *out);
