/* Knows how messages pass from one thread to another in batches. */
#include "spec/belt.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define BATCHES 6  /* chunks of copied messages */
#define PLACES 32  /* batches and lent chunks under way */
#define BATCH UINT32_MAX /* as kind: the chunk holds messages */

struct message {
	uint32_t kind, len;
};

/* A message is split rather than sent with less than this. */
#define ROOM_MIN (sizeof(struct message) + 64)

struct place {
	struct chunk *chunk;
	uint32_t kind, len;
};

struct belt {
	belt_taker *taker;
	void *arg;
	struct chunk_pool *pool;
	struct place open; /* the batch being filled, or no chunk */

	pthread_t thread;
	bool started, finished;
	pthread_mutex_t lock;
	pthread_cond_t moved;
	bool waiting;      /* somebody waits for moved */
	bool ended;
	uint64_t given, taken;
	struct place places[PLACES];
};

struct belt *belt_new(belt_taker *taker, void *arg)
{
	struct belt *belt = mem_alloc(sizeof(*belt));

	belt->taker = taker;
	belt->arg = arg;
	belt->pool = chunk_pool_new(BATCHES);
	pthread_mutex_init(&belt->lock, NULL);
	pthread_cond_init(&belt->moved, NULL);
	return belt;
}

/* ---- the taker's side ---- */

static void take_batch(struct belt *belt, const char *bytes, size_t len)
{
	for (size_t at = 0; at < len;) {
		struct message message;

		memcpy(&message, bytes + at, sizeof(message));
		at += sizeof(message);
		belt->taker(belt->arg, message.kind, bytes + at, message.len);
		at += message.len;
	}
}

static void take_place(struct belt *belt, const struct place *place)
{
	if (place->kind == BATCH)
		take_batch(belt, place->chunk->bytes, place->len);
	else
		belt->taker(belt->arg, place->kind, place->chunk->bytes,
			    place->len);
	chunk_drop(place->chunk);
}

/* With the lock held. Nobody is woken for nothing. */
static void wait_for_move(struct belt *belt)
{
	belt->waiting = true;
	pthread_cond_wait(&belt->moved, &belt->lock);
}

static void moved(struct belt *belt)
{
	if (belt->waiting)
		pthread_cond_broadcast(&belt->moved);
	belt->waiting = false;
}

static void *work(void *arg)
{
	struct belt *belt = arg;
	struct place place;

	pthread_mutex_lock(&belt->lock);
	for (;;) {
		while (belt->taken == belt->given && !belt->ended)
			wait_for_move(belt);
		if (belt->taken == belt->given)
			break;
		place = belt->places[belt->taken % PLACES];
		pthread_mutex_unlock(&belt->lock);
		take_place(belt, &place);
		pthread_mutex_lock(&belt->lock);
		belt->taken++;
		moved(belt);
	}
	pthread_mutex_unlock(&belt->lock);
	return NULL;
}

/* ---- the giver's side ---- */

static void start(struct belt *belt)
{
	belt->started = true;
	/* As little can be done about it as about missing memory. */
	if (pthread_create(&belt->thread, NULL, work, belt) != 0)
		abort();
}

static void give(struct belt *belt, struct place place)
{
	if (!belt->started)
		start(belt);
	pthread_mutex_lock(&belt->lock);
	while (belt->given - belt->taken == PLACES)
		wait_for_move(belt);
	belt->places[belt->given++ % PLACES] = place;
	moved(belt);
	pthread_mutex_unlock(&belt->lock);
}

static void give_batch(struct belt *belt)
{
	struct place batch = belt->open;

	belt->open = (struct place){ 0 };
	if (batch.chunk)
		give(belt, batch);
}

static size_t make_room(struct belt *belt)
{
	if (belt->open.chunk && CHUNK_SIZE - belt->open.len < ROOM_MIN)
		give_batch(belt);
	if (!belt->open.chunk)
		belt->open = (struct place){ chunk_take(belt->pool), BATCH,
					     0 };
	return CHUNK_SIZE - belt->open.len - sizeof(struct message);
}

void belt_put(struct belt *belt, unsigned int kind, const void *bytes,
	      size_t len)
{
	const char *from = bytes;

	if (belt->finished)
		return;
	do {
		size_t room = make_room(belt);
		char *to = belt->open.chunk->bytes + belt->open.len;
		struct message message = {
			.kind = kind,
			.len = (uint32_t)(len < room ? len : room),
		};

		memcpy(to, &message, sizeof(message));
		if (message.len) {
			memcpy(to + sizeof(message), from, message.len);
			from += message.len;
			len -= message.len;
		}
		belt->open.len += (uint32_t)sizeof(message) + message.len;
	} while (len > 0);
}

void belt_lend(struct belt *belt, unsigned int kind, struct chunk *chunk,
	       size_t len)
{
	if (belt->finished)
		return;
	give_batch(belt); /* it comes first */
	chunk_hold(chunk);
	give(belt, (struct place){ chunk, kind, (uint32_t)len });
}

void belt_finish(struct belt *belt)
{
	if (belt->finished)
		return;
	belt->finished = true;
	if (!belt->started) {
		if (belt->open.chunk)
			take_place(belt, &belt->open);
		belt->open = (struct place){ 0 };
		return;
	}
	give_batch(belt);
	pthread_mutex_lock(&belt->lock);
	belt->ended = true;
	moved(belt);
	pthread_mutex_unlock(&belt->lock);
	pthread_join(belt->thread, NULL);
}

void belt_free(struct belt *belt)
{
	if (!belt)
		return;
	belt_finish(belt);
	chunk_pool_free(belt->pool);
	pthread_mutex_destroy(&belt->lock);
	pthread_cond_destroy(&belt->moved);
	free(belt);
}
