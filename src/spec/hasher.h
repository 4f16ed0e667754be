/*
 * SHA-256 of many messages, one after the other, in a thread beside the one
 * that reads them. Small messages go in batches; chunks are not copied, so
 * that the same bytes can go to a layer_writer and to a hasher:
 *
 *	chunk = chunk_take(pool);
 *	got = read(fd, chunk->bytes, CHUNK_SIZE);
 *	layer_writer_lend(writer, chunk, got, err);
 *	hasher_lend(hasher, chunk, got);
 *	write(to, chunk->bytes, got);
 *	chunk_drop(chunk);
 */
#pragma once

#include <stdbool.h>

#include "spec/chunk.h"
#include "spec/digest.h"

struct hasher;
struct hasher *hasher_new(void);
/* One message: tag comes back with its sum. A message begun before the last
 * one was ended takes its place: the last one has no sum. */
void hasher_begin(struct hasher *hasher, void *tag);
void hasher_add(struct hasher *hasher, const void *bytes, size_t len);
void hasher_lend(struct hasher *hasher, struct chunk *chunk, size_t len);
void hasher_end(struct hasher *hasher);

/* The next sum in the order of the messages: 1, or 0 if none is ready. */
bool hasher_next(struct hasher *hasher, void **tag, struct digest *out);
/* Waits until all sums are ready; no message may follow. */
void hasher_finish(struct hasher *hasher);
void hasher_free(struct hasher *hasher);
AUTO_DEFINE(struct hasher, hasher_free)
