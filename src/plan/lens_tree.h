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
	struct tree *tree;         /* the context, or what is imagined of it */
	struct plan *plan;
	struct lens_rule **rule_of; /* by line of the tree's .dockerignore */
	int rule_lines;
	struct lens_entry *by_path;
};

/* A lens with its root; it goes into the maker, too. */
struct lens *lens_begin(struct lens_maker *maker);
void lens_maker_release(struct lens_maker *maker);
AUTO_DEFINE_IN_PLACE(struct lens_maker, lens_maker_release)

struct lens_node *lens_find(const struct lens_maker *maker, const char *path);
/* The node at path, made with its parents where it is missing. A new one is
 * LENS_GONE, for the caller to say better. */
struct lens_node *lens_put(struct lens_maker *maker, const char *path);

void lens_add_sum(struct lens_sum *to, const struct lens_sum *from);

/* lens_rules.c: the rules, and what an imagined .dockerignore moves. */
void lens_add_rules(struct lens_maker *maker,
		    const struct whatif_ignore *edited);
void lens_decide(struct lens_maker *maker, struct lens_node *node, int line);
void lens_move(struct lens_maker *maker, struct lens_node *node);

/* lens_changes.c: what a step's files were at its last build. */
int lens_changes(struct lens_maker *maker, struct lens_step *step,
		 struct err *err);
