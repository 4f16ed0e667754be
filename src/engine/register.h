/*
 * Layers from outside: a tar, plain or compressed, becomes a layer
 * (store.md section 4, 6.3).
 */
#pragma once

#include "store/store.h"

/*
 * Reads the tar from fd onto the parent chain (may be unset). expected: the
 * diff ID that it must have, or NULL. Nothing is kept unless it is whole.
 */
int register_layer(struct store *store, int fd, const struct digest *parent,
		   const struct digest *expected, struct digest *diff_id,
		   struct digest *chain, struct err *err);
/* What a blob of so many bytes may grow to: gzip itself can do a thousandfold,
 * layers of people do not. */
#define REGISTER_GROWTH_MAX 200
#define REGISTER_GROWTH_FREE ((uint64_t)4 << 30)
uint64_t register_limit(uint64_t blob_size);
/* The same; more than limit bytes once decompressed (0: any) is ERR_INPUT. */
int register_layer_within(struct store *store, int fd, uint64_t limit,
			  const struct digest *parent,
			  const struct digest *expected,
			  struct digest *diff_id, struct digest *chain,
			  struct err *err);
