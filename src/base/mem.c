/* Knows that memory never runs out quietly: every failure aborts. */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void *check(void *p)
{
	if (!p) {
		static const char msg[] = "varve: out of memory\n";

		(void)!write(STDERR_FILENO, msg, sizeof(msg) - 1);
		abort();
	}
	return p;
}

void *mem_alloc(size_t size)
{
	return check(calloc(1, size ? size : 1));
}

void *mem_array(size_t count, size_t size)
{
	return check(calloc(count ? count : 1, size ? size : 1));
}

void *mem_grow(void *p, size_t count, size_t size)
{
	return check(reallocarray(p, count ? count : 1, size ? size : 1));
}

char *mem_strdup(const char *s)
{
	return s ? check(strdup(s)) : NULL;
}

char *mem_strndup(const char *s, size_t len)
{
	char *copy = check(malloc(len + 1));

	if (len)
		memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

void *mem_dup(const void *p, size_t len)
{
	return memcpy(check(malloc(len ? len : 1)), p, len);
}

char *mem_printf(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	return check(text);
}

void *mem_push(void *array, size_t *count, size_t size)
{
	size_t n = *count;

	/* Full exactly when the count is 0 or a power of two from 8 on. */
	if (n == 0)
		array = mem_grow(array, 8, size);
	else if (n >= 8 && (n & (n - 1)) == 0)
		array = mem_grow(array, n * 2, size);
	memset((char *)array + n * size, 0, size);
	*count = n + 1;
	return array;
}

#define ARENA_BLOCK (64 * 1024 - 64)

struct block {
	struct block *next;
	size_t used, size;
	_Alignas(16) char data[];
};

struct arena {
	struct block *blocks;
};

struct arena *arena_new(void)
{
	return mem_alloc(sizeof(struct arena));
}

void arena_free(struct arena *arena)
{
	struct block *block, *next;

	if (!arena)
		return;
	for (block = arena->blocks; block; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct block *block = arena->blocks;
	void *p;

	size = (size + 15) & ~(size_t)15;
	if (!block || block->size - block->used < size) {
		size_t room = size > ARENA_BLOCK ? size : ARENA_BLOCK;

		block = check(malloc(sizeof(*block) + room));
		block->next = arena->blocks;
		block->used = 0;
		block->size = room;
		arena->blocks = block;
	}
	p = block->data + block->used;
	block->used += size;
	return memset(p, 0, size);
}

char *arena_strndup(struct arena *arena, const char *s, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	if (len)
		memcpy(copy, s, len);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *s)
{
	return arena_strndup(arena, s, strlen(s));
}
