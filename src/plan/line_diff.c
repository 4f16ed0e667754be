/* Knows how two versions of a Dockerfile become a unified diff. */
#include <string.h>

#include "plan/advise_parts.h"

#define CONTEXT_LINES 3
#define COMPARED_MAX 1000 /* lines; a larger change is shown as replaced */

struct text_lines {
	struct span *items;
	size_t count;
};

static void split(const char *text, struct text_lines *out)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		MEM_PUSH(out->items, out->count) = (struct span){ text, len };
		text += len + (text[len] == '\n');
	}
}

static bool same(struct span a, struct span b)
{
	return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

static void add_line(struct buf *out, char op, struct span line)
{
	buf_addc(out, op);
	buf_add(out, line.ptr, line.len);
	buf_addc(out, '\n');
}

/* The changed lines between what both have at their ends, by the longest
 * common subsequence; old[0..n), now[0..m). */
static void add_changes(struct buf *out, const struct span *old, size_t n,
			const struct span *now, size_t m)
{
	AUTO_FREE unsigned *table = mem_array((n + 1) * (m + 1),
					      sizeof(*table));
	size_t i, j;

	for (i = n; i-- > 0;)
		for (j = m; j-- > 0;) {
			unsigned *at = &table[i * (m + 1) + j];

			*at = same(old[i], now[j]) ? at[m + 2] + 1 :
			      at[1] > at[m + 1] ? at[1] : at[m + 1];
		}
	for (i = j = 0; i < n || j < m;) {
		const unsigned *at = &table[i * (m + 1) + j];

		if (i < n && j < m && same(old[i], now[j])) {
			add_line(out, ' ', old[i++]);
			j++;
		} else if (i < n && (j == m || at[m + 1] >= at[1])) {
			add_line(out, '-', old[i++]);
		} else {
			add_line(out, '+', now[j++]);
		}
	}
}

static void add_replaced(struct buf *out, const struct span *old, size_t n,
			 const struct span *now, size_t m)
{
	for (size_t i = 0; i < n; i++)
		add_line(out, '-', old[i]);
	for (size_t j = 0; j < m; j++)
		add_line(out, '+', now[j]);
}

char *line_diff(const char *name, const char *old, const char *now)
{
	struct text_lines a = { 0 }, b = { 0 };
	size_t head = 0, tail = 0, before, after, n, m;
	struct buf out = BUF_INIT;

	split(old, &a);
	split(now, &b);
	while (head < a.count && head < b.count &&
	       same(a.items[head], b.items[head]))
		head++;
	while (tail < a.count - head && tail < b.count - head &&
	       same(a.items[a.count - 1 - tail], b.items[b.count - 1 - tail]))
		tail++;
	n = a.count - head - tail;
	m = b.count - head - tail;
	before = head < CONTEXT_LINES ? head : CONTEXT_LINES;
	after = tail < CONTEXT_LINES ? tail : CONTEXT_LINES;
	buf_adds(&out, "");
	if (n || m) {
		buf_addf(&out, "--- a/%s\n+++ b/%s\n@@ -%zu,%zu +%zu,%zu @@\n",
			 name, name, head - before + 1, before + n + after,
			 head - before + 1, before + m + after);
		for (size_t i = head - before; i < head; i++)
			add_line(&out, ' ', a.items[i]);
		(n > COMPARED_MAX || m > COMPARED_MAX ? add_replaced :
							add_changes)(
			&out, a.items + head, n, b.items + head, m);
		for (size_t i = 0; i < after; i++)
			add_line(&out, ' ', a.items[head + n + i]);
	}
	free(a.items);
	free(b.items);
	return buf_steal(&out);
}
