/*
 * What was built from the same parent, and which of it comes nearest to a
 * step: same instruction first, then fewest word differences, then newest.
 */
#pragma once

#include "plan/command.h"
#include "plan/walk.h"

struct child {
	struct image *image;
	struct command command;
	struct moment created;
	enum run_config_field field; /* where its configuration differs */
	bool same_verb;
	size_t distance;
	int now;     /* moved.h: the step that it is by now; or 0 */
	bool before; /* moved.h: the step was built on it */
};
struct children {
	struct child *items; /* nearest first */
	size_t count;
};
void children_release(struct children *children);
AUTO_DEFINE_IN_PLACE(struct children, children_release)

int children_find(struct plan *plan, const struct step *step,
		  const struct command *now, struct children *out,
		  struct err *err);
/* Whether the journal of a child names all of a COPY's sources: 1, 0; -1 there
 * is none. */
int child_names(struct plan *plan, const struct child *child,
		const struct source_set *set);
const struct image_config *child_config(struct plan *plan,
					const struct child *child);
