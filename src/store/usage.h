/* What a store holds and how much of it could go (docker system df). */
#pragma once

#include "store/store.h"

struct store_usage {
	size_t images, active;    /* those that `images` lists; of those, with
				   * containers */
	uint64_t size;            /* of all their layers, each once */
	uint64_t reclaimable;     /* docker's figure */
	size_t intermediate;      /* images that `images -a` has besides */
	uint64_t own;             /* bytes of <root>/varve */
};
int store_count_usage(struct store *store, struct store_usage *out,
		      struct err *err);
