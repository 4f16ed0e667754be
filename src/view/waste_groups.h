/*
 * What is lost for one cause between the same two layers, file by file or, of
 * a directory of which all or nearly all files are, as one.
 */
#pragma once

#include "store/waste.h"

struct waste_group {
	uint64_t bytes;
	uint32_t dir;           /* in files, FILE_NONE: one file alone */
	size_t *items, count;   /* indexes into waste->items, as these are */
};
struct waste_groups {
	struct waste_group *items; /* most bytes first */
	size_t count;
};
/* Each item is in one group. files: waste->files, where it is not there. */
void waste_groups_make(const struct waste *waste, const struct files *files,
		       struct waste_groups *out);
void waste_groups_release(struct waste_groups *groups);
AUTO_DEFINE_IN_PLACE(struct waste_groups, waste_groups_release)
