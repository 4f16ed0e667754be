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
const struct image_config *child_config(struct plan *plan,
					const struct child *child);
