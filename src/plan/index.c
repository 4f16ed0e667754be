/* Knows which images of the store were made by a step of the same text. */
#include "plan/index.h"

#include <string.h>

#include "spec/gofmt.h"

static int compare(const void *a, const void *b)
{
	const struct indexed_image *left = a, *right = b;
	int order = strcmp(left->created_by, right->created_by);

	if (!order)
		order = gofmt_time_compare(right->created, left->created);
	return order ? order : strcmp(left->id.text, right->id.text);
}

int image_index_new(struct store *store, struct image_index **out,
		    struct err *err)
{
	struct image *const *images;
	struct image_index *index;
	size_t count;

	if (store_images(store, &images, &count, err) < 0)
		return -1;
	index = mem_alloc(sizeof(*index));
	index->items = mem_array(count, sizeof(*index->items));
	for (size_t i = 0; i < count; i++) {
		struct err ignored = ERR_INIT;
		const struct image_config *config =
			store_config(store, images[i], &ignored);
		size_t n = config ? config->history_count : 0;

		if (!n)
			continue;
		index->items[index->count++] = (struct indexed_image){
			mem_strdup(config->history[n - 1].created_by),
			images[i]->id, images[i]->parent, config->created };
	}
	if (index->count)
		qsort(index->items, index->count, sizeof(*index->items),
		      compare);
	*out = index;
	return 0;
}

void image_index_free(struct image_index *index)
{
	if (!index)
		return;
	for (size_t i = 0; i < index->count; i++)
		free(index->items[i].created_by);
	free(index->items);
	free(index);
}

/* The first item that is not before prefix (or, with after, past it). */
static size_t bound(const struct image_index *index, const char *prefix,
		    bool after)
{
	size_t low = 0, high = index->count, len = strlen(prefix);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strncmp(index->items[middle].created_by, prefix,
				    len);

		if (order < 0 || (after && order == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t image_index_range(const struct image_index *index, const char *prefix,
			 size_t *first)
{
	*first = bound(index, prefix, false);
	return bound(index, prefix, true) - *first;
}
