/* Knows which bytes of the layers no longer show, why, and dive's figures. */
#include "store/waste.h"

#include <string.h>
#include <sys/stat.h>

/* What dive knows of one path over all layers. */
struct seen {
	uint64_t sum, min;
	uint32_t count;
};

/* How many names of an inode one removal has taken. */
struct taken {
	uint32_t event, names;
};

struct hunt {
	struct waste *waste;
	struct seen *seen;   /* by index of the file */
	size_t seen_count;
	struct taken *taken; /* by group */
	size_t taken_count;
	uint32_t event;
};

struct removal_sum {
	uint64_t bytes, dive, biggest;
	uint16_t made;
};

/* A hard link's second name has no bytes in a layer tar. */
static uint64_t tar_size(const struct files *files, uint32_t at)
{
	const struct file *file = &files->items[at];

	if (!S_ISREG(file->mode) || (file->group != FILE_NONE &&
				     files->groups[file->group].first != at))
		return 0;
	return file->size;
}

static void see(struct hunt *hunt, uint32_t at, uint64_t size)
{
	struct seen *seen;

	while (hunt->seen_count <= at)
		MEM_PUSH(hunt->seen, hunt->seen_count) = (struct seen){ 0 };
	seen = &hunt->seen[at];
	if (seen->count++ == 0 || size < seen->min)
		seen->min = size;
	seen->sum += size;
}

static void add_item(struct hunt *hunt, struct waste_item item)
{
	struct waste *waste = hunt->waste;

	if (item.bytes == 0)
		return;
	waste->bytes += item.bytes;
	waste->of_cause[item.cause] += item.bytes;
	MEM_PUSH(waste->items, waste->count) = item;
}

static int cause_of(const struct files *files, uint32_t at,
		    const struct file *before, struct waste_item *item,
		    struct err *err)
{
	if (files_differ_between(files, at, before, &files->items[at],
				 &item->differs, err) < 0)
		return -1;
	if (item->differs & (DIFFERS_TYPE | DIFFERS_CONTENT))
		item->cause = WASTE_OVERWRITTEN;
	else
		item->cause = item->differs ? WASTE_METADATA
					    : WASTE_IDENTICAL;
	return 0;
}

static int put(void *arg, const struct files *files, uint32_t at,
	       const struct file *before, size_t names, struct err *err)
{
	const struct file *file = &files->items[at];
	struct waste_item item = { .at = at, .by = file->layer };
	struct hunt *hunt = arg;

	if (!S_ISDIR(file->mode) || names == 0) {
		uint64_t size = tar_size(files, at);

		see(hunt, at, size);
		hunt->waste->total += size;
		if (file->layer > 0)
			hunt->waste->dive.user_bytes += size;
	}
	/* While another name shows them, the bytes are not lost. */
	if (!before || !S_ISREG(before->mode) || before->size == 0 ||
	    (before->group != FILE_NONE &&
	     files->groups[before->group].shown > 0))
		return 0;
	item.bytes = before->size;
	item.made = before->layer;
	if (cause_of(files, at, before, &item, err) < 0)
		return -1;
	add_item(hunt, item);
	return 0;
}

static bool last_name(struct hunt *hunt, const struct files *files,
		      uint32_t group)
{
	struct taken *taken;

	if (group == FILE_NONE)
		return true;
	while (hunt->taken_count <= group)
		MEM_PUSH(hunt->taken, hunt->taken_count) =
			(struct taken){ 0 };
	taken = &hunt->taken[group];
	if (taken->event != hunt->event)
		*taken = (struct taken){ .event = hunt->event };
	return ++taken->names == files->groups[group].shown;
}

static void sum_removed(struct hunt *hunt, const struct files *files,
			uint32_t at, struct removal_sum *sum)
{
	const struct file *file = &files->items[at];

	if (file->state == FILE_GONE)
		return;
	sum->dive += tar_size(files, at);
	if (S_ISREG(file->mode) && last_name(hunt, files, file->group)) {
		sum->bytes += file->size;
		if (file->size >= sum->biggest) {
			sum->biggest = file->size;
			sum->made = file->layer;
		}
	}
	for (uint32_t i = file->child; i != FILE_NONE;
	     i = files->items[i].next)
		sum_removed(hunt, files, i, sum);
}

static int gone(void *arg, const struct files *files, uint32_t at,
		size_t layer, bool whiteout, struct err *err)
{
	const struct file *file = &files->items[at];
	struct removal_sum sum = { .made = file->layer };
	struct hunt *hunt = arg;

	(void)err;
	hunt->event++;
	sum_removed(hunt, files, at, &sum);
	if (whiteout)
		see(hunt, at, S_ISDIR(file->mode) ? sum.dive : 0);
	add_item(hunt, (struct waste_item){
		.bytes = sum.bytes, .at = at, .made = sum.made,
		.by = (uint16_t)layer, .cause = WASTE_DELETED });
	return 0;
}

static int most_first(const void *a, const void *b)
{
	const struct waste_item *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->by < y->by ? -1 : x->by > y->by;
}

static int most_seen_first(const void *a, const void *b)
{
	const struct dive_path *x = a, *y = b;

	if (x->cumulative != y->cumulative)
		return x->cumulative < y->cumulative ? 1 : -1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void sum_dive(const struct hunt *hunt)
{
	struct waste *waste = hunt->waste;
	uint64_t min = 0, sum = 0;

	for (size_t i = 0; i < hunt->seen_count; i++) {
		const struct seen *seen = &hunt->seen[i];

		min += seen->min;
		sum += seen->sum;
		if (seen->count < 2)
			continue;
		waste->dive.wasted_bytes += seen->sum;
		MEM_PUSH(waste->dive.paths, waste->dive.count) =
			(struct dive_path){ seen->sum, (uint32_t)i,
					    seen->count };
	}
	waste->dive.efficiency = sum ? (double)min / (double)sum : 1.0;
	waste->dive.user_wasted_percent =
		(double)waste->dive.wasted_bytes /
		(double)waste->dive.user_bytes;
	if (waste->dive.count > 1)
		qsort(waste->dive.paths, waste->dive.count,
		      sizeof(*waste->dive.paths), most_seen_first);
}

int waste_find(struct store *store, const struct layer *const *layers,
	       size_t count, struct waste **out, struct err *err)
{
	AUTO(waste_free) struct waste *waste = mem_alloc(sizeof(*waste));
	struct hunt hunt = { .waste = waste };
	struct files_watch watch = { put, gone, &hunt };
	int rc = files_load(store, layers, count, &watch, &waste->files, err);

	if (rc == 0)
		sum_dive(&hunt);
	free(hunt.seen);
	free(hunt.taken);
	if (rc < 0)
		return -1;
	if (waste->count > 1)
		qsort(waste->items, waste->count, sizeof(*waste->items),
		      most_first);
	*out = STEAL(waste);
	return 0;
}

void waste_free(struct waste *waste)
{
	if (!waste)
		return;
	files_free(waste->files);
	free(waste->items);
	free(waste->dive.paths);
	free(waste);
}
