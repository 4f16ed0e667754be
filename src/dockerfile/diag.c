/* Knows which of several mistakes Docker would name, and in what words. */
#include "dockerfile/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

void diag_list_release(struct diag_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].text);
	free(list->items);
	*list = (struct diag_list){ 0 };
}

/* Docker's errors travel as JSON, which turns bad bytes into U+FFFD. */
static char *__attribute__((format(printf, 1, 0)))
format_text(const char *fmt, va_list ap)
{
	AUTO_FREE char *text = NULL;
	struct buf clean = BUF_INIT;
	struct span rest;

	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	for (rest = span_of(text); rest.len;) {
		uint32_t rune;
		bool valid;
		size_t n = utf8_decode(rest.ptr, rest.len, &rune, &valid);

		utf8_append(&clean, rune);
		rest.ptr += n;
		rest.len -= n;
	}
	return buf_steal(&clean);
}

void diag_error(struct diag_list *list, enum diag_prefix prefix, int line,
		struct place at, const char *fmt, ...)
{
	struct diag diag = { .prefix = prefix, .line = line, .at = at };
	va_list ap;

	va_start(ap, fmt);
	diag.text = format_text(fmt, ap);
	va_end(ap);
	MEM_PUSH(list->items, list->count) = diag;
}

void diag_warn(struct diag_list *list, int line, struct place at,
	       const char *fmt, ...)
{
	struct diag diag = { .warning = true, .line = line, .at = at };
	va_list ap;

	va_start(ap, fmt);
	diag.text = format_text(fmt, ap);
	va_end(ap);
	MEM_PUSH(list->items, list->count) = diag;
}

static int compare_place(const struct place *a, const struct place *b)
{
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	return 0;
}

/*
 * Docker's first pass reads the whole file and finds only DIAG_PARSE, from
 * top to bottom; the second one finds the others, one instruction at a time.
 */
const struct diag *diag_first(const struct diag_list *list)
{
	const struct diag *first = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct diag *diag = &list->items[i];

		if (diag->warning)
			continue;
		if (!first ||
		    (diag->prefix == DIAG_PARSE &&
		     (first->prefix != DIAG_PARSE ||
		      compare_place(&diag->at, &first->at) < 0)))
			first = diag;
	}
	return first;
}

struct ranked {
	struct diag diag;
	size_t rank; /* 0 is Docker's first, then as they were found */
};

static int by_rank(const void *one, const void *two)
{
	const struct ranked *a = one, *b = two;
	int order = compare_place(&a->diag.at, &b->diag.at);

	if (a->rank == 0 || b->rank == 0 || order == 0)
		return a->rank < b->rank ? -1 : a->rank > b->rank;
	return order;
}

void diag_order(struct diag_list *list)
{
	AUTO_FREE struct ranked *ranked = NULL;
	const struct diag *first = diag_first(list);

	if (list->count < 2)
		return;
	ranked = mem_array(list->count, sizeof(*ranked));
	for (size_t i = 0; i < list->count; i++) {
		ranked[i].diag = list->items[i];
		ranked[i].rank = &list->items[i] == first ? 0 : i + 1;
	}
	qsort(ranked, list->count, sizeof(*ranked), by_rank);
	for (size_t i = 0; i < list->count; i++)
		list->items[i] = ranked[i].diag;
}

char *diag_format(const struct diag *diag, const char *name)
{
	switch (diag->prefix) {
	case DIAG_PLAIN:
		break;
	case DIAG_EMPTY:
		return mem_printf("the Dockerfile (%s) %s", name, diag->text);
	case DIAG_PARSE:
		return mem_printf("failed to parse %s: %s", name, diag->text);
	case DIAG_LINE:
		return mem_printf("dockerfile parse error line %d: %s",
				  diag->line, diag->text);
	}
	return mem_strdup(diag->text);
}

int dockerfile_check(const struct dockerfile *file, const char *name,
		     struct err *err)
{
	AUTO_FREE char *text = NULL;

	if (file->diag_count == 0 || file->diags[0].warning)
		return 0;
	text = diag_format(&file->diags[0], name);
	return err_set(err, ERR_INPUT, "%s", text);
}
