/* Knows which image stands on which. */
#include "store/lineage.h"

#include <string.h>
#include <uthash.h>

#define HASH_START 14695981039346656037u /* FNV-1a */
#define HASH_PRIME 1099511628211u

/* A beginning of an image: so many layers and, or alone, history entries. */
struct start_key {
	uint64_t layers, history;
	uint32_t layer_count, history_count; /* history_count 0: any */
};
struct start {
	struct start_key key;
	size_t image;      /* whose whole it is; of several the best */
	unsigned holders;  /* listed images that begin so */
	UT_hash_handle hh;
};
struct work {
	struct image *const *images;
	struct start *starts;
	struct lineage *out;
};

static uint64_t hash_bytes(uint64_t hash, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * HASH_PRIME;
	return (hash ^ 0xff) * HASH_PRIME;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	return hash_bytes(hash, text ? text : "", text ? strlen(text) : 0);
}

static uint64_t hash_history(uint64_t hash, const struct history *entry)
{
	char empty = entry->empty_layer ? 'e' : 'l';

	hash = hash_text(hash, entry->created);
	hash = hash_text(hash, entry->created_by);
	return hash_bytes(hash, &empty, 1);
}

/* The hash of the first n layers, for n from 0 on; owned. */
static uint64_t *layer_hashes(const struct image_config *config)
{
	uint64_t *out = mem_array(config->diff_id_count + 1, sizeof(*out));

	out[0] = HASH_START;
	for (size_t i = 0; i < config->diff_id_count; i++)
		out[i + 1] = hash_text(out[i],
				       DIGEST_HEX(&config->diff_ids[i]));
	return out;
}

static struct start *find(const struct work *work, const struct start_key *key)
{
	struct start *start;

	HASH_FIND(hh, work->starts, key, sizeof(*key), start);
	return start;
}

/* Named ones before others, then the shorter history, then the ID. */
static bool is_better(const struct work *work, size_t a, size_t b)
{
	const struct image *x = work->images[a], *y = work->images[b];

	if (!x->tags.count != !y->tags.count)
		return x->tags.count > 0;
	if (x->config.history_count != y->config.history_count)
		return x->config.history_count < y->config.history_count;
	return a < b;
}

static void put(struct work *work, const struct start_key *key, size_t image)
{
	struct start *start = find(work, key);

	if (!start) {
		start = mem_alloc(sizeof(*start));
		start->key = *key;
		start->image = image;
		HASH_ADD(hh, work->starts, key, sizeof(start->key), start);
	} else if (is_better(work, image, start->image)) {
		start->image = image;
	}
}

/* The image's own two: layers alone, and with its history. */
static void put_image(struct work *work, size_t n)
{
	const struct image_config *config = &work->images[n]->config;
	AUTO_FREE uint64_t *layers = layer_hashes(config);
	size_t count = config->diff_id_count;
	struct start_key key = { .layers = layers[count],
				 .layer_count = (uint32_t)count };

	put(work, &key, n);
	key.history = HASH_START;
	for (size_t i = 0; i < config->history_count; i++)
		key.history = hash_history(key.history, &config->history[i]);
	key.history_count = (uint32_t)config->history_count;
	if (key.history_count)
		put(work, &key, n);
}

static bool is_known(const struct image *image)
{
	return image->loaded && image->config.diff_id_count > 0;
}

static bool begins_with(const struct image_config *config,
			const struct image_config *start)
{
	size_t n = start->diff_id_count;

	if (n > config->diff_id_count)
		return false;
	while (n > 0 && digest_equal(&start->diff_ids[n - 1],
				     &config->diff_ids[n - 1]))
		n--;
	return n == 0;
}

/* ---- parents ---- */

/* best[n]: what the history says for n layers. */
static void search_history(const struct work *work, size_t n,
			   const uint64_t *layers, size_t *best)
{
	const struct image_config *config = &work->images[n]->config;
	struct start_key key = { .history = HASH_START };
	uint32_t made = 0;

	for (size_t i = 0; i + 1 < config->history_count; i++) {
		const struct start *start;

		made += !config->history[i].empty_layer;
		key.history = hash_history(key.history, &config->history[i]);
		key.history_count = (uint32_t)i + 1;
		if (made == 0 || made > config->diff_id_count)
			continue;
		key.layer_count = made;
		key.layers = layers[made];
		start = find(work, &key);
		if (start && start->image != n)
			best[made] = start->image;
	}
}

static size_t find_parent(const struct work *work, size_t n)
{
	const struct image_config *config = &work->images[n]->config;
	size_t count = config->diff_id_count;
	AUTO_FREE uint64_t *layers = layer_hashes(config);
	AUTO_FREE size_t *best = mem_array(count + 1, sizeof(*best));

	for (size_t i = 0; i <= count; i++)
		best[i] = LINEAGE_NONE;
	search_history(work, n, layers, best);
	for (size_t i = count; i > 0; i--) {
		struct start_key key = { .layers = layers[i],
					 .layer_count = (uint32_t)i };
		const struct start *start = i < count ? find(work, &key)
						      : NULL;

		if (best[i] == LINEAGE_NONE && start)
			best[i] = start->image;
		if (best[i] != LINEAGE_NONE &&
		    begins_with(config, &work->images[best[i]]->config))
			return best[i];
	}
	return LINEAGE_NONE;
}

size_t lineage_index(struct image *const *images, size_t count,
		     const struct digest *id)
{
	size_t low = 0, high = count;

	while (digest_is_set(id) && low < high) {
		size_t mid = (low + high) / 2;
		int order = strcmp(images[mid]->id.text, id->text);

		if (order == 0)
			return mid;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return LINEAGE_NONE;
}

static bool leads_to(const struct lineage *lineage, size_t from, size_t to)
{
	while (from != LINEAGE_NONE && from != to)
		from = lineage->images[from].parent;
	return from == to;
}

static void find_parents(struct work *work)
{
	struct lineage *out = work->out;

	for (size_t i = 0; i < out->count; i++)
		out->images[i].parent = lineage_index(
			work->images, out->count, &work->images[i]->parent);
	for (size_t i = 0; i < out->count; i++) {
		size_t parent;

		if (out->images[i].parent != LINEAGE_NONE ||
		    !is_known(work->images[i]))
			continue;
		parent = find_parent(work, i);
		/* Links that somebody set by hand may say the contrary. */
		if (parent == LINEAGE_NONE || leads_to(out, parent, i))
			continue;
		out->images[i].parent = parent;
		out->images[i].by_layers = true;
	}
}

/* ---- what follows ---- */

static void find_kids(struct lineage *out)
{
	for (size_t i = 0; i < out->count; i++)
		out->images[i].kid = out->images[i].next = LINEAGE_NONE;
	for (size_t i = out->count; i-- > 0;) {
		size_t parent = out->images[i].parent;

		if (parent == LINEAGE_NONE)
			continue;
		out->images[i].next = out->images[parent].kid;
		out->images[parent].kid = i;
		out->images[parent].kids++;
	}
}

/* Each after all of its children: a parent waits until they were counted. */
static void count_below(struct lineage *out)
{
	AUTO_FREE size_t *left = mem_array(out->count, sizeof(*left));

	for (size_t i = 0; i < out->count; i++)
		left[i] = out->images[i].kids;
	for (size_t i = 0; i < out->count; i++) {
		size_t at = i;

		while (at != LINEAGE_NONE && left[at] == 0) {
			size_t up = out->images[at].parent;

			left[at] = SIZE_MAX; /* counted */
			if (up != LINEAGE_NONE) {
				out->images[up].below +=
					out->images[at].below + 1;
				left[up]--;
			}
			at = up;
		}
	}
}

static bool is_listed(const struct work *work, size_t n)
{
	return work->images[n]->tags.count > 0 ||
	       work->images[n]->child_count == 0;
}

static void count_holders(struct work *work)
{
	struct lineage *out = work->out;

	for (size_t n = 0; n < out->count; n++) {
		const struct image_config *config = &work->images[n]->config;
		AUTO_FREE uint64_t *layers = NULL;

		if (!is_known(work->images[n]) || !is_listed(work, n))
			continue;
		layers = layer_hashes(config);
		for (size_t i = 1; i <= config->diff_id_count; i++) {
			struct start_key key = { .layers = layers[i],
						 .layer_count = (uint32_t)i };
			struct start *start = find(work, &key);

			if (start)
				start->holders++;
		}
	}
}

static void take_holders(struct work *work)
{
	for (size_t n = 0; n < work->out->count; n++) {
		const struct image_config *config = &work->images[n]->config;
		AUTO_FREE uint64_t *layers = NULL;
		struct start_key key = { 0 };

		if (!is_known(work->images[n]))
			continue;
		layers = layer_hashes(config);
		key.layer_count = (uint32_t)config->diff_id_count;
		key.layers = layers[key.layer_count];
		work->out->images[n].holders = find(work, &key)->holders;
	}
}

void lineage_make(struct image *const *images, size_t count,
		  struct lineage *out)
{
	struct work work = { .images = images, .out = out };
	struct start *start, *next;

	*out = (struct lineage){ .count = count };
	out->images = mem_array(count, sizeof(*out->images));
	for (size_t i = 0; i < count; i++)
		if (is_known(images[i]))
			put_image(&work, i);
	find_parents(&work);
	find_kids(out);
	count_below(out);
	count_holders(&work);
	take_holders(&work);
	HASH_ITER(hh, work.starts, start, next) {
		HASH_DEL(work.starts, start);
		free(start);
	}
}

void lineage_release(struct lineage *lineage)
{
	free(lineage->images);
	*lineage = (struct lineage){ 0 };
}
