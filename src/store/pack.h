/*
 * Trees of files as one flat file: a worker writes it, a screen maps it and
 * has a million entries at once without copying one.
 */
#pragma once

#include "store/files.h"
#include "store/waste.h"

/* Entries: fewer are read again as fast. Of more, a worker writes first a pack
 * of the names alone at pack_names_path, and says so with the line "names". */
#define PACK_BIG 50000

/*
 * The file's name for what these layers show compared with the lowest `below`
 * of them: the same as long as the store has them where they are. Owned.
 */
char *pack_name(struct store *store, const struct layer *const *layers,
		size_t count, size_t below, const char *what);
/* old and waste may be NULL; waste->files is now. With totals. The file
 * appears whole. */
int pack_save(const struct files *old, const struct files *now,
	      const struct waste *waste, const char *path, struct err *err);
/* Owned. */
char *pack_names_path(const char *path);
/* 1; 0: it is no such file, or one of another version; -1. What was NULL when
 * it was written is NULL; waste->files is NULL then, and *now its files. */
int pack_read(const char *path, struct files **old, struct files **now,
	      struct waste **waste, struct err *err);
