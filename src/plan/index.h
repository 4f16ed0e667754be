/*
 * The images of the store by the text of the step that made them. Read once
 * per plan, when a first miss asks for it.
 */
#pragma once

#include "plan/plan.h"

struct indexed_image {
	char *created_by; /* of its last history entry */
	struct digest id, parent;
	struct moment created;
};

struct image_index {
	struct indexed_image *items; /* by created_by, newest first */
	size_t count;
};
int image_index_new(struct store *store, struct image_index **out,
		    struct err *err);
void image_index_free(struct image_index *index);
/* The items whose created_by starts with prefix: first and how many. */
size_t image_index_range(const struct image_index *index, const char *prefix,
			 size_t *first);
