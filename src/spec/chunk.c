/* Knows who still holds a shared buffer. */
#include "spec/chunk.h"

#include <pthread.h>
#include <stdbool.h>

struct chunk_pool {
	pthread_mutex_t lock;
	pthread_cond_t freed;
	struct chunk *free;
	size_t made, limit, out;
	bool closed;
};

struct chunk_pool *chunk_pool_new(size_t count)
{
	struct chunk_pool *pool = mem_alloc(sizeof(*pool));

	pool->limit = count;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->freed, NULL);
	return pool;
}

static void destroy(struct chunk_pool *pool)
{
	struct chunk *chunk;

	while ((chunk = pool->free)) {
		pool->free = chunk->next;
		free(chunk->bytes);
		free(chunk);
	}
	pthread_mutex_destroy(&pool->lock);
	pthread_cond_destroy(&pool->freed);
	free(pool);
}

void chunk_pool_free(struct chunk_pool *pool)
{
	bool last;

	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->closed = true;
	last = pool->out == 0;
	pthread_mutex_unlock(&pool->lock);
	if (last)
		destroy(pool);
}

static struct chunk *make(struct chunk_pool *pool)
{
	struct chunk *chunk = mem_alloc(sizeof(*chunk));

	chunk->bytes = mem_alloc(CHUNK_SIZE);
	chunk->pool = pool;
	return chunk;
}

struct chunk *chunk_take(struct chunk_pool *pool)
{
	struct chunk *chunk;

	pthread_mutex_lock(&pool->lock);
	while (!pool->free && pool->made == pool->limit)
		pthread_cond_wait(&pool->freed, &pool->lock);
	chunk = pool->free;
	if (chunk)
		pool->free = chunk->next;
	else
		pool->made++;
	pool->out++;
	pthread_mutex_unlock(&pool->lock);
	if (!chunk)
		chunk = make(pool);
	chunk->next = NULL;
	chunk->holders = 1;
	return chunk;
}

void chunk_hold(struct chunk *chunk)
{
	__atomic_add_fetch(&chunk->holders, 1, __ATOMIC_RELAXED);
}

void chunk_drop(struct chunk *chunk)
{
	struct chunk_pool *pool;
	bool last;

	if (!chunk ||
	    __atomic_sub_fetch(&chunk->holders, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	pool = chunk->pool;
	pthread_mutex_lock(&pool->lock);
	chunk->next = pool->free;
	pool->free = chunk;
	last = --pool->out == 0 && pool->closed;
	pthread_cond_signal(&pool->freed);
	pthread_mutex_unlock(&pool->lock);
	if (last)
		destroy(pool);
}
