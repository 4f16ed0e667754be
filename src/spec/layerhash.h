/*
 * Hashes a layer tar and writes its tar-split while it goes by, in a thread
 * of its own: the giver only puts bytes on a belt. A tar is given
 * as raw bytes (headers, padding, end) and files. (store.md section 3.)
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "spec/layertar.h"

struct layer_hash;
/* split_fd -1: no tar-split. tar_out may be NULL; called in the thread. */
struct layer_hash *layer_hash_new(layer_sink *tar_out, void *arg, int split_fd);
void layer_hash_raw(struct layer_hash *hash, const void *bytes, size_t len);
/* A tar-split entry begins: the header's bytes were given raw before it. */
void layer_hash_file(struct layer_hash *hash, const char *name);
void layer_hash_data(struct layer_hash *hash, const void *bytes, size_t len);
/* Without copying; the chunk is held until it was hashed. */
void layer_hash_lend(struct layer_hash *hash, struct chunk *chunk, size_t len);
void layer_hash_file_end(struct layer_hash *hash);
/* What follows is neither header nor file: the segment so far is closed. */
void layer_hash_cut(struct layer_hash *hash);
/* Whether the thread met an error (the full disk under split_fd); 0 or -1. */
int layer_hash_check(struct layer_hash *hash, struct err *err);
int layer_hash_finish(struct layer_hash *hash, struct layer_sums *out,
		      struct err *err);
void layer_hash_free(struct layer_hash *hash);
AUTO_DEFINE(struct layer_hash, layer_hash_free)
