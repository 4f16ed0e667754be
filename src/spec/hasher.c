/* Knows how sums come back from the thread that makes them. */
#include "spec/hasher.h"

#include <pthread.h>
#include <string.h>

#include "spec/belt.h"

enum { MESSAGE_BEGIN, MESSAGE_BYTES, MESSAGE_END };

struct sum {
	void *tag;
	struct digest digest;
};

struct hasher {
	struct belt *belt;
	/* The thread's own. */
	struct sha256 *sha;
	void *tag;
	/* Between the two. */
	pthread_mutex_t lock;
	struct sum *sums;
	size_t count, at;
};

static void add_sum(struct hasher *hasher)
{
	struct sum sum = { .tag = hasher->tag };

	sha256_end(hasher->sha, &sum.digest);
	pthread_mutex_lock(&hasher->lock);
	MEM_PUSH(hasher->sums, hasher->count) = sum;
	pthread_mutex_unlock(&hasher->lock);
}

static void take(void *arg, unsigned int kind, const char *bytes, size_t len)
{
	struct hasher *hasher = arg;

	switch (kind) {
	case MESSAGE_BEGIN:
		memcpy(&hasher->tag, bytes, len);
		sha256_reset(hasher->sha);
		break;
	case MESSAGE_BYTES:
		sha256_add(hasher->sha, bytes, len);
		break;
	case MESSAGE_END:
		add_sum(hasher);
		break;
	}
}

struct hasher *hasher_new(void)
{
	struct hasher *hasher = mem_alloc(sizeof(*hasher));

	hasher->sha = sha256_new();
	pthread_mutex_init(&hasher->lock, NULL);
	hasher->belt = belt_new(take, hasher);
	return hasher;
}

void hasher_begin(struct hasher *hasher, void *tag)
{
	/* So short that it is never split. */
	belt_put(hasher->belt, MESSAGE_BEGIN, &tag, sizeof(tag));
}

void hasher_add(struct hasher *hasher, const void *bytes, size_t len)
{
	if (len > 0)
		belt_put(hasher->belt, MESSAGE_BYTES, bytes, len);
}

void hasher_lend(struct hasher *hasher, struct chunk *chunk, size_t len)
{
	belt_lend(hasher->belt, MESSAGE_BYTES, chunk, len);
}

void hasher_end(struct hasher *hasher)
{
	belt_put(hasher->belt, MESSAGE_END, NULL, 0);
}

bool hasher_next(struct hasher *hasher, void **tag, struct digest *out)
{
	bool there;

	pthread_mutex_lock(&hasher->lock);
	there = hasher->at < hasher->count;
	if (there) {
		*tag = hasher->sums[hasher->at].tag;
		*out = hasher->sums[hasher->at].digest;
		hasher->at++;
	}
	/* All were fetched: the room can be used again. */
	if (there && hasher->at == hasher->count) {
		free(hasher->sums);
		hasher->sums = NULL;
		hasher->at = hasher->count = 0;
	}
	pthread_mutex_unlock(&hasher->lock);
	return there;
}

void hasher_finish(struct hasher *hasher)
{
	belt_finish(hasher->belt);
}

void hasher_free(struct hasher *hasher)
{
	if (!hasher)
		return;
	belt_free(hasher->belt);
	sha256_free(hasher->sha);
	pthread_mutex_destroy(&hasher->lock);
	free(hasher->sums);
	free(hasher);
}
