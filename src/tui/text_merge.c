/* Knows which lines of two versions come from which of their common origin. */
#include "tui/text_merge.h"

#include <string.h>

#include "base/buf.h"

#define COMPARED_MAX 2000 /* lines between the equal ends; else all differs */

struct lines {
	struct span *items;
	size_t count;
	size_t *of_base; /* [line of the base]: the same line here, + 1; 0: gone */
};

static void lines_release(struct lines *lines)
{
	free(lines->items);
	free(lines->of_base);
}
AUTO_DEFINE_IN_PLACE(struct lines, lines_release)

/* With its newline: a last line without one is another line. */
static void split(const char *text, struct lines *out)
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

/* The longest common subsequence of base[from..from + n) and of m lines. */
static void match_middle(const struct lines *base, size_t from, size_t n,
			 struct lines *now, size_t m)
{
	AUTO_FREE unsigned *table = mem_array((n + 1) * (m + 1),
					      sizeof(*table));
	size_t i, j;

	for (i = n; i-- > 0;)
		for (j = m; j-- > 0;) {
			unsigned *at = &table[i * (m + 1) + j];

			*at = same(base->items[from + i],
				   now->items[from + j]) ? at[m + 2] + 1 :
			      at[1] > at[m + 1] ? at[1] : at[m + 1];
		}
	for (i = j = 0; i < n && j < m;) {
		const unsigned *at = &table[i * (m + 1) + j];

		if (same(base->items[from + i], now->items[from + j]))
			now->of_base[from + i++] = from + ++j;
		else if (at[m + 1] >= at[1])
			i++;
		else
			j++;
	}
}

static void match(const struct lines *base, struct lines *now)
{
	size_t least = base->count < now->count ? base->count : now->count;
	size_t head = 0, tail = 0;

	now->of_base = mem_array(base->count + 1, sizeof(*now->of_base));
	while (head < least && same(base->items[head], now->items[head]))
		now->of_base[head] = head + 1, head++;
	while (tail < least - head &&
	       same(base->items[base->count - 1 - tail],
		    now->items[now->count - 1 - tail])) {
		tail++;
		now->of_base[base->count - tail] = now->count - tail + 1;
	}
	if (base->count - head - tail <= COMPARED_MAX &&
	    now->count - head - tail <= COMPARED_MAX)
		match_middle(base, head, base->count - head - tail, now,
			     now->count - head - tail);
}

struct piece {
	const struct span *items;
	size_t count;
};

static bool piece_same(struct piece a, struct piece b)
{
	if (a.count != b.count)
		return false;
	for (size_t i = 0; i < a.count; i++)
		if (!same(a.items[i], b.items[i]))
			return false;
	return true;
}

static bool take(struct buf *out, struct piece base, struct piece mine,
		 struct piece theirs)
{
	struct piece taken = mine;

	if (piece_same(base, mine))
		taken = theirs;
	else if (!piece_same(base, theirs) && !piece_same(mine, theirs))
		return false;
	for (size_t i = 0; i < taken.count; i++)
		buf_add(out, taken.items[i].ptr, taken.items[i].len);
	return true;
}

static struct piece piece_of(const struct lines *lines, size_t from, size_t to)
{
	return (struct piece){ lines->items + from, to - from };
}

int text_merge(const char *base_text, const char *mine_text,
	       const char *their_text, char **out)
{
	AUTO(lines_release) struct lines base = { 0 }, mine = { 0 },
		theirs = { 0 };
	AUTO(buf_release) struct buf text = BUF_INIT;
	size_t a = 0, b = 0, from = 0;

	split(base_text, &base);
	split(mine_text, &mine);
	split(their_text, &theirs);
	match(&base, &mine);
	match(&base, &theirs);
	for (size_t i = 0; i <= base.count; i++) {
		bool end = i == base.count;
		size_t at = end ? mine.count + 1 : mine.of_base[i];
		size_t bt = end ? theirs.count + 1 : theirs.of_base[i];

		if (!at || !bt)
			continue;
		if (!take(&text, piece_of(&base, from, i),
			  piece_of(&mine, a, at - 1),
			  piece_of(&theirs, b, bt - 1)))
			return 0;
		if (end)
			break;
		buf_add(&text, base.items[i].ptr, base.items[i].len);
		from = i + 1;
		a = at;
		b = bt;
	}
	*out = buf_steal(&text);
	return 1;
}
