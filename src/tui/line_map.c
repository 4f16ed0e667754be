/* Knows which line of a changed text is which line of the old one. */
#include "tui/line_map.h"

#include <string.h>

#define LOOK_MOST 500 /* changed lines that are looked through for an old one */

static int lines_in(const char *from, const char *to)
{
	int count = 0;

	for (const char *at = from; at < to; at++)
		count += *at == '\n';
	return count + (to > from && to[-1] != '\n');
}

/* Bytes of whole lines that both begin with. */
static size_t same_head(const char *old, const char *now)
{
	size_t at = 0, lines = 0;

	for (; old[at] && old[at] == now[at]; at++)
		if (old[at] == '\n')
			lines = at + 1;
	return lines;
}

/* Bytes of whole lines that both end with. */
static size_t same_tail(const char *old, size_t old_len, const char *now,
			size_t len)
{
	size_t at = 0, lines = 0;

	while (at < old_len && at < len &&
	       old[old_len - 1 - at] == now[len - 1 - at]) {
		/* A line begins in both where neither goes on before it. */
		at++;
		if ((at == old_len || old[old_len - 1 - at] == '\n') &&
		    (at == len || now[len - 1 - at] == '\n'))
			lines = at;
	}
	return lines;
}

void line_map_make(const char *old, const char *now, struct line_map *out)
{
	size_t head = same_head(old, now), tail;
	size_t old_len = strlen(old + head), len = strlen(now + head);

	tail = same_tail(old + head, old_len, now + head, len);
	*out = (struct line_map){
		.old_mid = old + head, .new_mid = now + head,
		.head = lines_in(old, old + head),
		.old_lines = lines_in(old + head, old + head + old_len - tail),
		.new_lines = lines_in(now + head, now + head + len - tail),
	};
}

static const char *skip_lines(const char *text, int lines)
{
	for (; lines > 0; lines--)
		text += strcspn(text, "\n") + 1;
	return text;
}

/* One that moved is found by what it says, else it stays where it was. */
static int in_middle(const struct line_map *map, int line)
{
	const char *old = skip_lines(map->old_mid, line);
	const char *now = map->new_mid;
	size_t len = strcspn(old, "\n");

	for (int i = 0; i < map->new_lines && i < LOOK_MOST; i++) {
		size_t other = strcspn(now, "\n");

		if (other == len && memcmp(now, old, len) == 0)
			return i;
		now += other + 1;
	}
	return line < map->new_lines ? line : -1;
}

int line_map_at(const struct line_map *map, int line)
{
	int at = line - 1 - map->head;

	if (at < 0)
		return line;
	if (at >= map->old_lines)
		return line - map->old_lines + map->new_lines;
	at = in_middle(map, at);
	return at < 0 ? 0 : at + 1 + map->head;
}
