/* Knows how byte buffers and string lists grow. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct span span_of(const char *s)
{
	return (struct span){ s, s ? strlen(s) : 0 };
}

bool span_equal(struct span a, const char *s)
{
	return a.len == strlen(s) && memcmp(a.ptr, s, a.len) == 0;
}

void buf_release(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf)BUF_INIT;
}

void buf_clear(struct buf *buf)
{
	buf->len = 0;
	if (buf->data)
		buf->data[0] = '\0';
}

void buf_reserve(struct buf *buf, size_t more)
{
	size_t need = buf->len + more + 1, cap = buf->cap ? buf->cap : 64;

	if (need <= buf->cap)
		return;
	while (cap < need)
		cap *= 2;
	buf->data = mem_grow(buf->data, cap, 1);
	buf->cap = cap;
}

void buf_add(struct buf *buf, const void *bytes, size_t len)
{
	buf_reserve(buf, len);
	if (len)
		memcpy(buf->data + buf->len, bytes, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void buf_adds(struct buf *buf, const char *s)
{
	buf_add(buf, s, strlen(s));
}

void buf_addc(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_add_shell_word(struct buf *buf, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./:@%+=,-";

	if (*word && !word[strspn(word, plain)]) {
		buf_adds(buf, word);
		return;
	}
	buf_addc(buf, '\'');
	for (; *word; word++)
		if (*word == '\'')
			buf_adds(buf, "'\\''");
		else
			buf_addc(buf, *word);
	buf_addc(buf, '\'');
}

void buf_addf(struct buf *buf, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	buf_reserve(buf, (size_t)len);
	va_start(ap, fmt);
	vsnprintf(buf->data + buf->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	buf->len += (size_t)len;
}

char *buf_steal(struct buf *buf)
{
	char *data;

	buf_reserve(buf, 0);
	buf->data[buf->len] = '\0';
	data = buf->data;
	*buf = (struct buf)BUF_INIT;
	return data;
}

void strv_release(struct strv *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct strv){ 0 };
}

void strv_take(struct strv *list, char *s)
{
	MEM_PUSH(list->items, list->count) = s;
	list->set = true;
}

void strv_add(struct strv *list, const char *s)
{
	strv_take(list, mem_strdup(s));
}

void strv_addn(struct strv *list, const char *s, size_t len)
{
	strv_take(list, mem_strndup(s, len));
}

void strv_copy(struct strv *to, const struct strv *from)
{
	struct strv copy = { 0 };

	for (size_t i = 0; i < from->count; i++)
		strv_add(&copy, from->items[i]);
	copy.set = from->set;
	strv_release(to);
	*to = copy;
}

bool strv_equal(const struct strv *a, const struct strv *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *list)
{
	if (list->count > 1)
		qsort(list->items, list->count, sizeof(char *), by_bytes);
}

bool strv_has(const struct strv *list, const char *s)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], s) == 0)
			return true;
	return false;
}

char *strv_join(const struct strv *list, const char *between)
{
	struct buf buf = BUF_INIT;

	for (size_t i = 0; i < list->count; i++) {
		if (i)
			buf_adds(&buf, between);
		buf_adds(&buf, list->items[i]);
	}
	return buf_steal(&buf);
}
