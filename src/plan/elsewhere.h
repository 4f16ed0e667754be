/*
 * Images of a step in other places than below its parent: on another base,
 * pulled, removed; and what such a step cost when it last ran.
 */
#pragma once

#include "plan/walk.h"

bool elsewhere_pruned(struct plan *plan, const struct step *step,
		      struct digest *out);
int elsewhere_loaded(struct plan *plan, const struct step *step,
		     struct image **out, struct err *err);
/* An image of the same step (*id) that stands on another base. */
int elsewhere_other_base(struct plan *plan, const struct step *step,
			 struct digest *base, struct digest *id,
			 struct err *err);
/* The newest image made by a step of the same text; if there is none, by one
 * that did the same with other sources or arguments. */
bool elsewhere_like(struct plan *plan, const struct step *step,
		    struct digest *out);
/* The newest images made by a COPY or ADD of the same shape, whatever their
 * sources held: at most max, newest first. The number found. */
size_t elsewhere_same_shape(struct plan *plan, const struct step *step,
			    struct digest *out, size_t max);
/* Fills past_ms and size from what is known of image. */
void elsewhere_cost(struct plan *plan, struct step *step,
		    const struct digest *image);
