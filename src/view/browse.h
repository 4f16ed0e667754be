/*
 * A tree of files that is walked on a screen: what is folded, filtered and in
 * which order. Folding touches only the rows below; rows are made on demand.
 */
#pragma once

#include "view/files.h"

struct browse {
	const struct files *files; /* borrowed, with totals */
	struct files_view view;    /* old and filter are borrowed */
	struct files_filter filter;
	bool *keep, *open;         /* by index: passes; is unfolded */
	size_t matches;
	struct files_list list;    /* what shows */
};
/* Directories are folded, but those with one thing in them. */
void browse_init(struct browse *browse, const struct files *files,
		 const struct files *old, int only_layer);
/* What was unfolded in before, in a tree of the same paths of which less was
 * known, is unfolded here. */
void browse_follow(struct browse *browse, const struct browse *before);
void browse_release(struct browse *browse);
AUTO_DEFINE_IN_PLACE(struct browse, browse_release)
/* After browse->filter or view.by_size changed; index is a line of the list,
 * and the line of the same file then, or that of a directory above it. */
size_t browse_again(struct browse *browse, size_t index);
bool browse_is_open(const struct browse *browse, size_t index);
/* Whether there is anything to unfold. */
bool browse_has_below(const struct browse *browse, size_t index);
void browse_unfold(struct browse *browse, size_t index);
void browse_fold(struct browse *browse, size_t index);
/* All directories; returns the line of what index was, or of what holds it. */
size_t browse_fold_all(struct browse *browse, bool fold, size_t index);
/* Those with something in them that the filter keeps. */
size_t browse_unfold_kept(struct browse *browse, size_t index);
/* The line of the directory that holds it; itself at the top. */
size_t browse_parent(const struct browse *browse, size_t index);
/* The line of an entry, unfolding what is above it; count: it is not kept. */
size_t browse_show(struct browse *browse, uint32_t at);
/*
 * The next line from index on in a direction (1, -1) and around whose name
 * holds text (smart-case; with a slash: whose path), or that is not the same
 * (text NULL). What is folded is looked into, and unfolded for a match.
 * count: there is none.
 */
size_t browse_find(struct browse *browse, const char *text, size_t index,
		   int dir);
/* A row as files_row gives it, with the mark of a fold before the name. */
void browse_row(const struct browse *browse, size_t index, struct row *out);
