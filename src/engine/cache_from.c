/* Knows how images are found in a shared cache and brought from it. */
#include <string.h>

#include "base/mem.h"
#include "engine/cache.h"
#include "engine/pull_inside.h"
#include "transport/image.h"

/* An image that some reference's repository has. */
struct entry {
	char key[SHARED_KEY_HEX + 1];
	struct digest id;
	size_t place;     /* index of where it lies */
	struct buf json;  /* once asked for */
	bool gone;
};

struct origin {
	struct reference ref;
	struct registry *registry;
	char *repository;
};

struct cache_source {
	struct shared_cache shared;
	struct store *store;
	struct transfer_options options;
	struct origin *origins;
	size_t origin_count;
	struct entry *entries; /* by key */
	size_t entry_count;
	struct digest *found;  /* of the last find */
	struct strv warnings;
};

const struct shared_cache *cache_shared(const struct cache_source *cache)
{
	return &cache->shared;
}

const struct strv *cache_warnings(const struct cache_source *cache)
{
	return &cache->warnings;
}

static void origin_release(struct origin *origin)
{
	reference_release(&origin->ref);
	registry_free(origin->registry);
	free(origin->repository);
}

void cache_free(struct cache_source *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < cache->origin_count; i++)
		origin_release(&cache->origins[i]);
	for (size_t i = 0; i < cache->entry_count; i++)
		buf_release(&cache->entries[i].json);
	free(cache->origins);
	free(cache->entries);
	free(cache->found);
	strv_release(&cache->warnings);
	free(cache);
}

/* ---- finding ---- */

static int by_key(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;
	int order = strcmp(left->key, right->key);

	return order ? order : strcmp(left->id.text, right->id.text);
}

static size_t first_of(const struct cache_source *cache, const char *key)
{
	size_t low = 0, high = cache->entry_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(cache->entries[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int find(void *arg, const char *key, const struct digest **out,
		size_t *count, struct err *err)
{
	struct cache_source *cache = arg;
	size_t first = first_of(cache, key);

	(void)err;
	free(cache->found);
	cache->found = NULL;
	*count = 0;
	for (size_t i = first; i < cache->entry_count &&
	     !strcmp(cache->entries[i].key, key); i++)
		if (!cache->entries[i].gone)
			MEM_PUSH(cache->found, *count) = cache->entries[i].id;
	*out = cache->found;
	return 0;
}

static struct entry *entry_of(struct cache_source *cache,
			      const struct digest *id)
{
	for (size_t i = 0; i < cache->entry_count; i++)
		if (digest_equal(&cache->entries[i].id, id))
			return &cache->entries[i];
	return NULL;
}

static void warn(struct cache_source *cache, const struct origin *origin,
		 const struct err *err)
{
	AUTO_FREE char *name = reference_familiar(&origin->ref);

	strv_take(&cache->warnings, mem_printf("cannot use the cache '%s': "
					       "%s", name, err->msg));
}

static int config(void *arg, const struct digest *id, const struct buf **out,
		  struct err *err)
{
	struct cache_source *cache = arg;
	struct entry *entry = entry_of(cache, id);
	struct descriptor blob = { .digest = *id, .size = IMAGE_CONFIG_MAX };
	struct err why = ERR_INIT;
	struct origin *origin;

	(void)err;
	if (!entry || entry->gone)
		return 0;
	origin = &cache->origins[entry->place];
	if (!entry->json.len &&
	    registry_blob_bytes(origin->registry, origin->ref.path, &blob,
				IMAGE_CONFIG_MAX, &entry->json, &why) < 0) {
		warn(cache, origin, &why);
		entry->gone = true;
		return 0;
	}
	*out = &entry->json;
	return 1;
}

/* ---- bringing ---- */

static int is_here(struct store *store, const struct digest *id,
		   struct err *err)
{
	struct image *image;

	return store_image(store, id, &image, err);
}

/* The image and what it was made of, the oldest first. The layers are there. */
static int put_images(struct cache_source *cache, const struct plan *plan,
		      const struct digest *id, struct err *err)
{
	struct digest parent, made;
	const struct buf *json;
	int rc;

	if (!plan_is_shared(plan, id, &parent))
		return 0;
	rc = is_here(cache->store, id, err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (put_images(cache, plan, &parent, err) < 0)
		return -1;
	rc = config(cache, id, &json, err);
	if (rc <= 0)
		return rc < 0 ? -1 :
		       err_set(err, ERR_NOT_FOUND, "image %s is gone from "
			       "the cache", id->text);
	return store_put_image(cache->store, json->data, json->len, &parent,
			       &made, err);
}

static int bring_layers(struct cache_source *cache, const struct entry *entry,
			struct err *err)
{
	const struct origin *origin = &cache->origins[entry->place];
	AUTO_FREE char *tag = cache_tag(origin->ref.tag, entry->key,
					&entry->id);
	AUTO(image_config_release) struct image_config config = { 0 };
	AUTO(manifest_release) struct manifest manifest = { 0 };
	AUTO(buf_release) struct buf bytes = BUF_INIT;
	AUTO_FREE char *type = NULL;
	struct digest digest;
	struct pulling pulling = {
		.store = cache->store, .options = &cache->options,
		.registry = origin->registry, .path = origin->ref.path,
		.repository = origin->repository,
	};

	if (registry_manifest(origin->registry, origin->ref.path, tag, &bytes,
			      &type, &digest, err) < 0 ||
	    manifest_parse((struct span){ bytes.data, bytes.len }, type,
			   &manifest, err) < 0 ||
	    image_config_parse(entry->json.data, entry->json.len, &config,
			       err) < 0)
		return -1;
	if (manifest.is_index ||
	    !digest_equal(&manifest.config.digest, &entry->id) ||
	    manifest.count != config.diff_id_count)
		return err_set(err, ERR_CORRUPT, "entry '%s' of the cache is "
			       "not what it says", tag);
	return pull_layers(&pulling, &manifest, &config, err);
}

static int bring(void *arg, const struct plan *plan, const struct digest *id,
		 struct err *err)
{
	struct cache_source *cache = arg;
	struct entry *entry = entry_of(cache, id);
	int rc = is_here(cache->store, id, err);

	if (rc != 0 || !entry)
		return rc < 0 ? -1 : 0;
	if (bring_layers(cache, entry, err) < 0 ||
	    put_images(cache, plan, id, err) < 0)
		return err_wrap(err, "cannot bring image %.12s from the "
				"cache", DIGEST_HEX(id));
	return 0;
}

/* ---- opening ---- */

static int read_tags(struct cache_source *cache, size_t place,
		     struct err *err)
{
	const struct origin *origin = &cache->origins[place];
	AUTO(strv_release) struct strv tags = { 0 };

	if (registry_all_tags(origin->registry, origin->ref.path, &tags,
			      err) < 0)
		return -1;
	for (size_t i = 0; i < tags.count; i++) {
		struct entry entry = { .place = place };

		if (cache_tag_parse(tags.items[i], origin->ref.tag,
				    entry.key, &entry.id))
			MEM_PUSH(cache->entries, cache->entry_count) = entry;
	}
	return 0;
}

static int open_origin(struct cache_source *cache, const char *text,
		       struct err *err)
{
	struct registry_options where = cache->options.registry;
	struct origin *origin = &MEM_PUSH(cache->origins,
					  cache->origin_count);
	struct err why = ERR_INIT;

	*origin = (struct origin){ 0 };
	if (cache_reference(text, &origin->ref, err) < 0)
		return -1;
	origin->repository = mem_printf("%s/%s", origin->ref.domain,
					origin->ref.path);
	where.host = origin->ref.domain;
	if (registry_open(&where, &origin->registry, &why) < 0 ||
	    read_tags(cache, cache->origin_count - 1, &why) < 0)
		warn(cache, origin, &why);
	return 0;
}

int cache_open(const struct strv *refs, struct store *store,
	       const struct transfer_options *options,
	       struct cache_source **out, struct err *err)
{
	AUTO(cache_free) struct cache_source *cache =
		mem_alloc(sizeof(*cache));

	cache->store = store;
	cache->options = *options;
	cache->shared = (struct shared_cache){
		.arg = cache, .find = find, .config = config,
		.bring = store ? bring : NULL,
	};
	for (size_t i = 0; i < refs->count; i++)
		if (open_origin(cache, refs->items[i], err) < 0)
			return -1;
	if (cache->entry_count)
		qsort(cache->entries, cache->entry_count,
		      sizeof(*cache->entries), by_key);
	*out = STEAL(cache);
	return 0;
}
