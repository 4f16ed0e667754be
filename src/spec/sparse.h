/*
 * Sparse files in PAX archives: GNU tar's formats 0.0, 0.1 and 1.0, which
 * bsdtar writes too. (GNU tar's manual, "Storing Sparse Files".)
 */
#pragma once

#include <sys/types.h>

#include "spec/tarparse.h"

struct sparse;
/* The content as it is stored: bytes read, 0 at its end, -1 failed. */
typedef ssize_t sparse_pull(void *arg, void *bytes, size_t len,
			    struct err *err);

/* 1: entry is sparse, has its true name and size now, and its content comes
 * from sparse_read; 0: not sparse; -1: its map is broken. */
int sparse_open(const struct pax *pax, struct tar_entry *entry,
		sparse_pull *pull, void *arg, struct sparse **out,
		struct err *err);
ssize_t sparse_read(struct sparse *sparse, void *bytes, size_t len,
		    struct err *err);
/* Passes over the hole at the position, if there is one: its length. */
int64_t sparse_skip(struct sparse *sparse);
void sparse_free(struct sparse *sparse);
