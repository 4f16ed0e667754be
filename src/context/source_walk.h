/*
 * What is below a source item and what its sum is; only source.c needs it.
 */
#pragma once

#include "context/source.h"

#define SOURCE_OUTSIDE (-2)
/* Where a path leads: 1 there, 0 not there, SOURCE_OUTSIDE if Docker calls it
 * forbidden (it leaves the root, has too many links, or goes through a file),
 * -1 failed. *resolved is owned by the caller. */
int source_resolve(struct tree *tree, const char *path, char **resolved,
		   const struct node **out, struct err *err);

/* tree_list, as Docker's walks need it: a name that is listed and yet not there
 * fails them. */
int source_list(struct tree *tree, const struct node *dir,
		const struct node *const **out, size_t *count,
		struct err *err);
/* Every file of the item with its sum, in walk order. */
int source_walk(struct tree *tree, const struct source_item *item,
		source_visit *visit, void *arg, struct err *err);
/* Whether that reads nothing: 1, 0, -1. */
int source_item_known(struct tree *tree, const struct source_item *item,
		      struct err *err);
