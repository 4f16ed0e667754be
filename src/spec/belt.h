/*
 * A belt carries messages to a thread that takes them in order. Small ones
 * are copied and go in batches; a chunk is lent and not copied. What is on
 * the belt is bounded: the giver waits when the taker falls behind. Little
 * work never starts a thread: it is done when the belt is finished.
 */
#pragma once

#include <stddef.h>

#include "base/mem.h"
#include "spec/chunk.h"

struct belt;
/* Called in the belt's thread (or in belt_finish). One belt_put may arrive
 * as several messages of its kind, one after the other. */
typedef void belt_taker(void *arg, unsigned int kind, const char *bytes,
			size_t len);
struct belt *belt_new(belt_taker *taker, void *arg);
void belt_put(struct belt *belt, unsigned int kind, const void *bytes,
	      size_t len);
/* The belt holds the chunk until it was taken; the caller keeps its hold. */
void belt_lend(struct belt *belt, unsigned int kind, struct chunk *chunk,
	       size_t len);
/* Everything was taken and the thread has ended; what is put after it is
 * lost. */
void belt_finish(struct belt *belt);
void belt_free(struct belt *belt); /* finishes */
AUTO_DEFINE(struct belt, belt_free)
