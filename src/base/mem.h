/*
 * Memory. Out of memory aborts, so callers never test for NULL.
 *
 * AUTO(x_free) frees what the variable owns when it goes out of scope;
 * STEAL(p) hands it over and leaves NULL behind.
 */
#pragma once

#include <stdlib.h>
#include <unistd.h>

void *mem_alloc(size_t size);                  /* zeroed */
void *mem_array(size_t count, size_t size);    /* zeroed */
void *mem_grow(void *p, size_t count, size_t size); /* like reallocarray */
char *mem_strdup(const char *s);               /* NULL gives NULL */
char *mem_strndup(const char *s, size_t len);  /* len bytes and a NUL */
void *mem_dup(const void *p, size_t len);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Makes room for one more element in a growing array. The capacity is kept
 * as the next power of two of *count, so only the count is stored.
 *	MEM_PUSH(plan->steps, plan->count) = step;
 */
void *mem_push(void *array, size_t *count, size_t size);
#define MEM_PUSH(array, count)                                                 \
	(*((array) = mem_push((array), &(count), sizeof(*(array))),            \
	   &(array)[(count) - 1]))

#define AUTO(fn) __attribute__((cleanup(fn##_p)))
/* Defines x_free_p() for AUTO(x_free), where x_free takes a pointer. */
#define AUTO_DEFINE(type, fn)                                                  \
	static inline void fn##_p(type **p) { fn(*p); }
/* Defines x_release_p() for AUTO(x_release) on a struct in place. */
#define AUTO_DEFINE_IN_PLACE(type, fn)                                         \
	static inline void fn##_p(type *p) { fn(p); }

#define STEAL(p)                                                               \
	({                                                                     \
		__typeof__(p) steal_tmp = (p);                                 \
		(p) = NULL;                                                    \
		steal_tmp;                                                     \
	})
#define STEAL_FD(fd)                                                           \
	({                                                                     \
		int steal_fd = (fd);                                           \
		(fd) = -1;                                                     \
		steal_fd;                                                      \
	})

static inline void mem_free_p(void *p)
{
	free(*(void **)p);
}
static inline void mem_close_p(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define AUTO_FREE __attribute__((cleanup(mem_free_p)))
#define AUTO_FD __attribute__((cleanup(mem_close_p)))

/* What is allocated together and dies together. */
struct arena;
struct arena *arena_new(void);
void arena_free(struct arena *arena);
void *arena_alloc(struct arena *arena, size_t size); /* zeroed, aligned 16 */
char *arena_strdup(struct arena *arena, const char *s);
char *arena_strndup(struct arena *arena, const char *s, size_t len);
AUTO_DEFINE(struct arena, arena_free)
