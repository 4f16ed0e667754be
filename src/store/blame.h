/* Which layers touched a path, and which step made a layer. */
#pragma once

#include <sys/stat.h>

#include "store/files.h"

enum blame_what { BLAME_ADDED, BLAME_CHANGED, BLAME_REMOVED };

struct blame_entry {
	size_t layer;      /* 0: bottom */
	enum blame_what what;
	struct stat st;    /* unless removed */
	unsigned differs;  /* of BLAME_CHANGED: enum file_differs from the
			    * entry before, if it is told; */
	bool told;         /* not so where it is the content of much */
	char *with;        /* removed by what happened to this path above it,
			    * or NULL: by its own whiteout */
};
struct blame {
	struct blame_entry *items; /* oldest first */
	size_t count;
};
void blame_release(struct blame *blame);
AUTO_DEFINE_IN_PLACE(struct blame, blame_release)

/* path: no link is followed; slashes around it do not matter. Of files of
 * one size up to `most` bytes in all (of either side) are read to tell whether
 * they differ, the newest first. */
int blame_path(struct store *store, const struct layer *const *layers,
	       size_t count, const char *path, uint64_t most,
	       struct blame *out, struct err *err);
/* The history entry that made a layer of the image; NULL: not recorded. */
const struct history *layer_step(const struct image_config *config,
				 size_t layer);
