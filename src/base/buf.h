/*
 * Bytes: a span borrows, a buf owns and grows, a strv is a list of strings.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/* Borrowed bytes; never freed through it, not NUL-terminated. */
struct span {
	const char *ptr;
	size_t len;
};

struct span span_of(const char *s); /* a whole C string; NULL gives empty */
bool span_equal(struct span a, const char *s);
#define SPAN_ARG(s) (int)(s).len, (s).ptr /* for "%.*s" */

/* Owned bytes; data is always NUL-terminated once something was added. */
struct buf {
	char *data;
	size_t len, cap;
};

#define BUF_INIT { NULL, 0, 0 }

void buf_release(struct buf *buf);
void buf_clear(struct buf *buf); /* empties, keeps the memory */
void buf_reserve(struct buf *buf, size_t more);
void buf_add(struct buf *buf, const void *bytes, size_t len);
void buf_adds(struct buf *buf, const char *s);
/* As one word of /bin/sh: as it is where it is one, else in quotes. */
void buf_add_shell_word(struct buf *buf, const char *word);
void buf_addc(struct buf *buf, char c);
void buf_addf(struct buf *buf, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Hands the bytes over (never NULL); the buf is empty after it. */
char *buf_steal(struct buf *buf);
AUTO_DEFINE_IN_PLACE(struct buf, buf_release)

/*
 * A list of owned strings. set tells an empty list ("[]") from none at all
 * ("null"), a difference that Docker's JSON keeps; adding sets it.
 */
struct strv {
	char **items;
	size_t count;
	bool set;
};

void strv_release(struct strv *list);
void strv_add(struct strv *list, const char *s);
void strv_addn(struct strv *list, const char *s, size_t len);
void strv_take(struct strv *list, char *s); /* takes ownership of s */
void strv_copy(struct strv *to, const struct strv *from); /* releases to */
bool strv_equal(const struct strv *a, const struct strv *b); /* set ignored */
void strv_sort(struct strv *list); /* bytewise */
bool strv_has(const struct strv *list, const char *s);
char *strv_join(const struct strv *list, const char *between); /* owned */
AUTO_DEFINE_IN_PLACE(struct strv, strv_release)
