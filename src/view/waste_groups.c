/* Knows which lost files are told of together, by their directory. */
#include "view/waste_groups.h"

#include <string.h>
#include <sys/stat.h>

#define GROUP_LEAST 3  /* files: fewer are named one by one */
#define GROUP_SHARE 90 /* per cent of the files below that are lost */

struct grouping {
	const struct waste *waste;
	const struct files *files;
	uint32_t *below;  /* by directory: files that may be lost */
	uint32_t *lost;   /* by directory: those of one cause and two layers */
	size_t *order;    /* items by cause and layers */
	struct waste_groups *out;
};

/* Whether its bytes are in a layer, under this name. */
static bool may_be_lost(const struct files *files, uint32_t at)
{
	const struct file *file = &files->items[at];

	return S_ISREG(file->mode) && file->size > 0 &&
	       file->state != FILE_GONE &&
	       (file->group == FILE_NONE ||
		files->groups[file->group].first == at);
}

static void count_below(struct grouping *grouping)
{
	const struct files *files = grouping->files;
	const struct waste *waste = grouping->waste;
	uint32_t *below = grouping->below;

	for (uint32_t i = 1; i < files->count; i++)
		below[i] = may_be_lost(files, i);
	/* What is deleted shows no more, and counts where it is told of. */
	for (size_t i = 0; i < waste->count; i++)
		below[waste->items[i].at] |= 1;
	/* A parent has the smaller index. */
	for (uint32_t i = (uint32_t)files->count; i-- > 1;)
		below[files->items[i].parent] += below[i];
}

/* Whether items are lost for one cause between the same layers: 0. */
static int compare_why(const struct waste_item *a, const struct waste_item *b)
{
	if (a->cause != b->cause)
		return a->cause - b->cause;
	return a->by != b->by ? a->by - b->by : a->made - b->made;
}

static int by_why(const void *a, const void *b, void *arg)
{
	const struct waste *waste = arg;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int why = compare_why(&waste->items[x], &waste->items[y]);

	return why ? why : x < y ? -1 : x > y;
}

/* Adds to each directory above the item; the root is none to tell of. */
static void count_up(struct grouping *grouping, size_t item, bool add)
{
	const struct file *files = grouping->files->items;
	uint32_t at = files[grouping->waste->items[item].at].parent;

	for (; at != 0 && at != FILE_NONE; at = files[at].parent)
		grouping->lost[at] = add ? grouping->lost[at] + 1 : 0;
}

/* The directory that the item is told of with, or FILE_NONE: the topmost that
 * is nearly all lost, or the one in it that holds all of these. */
static uint32_t dir_of(const struct grouping *grouping, size_t item)
{
	const struct file *files = grouping->files->items;
	const uint32_t *lost = grouping->lost;
	uint32_t begin = files[grouping->waste->items[item].at].parent;
	uint32_t top = FILE_NONE;

	for (uint32_t at = begin; at != 0 && at != FILE_NONE;
	     at = files[at].parent)
		if (lost[at] >= GROUP_LEAST &&
		    (uint64_t)lost[at] * 100 >=
			    (uint64_t)grouping->below[at] * GROUP_SHARE)
			top = at;
	if (top == FILE_NONE)
		return top;
	while (lost[begin] != lost[top])
		begin = files[begin].parent;
	return begin;
}

static void add(struct waste_groups *groups, size_t group, size_t item,
		uint64_t bytes)
{
	struct waste_group *to = &groups->items[group];

	MEM_PUSH(to->items, to->count) = item;
	to->bytes += bytes;
}

/* Items from..to of the order, which have all the same cause and layers. */
static void group_same(struct grouping *grouping, size_t from, size_t to,
		       size_t *group_of)
{
	struct waste_groups *out = grouping->out;

	for (size_t i = from; i < to; i++)
		count_up(grouping, grouping->order[i], true);
	for (size_t i = from; i < to; i++) {
		size_t item = grouping->order[i], group = out->count;
		uint32_t dir = dir_of(grouping, item);

		/* Other causes have left their numbers in group_of. */
		if (dir != FILE_NONE && group_of[dir] < out->count &&
		    out->items[group_of[dir]].dir == dir &&
		    compare_why(&grouping->waste->items[item],
				&grouping->waste->items[out->items[
					group_of[dir]].items[0]]) == 0)
			group = group_of[dir];
		else
			MEM_PUSH(out->items, out->count) =
				(struct waste_group){ .dir = dir };
		if (dir != FILE_NONE)
			group_of[dir] = group;
		add(out, group, item, grouping->waste->items[item].bytes);
	}
	for (size_t i = from; i < to; i++)
		count_up(grouping, grouping->order[i], false);
}

static int most_first(const void *a, const void *b)
{
	const struct waste_group *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return x->items[0] < y->items[0] ? -1 : 1;
}

void waste_groups_make(const struct waste *waste, const struct files *files,
		       struct waste_groups *out)
{
	AUTO_FREE uint32_t *below = mem_array(files->count, sizeof(*below));
	AUTO_FREE uint32_t *lost = mem_array(files->count, sizeof(*lost));
	AUTO_FREE size_t *group_of = mem_array(files->count,
					       sizeof(*group_of));
	AUTO_FREE size_t *order = mem_array(waste->count, sizeof(*order));
	struct grouping grouping = { waste, files, below, lost, order, out };
	size_t from = 0;

	*out = (struct waste_groups){ 0 };
	count_below(&grouping);
	for (size_t i = 0; i < waste->count; i++)
		order[i] = i;
	if (waste->count > 1)
		qsort_r(order, waste->count, sizeof(*order), by_why,
			(void *)(uintptr_t)waste);
	for (size_t i = 1; i <= waste->count; i++) {
		if (i < waste->count &&
		    compare_why(&waste->items[order[from]],
				&waste->items[order[i]]) == 0)
			continue;
		group_same(&grouping, from, i, group_of);
		from = i;
	}
	if (out->count > 1)
		qsort(out->items, out->count, sizeof(*out->items),
		      most_first);
}

void waste_groups_release(struct waste_groups *groups)
{
	for (size_t i = 0; i < groups->count; i++)
		free(groups->items[i].items);
	free(groups->items);
	*groups = (struct waste_groups){ 0 };
}
