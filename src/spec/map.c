/* Knows how a string map is kept sorted and searched. */
#include <string.h>

#include "spec/config.h"

void map_release(struct map *map)
{
	for (size_t i = 0; i < map->count; i++) {
		free(map->items[i].key);
		free(map->items[i].value);
	}
	free(map->items);
	*map = (struct map){ 0 };
}

/* The index of key, or where it would have to go. */
static size_t place(const struct map *map, const char *key, bool *found)
{
	size_t low = 0, high = map->count;

	*found = false;
	/* Most maps are filled in order: then the answer is the end. */
	if (high > 0 && strcmp(map->items[high - 1].key, key) < 0)
		return high;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(map->items[mid].key, key);

		if (order == 0) {
			*found = true;
			return mid;
		}
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void map_put(struct map *map, const char *key, const char *value)
{
	bool found;
	size_t at = place(map, key, &found);
	struct map_entry entry;

	map->set = true;
	if (found) {
		char *old = map->items[at].value;

		map->items[at].value = mem_strdup(value);
		free(old);
		return;
	}
	entry.key = mem_strdup(key);
	entry.value = mem_strdup(value);
	MEM_PUSH(map->items, map->count) = entry;
	memmove(map->items + at + 1, map->items + at,
		(map->count - 1 - at) * sizeof(entry));
	map->items[at] = entry;
}

const char *map_get(const struct map *map, const char *key)
{
	bool found;
	size_t at = place(map, key, &found);

	return found ? map->items[at].value : NULL;
}

void map_copy(struct map *to, const struct map *from)
{
	struct map copy = { 0 };

	for (size_t i = 0; i < from->count; i++)
		map_put(&copy, from->items[i].key, from->items[i].value);
	copy.set = from->set;
	map_release(to);
	*to = copy;
}

bool map_equal(const struct map *a, const struct map *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i].key, b->items[i].key) != 0 ||
		    strcmp(a->items[i].value, b->items[i].value) != 0)
			return false;
	return true;
}
