/* Knows how two versions of a text become a unified diff. */
#include "plan/line_diff.h"

#include <string.h>

#include "base/buf.h"

#define CONTEXT_LINES 3
#define EDITS_MAX 1000 /* of more, all between the ends is shown as replaced */

/* With their ends: a last line without one is another line. */
struct text_lines {
	struct span *items;
	size_t count;
};

/* What becomes of a line: ' ' stays, '-' of the old one, '+' of the new one. */
struct edit {
	char op;
	struct span line;
};
struct edits {
	struct edit *items;
	size_t count;
};

static void split(const char *text, struct text_lines *out)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		len += text[len] == '\n';
		MEM_PUSH(out->items, out->count) = (struct span){ text, len };
		text += len;
	}
}

static bool same(struct span a, struct span b)
{
	return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

static void add(struct edits *out, char op, struct span line)
{
	MEM_PUSH(out->items, out->count) = (struct edit){ op, line };
}

/* ---- the fewest edits (Myers 1986, the greedy algorithm) ---- */

struct path {
	const struct span *old, *now;
	int n, m;
	int *steps;   /* [d]: how far each diagonal came with d edits, */
	int d;        /* 2 d + 1 of them, one after the other */
};

static int *reach(const struct path *path, int d)
{
	return path->steps + (size_t)d * (size_t)d + d; /* [-d .. d] */
}

/* Whether diagonal k, with d edits, is come to by a line of the new text. */
static bool by_new(const int *before, int k, int d)
{
	return k == -d || (k != d && before[k - 1] < before[k + 1]);
}

static bool go(struct path *path, int d)
{
	const int *before = d ? reach(path, d - 1) : NULL;
	int *now = reach(path, d);

	for (int k = -d; k <= d; k += 2) {
		int x = !d ? 0 : by_new(before, k, d) ? before[k + 1] :
							before[k - 1] + 1;

		while (x < path->n && x - k < path->m &&
		       same(path->old[x], path->now[x - k]))
			x++;
		now[k] = x;
		if (x >= path->n && x - k >= path->m)
			return true;
	}
	return false;
}

/* From the end back to the start, and turned around. */
static void trace(const struct path *path, struct edits *out)
{
	size_t first = out->count;
	int x = path->n, y = path->m;

	for (int d = path->d; d >= 0; d--) {
		const int *before = d ? reach(path, d - 1) : NULL;
		int k = x - y;
		bool new = d && by_new(before, k, d);
		int from = !d ? 0 : new ? before[k + 1] : before[k - 1];
		int from_y = !d ? 0 : from - (new ? k + 1 : k - 1);

		while (x > from + (d && !new) && y > from_y + new) {
			add(out, ' ', path->old[--x]);
			y--;
		}
		if (d && new)
			add(out, '+', path->now[--y]);
		else if (d)
			add(out, '-', path->old[--x]);
	}
	for (size_t i = first, j = out->count; i + 1 < j; i++) {
		struct edit edit = out->items[--j];

		out->items[j] = out->items[i];
		out->items[i] = edit;
	}
}

static void compare(const struct span *old, size_t n, const struct span *now,
		    size_t m, struct edits *out)
{
	size_t most = n + m < EDITS_MAX ? n + m : EDITS_MAX;
	AUTO_FREE int *steps = mem_array((most + 1) * (most + 1) + 1,
					 sizeof(*steps));
	struct path path = { .old = old, .now = now, .n = (int)n,
			     .m = (int)m, .steps = steps };

	while ((size_t)path.d <= most && !go(&path, path.d))
		path.d++;
	if ((size_t)path.d <= most) {
		trace(&path, out);
		return;
	}
	for (size_t i = 0; i < n; i++)
		add(out, '-', old[i]);
	for (size_t i = 0; i < m; i++)
		add(out, '+', now[i]);
}

/* ---- hunks ---- */

static void add_line(struct buf *out, const struct edit *edit)
{
	bool ends = edit->line.ptr[edit->line.len - 1] == '\n';

	buf_addc(out, edit->op);
	buf_add(out, edit->line.ptr, edit->line.len);
	if (!ends)
		buf_adds(out, "\n\\ No newline at end of file\n");
}

/* The first edit at or after `at`; the count if there is none. */
static size_t next_change(const struct edits *edits, size_t at)
{
	while (at < edits->count && edits->items[at].op == ' ')
		at++;
	return at;
}

/* Where the hunk ends that has its first change there: behind the context of
 * its last one. */
static size_t hunk_end(const struct edits *edits, size_t change)
{
	size_t end;

	for (;;) {
		end = change;
		while (end < edits->count && edits->items[end].op != ' ')
			end++;
		change = next_change(edits, end);
		if (change == edits->count ||
		    change - end > 2 * CONTEXT_LINES)
			break;
	}
	return edits->count - end < CONTEXT_LINES ? edits->count :
						    end + CONTEXT_LINES;
}

/* Lines count from 1; of none, the line before them is told. */
static void add_range(struct buf *out, char op, size_t before, size_t count)
{
	buf_addf(out, " %c%zu,%zu", op, before + (count > 0), count);
}

static void add_hunks(struct buf *out, const struct edits *edits)
{
	size_t at = 0, old = 0, now = 0; /* lines before at */

	for (size_t change = next_change(edits, 0); change < edits->count;
	     change = next_change(edits, at)) {
		size_t start = change - at < CONTEXT_LINES ?
				       at : change - CONTEXT_LINES;
		size_t end = hunk_end(edits, change), n = 0, m = 0;

		old += start - at;
		now += start - at;
		for (size_t i = start; i < end; i++) {
			n += edits->items[i].op != '+';
			m += edits->items[i].op != '-';
		}
		buf_adds(out, "@@");
		add_range(out, '-', old, n);
		add_range(out, '+', now, m);
		buf_adds(out, " @@\n");
		for (size_t i = start; i < end; i++)
			add_line(out, &edits->items[i]);
		old += n;
		now += m;
		at = end;
	}
}

char *line_diff(const char *name, const char *old, const char *now)
{
	struct text_lines a = { 0 }, b = { 0 };
	struct edits edits = { 0 };
	size_t head = 0, tail = 0;
	struct buf out = BUF_INIT;

	split(old, &a);
	split(now, &b);
	while (head < a.count && head < b.count &&
	       same(a.items[head], b.items[head]))
		head++;
	while (tail < a.count - head && tail < b.count - head &&
	       same(a.items[a.count - 1 - tail], b.items[b.count - 1 - tail]))
		tail++;
	for (size_t i = 0; i < head; i++)
		add(&edits, ' ', a.items[i]);
	compare(a.items + head, a.count - head - tail, b.items + head,
		b.count - head - tail, &edits);
	for (size_t i = a.count - tail; i < a.count; i++)
		add(&edits, ' ', a.items[i]);
	buf_adds(&out, "");
	if (next_change(&edits, 0) < edits.count) {
		buf_addf(&out, "--- a/%s\n+++ b/%s\n", name, name);
		add_hunks(&out, &edits);
	}
	free(a.items);
	free(b.items);
	free(edits.items);
	return buf_steal(&out);
}
