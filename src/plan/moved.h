/*
 * A line that was put into a Dockerfile, or taken out of it: what was built so
 * far where it stands now is not an older form of it, but another step.
 */
#pragma once

#include "plan/nearest.h"

/* Sets now and before of each child. In a stage's own lines alone: of a trigger
 * or of --label nothing is set. */
void moved_mark(struct plan *plan, const struct step *step,
		struct children *children);
/* The nearest child that is another step, where no other is like the step;
 * NULL. */
const struct child *moved_nearest(const struct children *children,
				  const struct command *now);
/* The text of step n, which follows in the same stage. */
const char *moved_text(const struct plan *plan, const struct step *step, int n);
