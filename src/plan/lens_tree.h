/*
 * The tree of a lens while it is made; only the lens's own files use it.
 */
#pragma once

#include <uthash.h>

#include "base/mem.h"
#include "plan/lens.h"
#include "plan/walk.h"

struct lens_entry {
	struct lens_node node;
	UT_hash_handle hh; /* by path */
};
struct lens_maker {
	struct lens *lens;
	struct workspace *workspace;
	struct plan *plan;
	struct lens_entry *by_path;
};

struct lens_node *lens_find(const struct lens_maker *maker, const char *path);
/* The node at path, made with its parents where it is missing. A new one is
 * LENS_GONE, for the caller to say better. */
struct lens_node *lens_put(struct lens_maker *maker, const char *path);

/* lens_changes.c: what a step's files were at its last build. */
int lens_changes(struct lens_maker *maker, struct lens_step *step,
		 struct err *err);
