/* Knows which images there are, what stands on what, and whether an image is
 * whole (store.md 1.2, 1.7). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/inside.h"

/* ---- lists in order of ID ---- */

static size_t place_of(const struct image_list *list, const struct digest *id)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(list->items[middle]->id.text, id->text) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void list_add(struct image_list *list, struct image *image)
{
	size_t at = place_of(list, &image->id);
	size_t after = list->count - at;

	MEM_PUSH(list->items, list->count) = image;
	memmove(list->items + at + 1, list->items + at,
		after * sizeof(*list->items));
	list->items[at] = image;
}

static void list_drop(struct image_list *list, const struct image *image)
{
	size_t at = place_of(list, &image->id);

	if (at == list->count || list->items[at] != image)
		return;
	list->count--;
	memmove(list->items + at, list->items + at + 1,
		(list->count - at) * sizeof(*list->items));
}

static void add_child(struct image *parent, struct image *child)
{
	struct image_list list = { parent->children, parent->child_count };

	list_add(&list, child);
	parent->children = list.items;
	parent->child_count = list.count;
}

static void drop_child(struct image *parent, const struct image *child)
{
	struct image_list list = { parent->children, parent->child_count };

	list_drop(&list, child);
	parent->child_count = list.count;
}

/* ---- the table ---- */

/* Its digits are as good as random already: eight of them, mixed, will do. */
static unsigned hash_of(const struct digest *id)
{
	uint64_t digits;

	memcpy(&digits, DIGEST_HEX(id), sizeof(digits));
	return (unsigned)(digits * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

struct image_entry *image_table_find(const struct store *store,
				     const struct digest *id)
{
	struct image_entry *entry;

	if (!digest_is_set(id))
		return NULL;
	HASH_FIND_BYHASHVALUE(hh, store->images, id->text, DIGEST_CHARS,
			      hash_of(id), entry);
	return entry;
}

static struct image_entry *new_entry(struct store *store,
				     const struct digest *id)
{
	struct image_entry *entry = mem_alloc(sizeof(*entry));

	entry->image.id = *id;
	entry->image.size = UINT64_MAX;
	HASH_ADD_BYHASHVALUE(hh, store->images, image.id.text, DIGEST_CHARS,
			     hash_of(id), entry);
	return entry;
}

static void entry_free(struct image_entry *entry)
{
	strv_release(&entry->image.tags);
	image_config_release(&entry->image.config);
	free(entry->image.children);
	free(entry);
}

/* Joins the image to its parent, or to those that have none. */
static void link_up(struct store *store, struct image *image)
{
	struct image_entry *parent;

	if (!digest_is_set(&image->parent)) {
		list_add(&store->orphans, image);
		return;
	}
	parent = image_table_find(store, &image->parent);
	if (parent)
		add_child(&parent->image, image);
	else
		store->waiting = true;
}

static void unlink_up(struct store *store, const struct image *image)
{
	struct image_entry *parent;

	if (!digest_is_set(&image->parent)) {
		list_drop(&store->orphans, image);
		return;
	}
	parent = image_table_find(store, &image->parent);
	if (parent)
		drop_child(&parent->image, image);
}

struct image_entry *image_table_add(struct store *store,
				    const struct digest *id,
				    const struct digest *parent)
{
	struct image_entry *entry = new_entry(store, id);

	entry->image.parent = *parent;
	list_add(&store->sorted, &entry->image);
	link_up(store, &entry->image);
	/* Children may have been there first. */
	for (size_t i = 0; store->waiting && i < store->sorted.count; i++) {
		struct image *other = store->sorted.items[i];

		if (other != &entry->image && digest_equal(&other->parent, id))
			add_child(&entry->image, other);
	}
	return entry;
}

void image_table_set_parent(struct store *store, struct image_entry *entry,
			    const struct digest *parent)
{
	unlink_up(store, &entry->image);
	entry->image.parent = *parent;
	link_up(store, &entry->image);
}

void image_table_remove(struct store *store, struct image_entry *entry)
{
	static const struct digest none;
	struct image *image = &entry->image;

	while (image->child_count > 0)
		image_table_set_parent(
			store, (struct image_entry *)image->children[0], &none);
	unlink_up(store, image);
	list_drop(&store->sorted, image);
	HASH_DEL(store->images, entry);
	entry_free(entry);
}

void image_table_revive(struct store *store, struct image_entry *entry)
{
	size_t at = place_of(&store->sorted, &entry->image.id);

	entry->state = IMAGE_UNCHECKED;
	if (at < store->sorted.count &&
	    store->sorted.items[at] == &entry->image)
		return;
	list_add(&store->sorted, &entry->image);
	link_up(store, &entry->image);
}

void image_table_release(struct store *store)
{
	struct image_entry *entry, *next;

	HASH_ITER(hh, store->images, entry, next) {
		HASH_DEL(store->images, entry);
		entry_free(entry);
	}
	free(store->sorted.items);
	free(store->orphans.items);
}

/* ---- loading ---- */

static int visit_content(void *arg, const char *name, unsigned char type,
			 struct err *err)
{
	struct store *store = arg;
	struct digest id;

	(void)type;
	(void)err;
	if (!digest_parse_hex(name, &id))
		return 0;
	MEM_PUSH(store->sorted.items, store->sorted.count) =
		&new_entry(store, &id)->image;
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct image *const *x = a, *const *y = b;

	return strcmp((*x)->id.text, (*y)->id.text);
}

/* Most images of a store that was pulled have no metadata at all, so only
 * the directories that are there are looked into. */
static int visit_metadata(void *arg, const char *name, unsigned char type,
			  struct err *err)
{
	struct store *store = arg;
	struct image_entry *entry;
	char path[64 + sizeof("/parent")];
	struct digest id;

	(void)type;
	if (!digest_parse_hex(name, &id))
		return 0;
	entry = image_table_find(store, &id);
	if (!entry)
		return 0;
	snprintf(path, sizeof(path), "%s/parent", name);
	return quiet_digest(store->metadata_fd, path, true,
			    &entry->image.parent, err) < 0 ? -1 : 0;
}

/* Parents that go round in a circle: the link that closes it is cut. */
static void cut_cycles(struct store *store)
{
	unsigned int walk = 0;

	for (size_t i = 0; i < store->sorted.count; i++) {
		struct image_entry *at =
			(struct image_entry *)store->sorted.items[i];

		for (walk++; at && !at->walk;) {
			struct image_entry *up =
				image_table_find(store, &at->image.parent);

			at->walk = walk;
			if (up && up->walk == walk) {
				store_warn(store, "the parent of image %.12s "
					   "is one of its own children",
					   DIGEST_HEX(&at->image.id));
				at->image.parent = (struct digest){ "" };
			}
			at = up;
		}
	}
}

int image_table_load(struct store *store, struct err *err)
{
	if (quiet_each(store->content_fd, ".", visit_content, store, err) < 0)
		return err_wrap(err, "cannot list the images");
	if (store->sorted.count > 1)
		qsort(store->sorted.items, store->sorted.count,
		      sizeof(*store->sorted.items), by_id);
	if (quiet_each(store->metadata_fd, ".", visit_metadata, store, err) <
	    0)
		return err_wrap(err, "cannot read the parents of the images");
	cut_cycles(store);
	/* In order of ID, so each child goes to the end of its list. */
	for (size_t i = 0; i < store->sorted.count; i++)
		link_up(store, store->sorted.items[i]);
	return 0;
}

/* ---- configurations ---- */

int store_config_bytes(struct store *store, const struct digest *id,
		       struct buf *out, struct err *err)
{
	AUTO(buf_release) struct buf bytes = BUF_INIT;
	struct digest sum;
	int found = 0;

	if (store->content_fd >= 0)
		found = quiet_read(store->content_fd, DIGEST_HEX(id),
				   CONFIG_LIMIT, &bytes, err);
	if (found < 0)
		return err_wrap(err, "cannot read image %.12s",
				DIGEST_HEX(id));
	if (!found)
		return err_set(err, ERR_NOT_FOUND, "No such image: %s",
			       id->text);
	digest_make(bytes.data, bytes.len, &sum);
	if (!store->mirror && !digest_equal(&sum, id))
		return err_set(err, ERR_CORRUPT,
			       "image %.12s is damaged: its configuration has "
			       "the digest %.12s",
			       DIGEST_HEX(id), DIGEST_HEX(&sum));
	if (out->len) {
		buf_add(out, bytes.data, bytes.len);
	} else {
		buf_release(out);
		*out = bytes;
		bytes = (struct buf)BUF_INIT;
	}
	return 0;
}

static void note_origin(struct image *image)
{
	image->pulled_or_loaded = !digest_is_set(&image->parent) &&
				  image->config.history_count > 1;
}

const struct image_config *store_config(struct store *store,
					struct image *image, struct err *err)
{
	AUTO(buf_release) struct buf bytes = BUF_INIT;

	if (image->loaded)
		return &image->config;
	if (store_config_bytes(store, &image->id, &bytes, err) < 0)
		return NULL;
	if (image_config_parse(bytes.data, bytes.len, &image->config, err) <
	    0) {
		err_wrap(err, "image %.12s is damaged",
			 DIGEST_HEX(&image->id));
		err->kind = ERR_CORRUPT;
		return NULL;
	}
	image->loaded = true;
	note_origin(image);
	return &image->config;
}

void store_adopt(struct store *store, struct store *from)
{
	for (size_t i = 0; i < store->sorted.count; i++) {
		struct image *image = store->sorted.items[i];
		struct image_entry *old = image_table_find(from, &image->id);

		if (image->loaded || !old || !old->image.loaded)
			continue;
		image_config_release(&image->config);
		image->config = old->image.config;
		image_config_init(&old->image.config);
		old->image.loaded = false;
		image->loaded = true;
		note_origin(image);
	}
}

/* ---- whether it is whole ---- */

static int check_layers(struct store *store, struct image *image,
			struct err *err)
{
	const struct image_config *config = &image->config;
	struct layer_entry *layer;
	struct digest chain;
	int found;

	if (config->os && config->os[0] && strcmp(config->os, "linux") != 0)
		return err_set(err, ERR_UNSUPPORTED, "it is made for %s",
			       config->os);
	image_config_chain(config, &chain);
	if (!digest_is_set(&chain))
		return 0;
	found = layer_table_get(store, &chain, &layer, err);
	if (found == 0)
		return err_set(err, ERR_CORRUPT,
			       "its layer %.12s does not exist",
			       DIGEST_HEX(&chain));
	if (found < 0)
		return -1;
	image->size = layer->total;
	return 0;
}

int image_check(struct store *store, struct image_entry *entry,
		struct err *err)
{
	struct image *image = &entry->image;
	const struct image_config *config;

	if (entry->state == IMAGE_GOOD)
		return 0;
	if (entry->state == IMAGE_BAD && store->read)
		return err_set(err, ERR_CORRUPT, "image %.12s is damaged",
			       DIGEST_HEX(&image->id));
	config = store_config(store, image, err);
	if (config && check_layers(store, image, err) == 0) {
		entry->state = IMAGE_GOOD;
		return 0;
	}
	if (config)
		err_wrap(err, "image %.12s", DIGEST_HEX(&image->id));
	/* Removed while we read: nothing to tell anybody. */
	if (entry->state != IMAGE_BAD &&
	    !(err->kind == ERR_NOT_FOUND && !config))
		store_warn(store, "%s; left out", err->msg);
	entry->state = IMAGE_BAD;
	return -1;
}

static void check_all(struct store *store)
{
	size_t kept = 0;

	for (size_t i = 0; i < store->sorted.count; i++) {
		struct image *image = store->sorted.items[i];
		struct err ignored = ERR_INIT; /* became a warning */

		if (image_check(store, (struct image_entry *)image,
				&ignored) == 0)
			store->sorted.items[kept++] = image;
		else
			unlink_up(store, image);
	}
	store->sorted.count = kept;
	store->all_checked = true;
}

/* ---- asking ---- */

int store_images(struct store *store, struct image *const **out,
		 size_t *count, struct err *err)
{
	(void)err;
	if (!store->all_checked)
		check_all(store);
	*out = store->sorted.items;
	*count = store->sorted.count;
	return 0;
}

void store_images_unread(struct store *store, struct image *const **out,
			 size_t *count)
{
	*out = store->sorted.items;
	*count = store->sorted.count;
}

bool store_images_read(struct store *store, size_t most)
{
	while (!store->all_checked && most-- > 0 &&
	       store->read < store->sorted.count) {
		struct err ignored = ERR_INIT; /* became a warning */

		image_check(store, (struct image_entry *)
			    store->sorted.items[store->read++], &ignored);
	}
	if (!store->all_checked && store->read >= store->sorted.count)
		check_all(store);
	return store->all_checked;
}

int store_image(struct store *store, const struct digest *id,
		struct image **out, struct err *err)
{
	struct image_entry *entry = image_table_find(store, id);

	(void)err;
	if (!entry || entry->state == IMAGE_BAD)
		return 0;
	*out = &entry->image;
	return 1;
}

int store_orphans(struct store *store, struct image *const **out,
		  size_t *count, struct err *err)
{
	(void)err;
	*out = store->orphans.items;
	*count = store->orphans.count;
	return 0;
}

int store_image_size(struct store *store, struct image *image,
		     uint64_t *size, struct err *err)
{
	const struct image_config *config;
	struct layer_entry *layer;
	struct digest chain;
	int found;

	if (image->size == UINT64_MAX) {
		config = store_config(store, image, err);
		if (!config)
			return -1;
		image_config_chain(config, &chain);
		found = digest_is_set(&chain) ?
			layer_table_get(store, &chain, &layer, err) : 0;
		if (found < 0)
			return -1;
		if (!found && digest_is_set(&chain))
			return err_set(err, ERR_CORRUPT,
				       "image %.12s: its layer %.12s does not "
				       "exist", DIGEST_HEX(&image->id),
				       DIGEST_HEX(&chain));
		image->size = found ? layer->total : 0;
	}
	*size = image->size;
	return 0;
}
