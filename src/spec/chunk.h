/*
 * Buffers that threads share without copying: taken from a pool of a fixed
 * number, and back in it when the last one who holds it lets go.
 */
#pragma once

#include <stddef.h>

#include "base/mem.h"

#define CHUNK_SIZE ((size_t)256 * 1024)

struct chunk {
	char *bytes; /* CHUNK_SIZE of them; nobody writes once it is lent */
	/* Below: for chunk.c. */
	struct chunk_pool *pool;
	struct chunk *next;
	unsigned int holders;
};

/* Memory is taken as it is needed, count * CHUNK_SIZE at most. */
struct chunk_pool *chunk_pool_new(size_t count);
/* No more chunks; those still held live until they are let go. */
void chunk_pool_free(struct chunk_pool *pool);
AUTO_DEFINE(struct chunk_pool, chunk_pool_free)

/* A free chunk, held once; waits until there is one. */
struct chunk *chunk_take(struct chunk_pool *pool);
void chunk_hold(struct chunk *chunk); /* once more */
void chunk_drop(struct chunk *chunk); /* NULL is fine */
AUTO_DEFINE(struct chunk, chunk_drop)
