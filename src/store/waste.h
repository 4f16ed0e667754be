/*
 * Bytes that an image carries and never shows, and why.
 *
 * Beside them dive's figures, computed as dive's efficiency.go and analysis.go
 * do, for comparing; dive counts the copy that must be kept as well, and does
 * not count directories that are deleted later.
 */
#pragma once

#include "store/files.h"

enum waste_cause {
	WASTE_OVERWRITTEN, /* another content was put there */
	WASTE_DELETED,     /* taken away, with all below it */
	WASTE_METADATA,    /* chmod, chown, setfattr: copied as a whole */
	WASTE_IDENTICAL,   /* the same file was put there again */
	WASTE_CAUSES,
};

struct waste_item {
	uint64_t bytes;
	uint32_t at;       /* in waste->files */
	uint16_t made, by; /* layers, 0: bottom */
	uint8_t cause, differs;
};

struct dive_path {
	uint64_t cumulative;
	uint32_t at, count;
};

struct waste {
	struct files *files;
	struct waste_item *items; /* most bytes first */
	size_t count;
	uint64_t bytes, of_cause[WASTE_CAUSES];
	uint64_t total;           /* bytes of the files of all layers */
	struct {
		double efficiency;
		uint64_t wasted_bytes, user_bytes;
		double user_wasted_percent; /* a share: 0.1 is a tenth; not
					     * a number without user bytes */
		struct dive_path *paths;    /* in two layers or more */
		size_t count;
	} dive;
};

int waste_find(struct store *store, const struct layer *const *layers,
	       size_t count, struct waste **out, struct err *err);
void waste_free(struct waste *waste);
AUTO_DEFINE(struct waste, waste_free)
