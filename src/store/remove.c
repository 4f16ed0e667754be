/* Knows what docker rmi removes, in which order, and with which words it
 * refuses (moby 20.10, daemon/images/image_delete.go). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "spec/reference.h"
#include "store/inside.h"

/* ---- what stands on each layer ---- */

void layer_uses_release(struct store *store)
{
	struct layer_use *use, *next;

	HASH_ITER(hh, store->uses, use, next) {
		HASH_DEL(store->uses, use);
		free(use);
	}
}

static void add_use(struct store *store, const struct digest *chain)
{
	struct layer_use *use;

	HASH_FIND_STR(store->uses, chain->text, use);
	if (!use) {
		use = mem_alloc(sizeof(*use));
		use->chain = *chain;
		HASH_ADD_STR(store->uses, chain.text, use);
	}
	use->count++;
}

static int visit_layer(void *arg, const char *name, unsigned char type,
		       struct err *err)
{
	struct store *store = arg;
	struct layer_entry *layer;
	struct digest chain;
	int found;

	(void)type;
	if (!digest_parse_hex(name, &chain))
		return 0;
	found = layer_table_get(store, &chain, &layer, err);
	if (found == 1 && layer->parent)
		add_use(store, &layer->layer.parent);
	return found < 0 ? -1 : 0;
}

static int visit_mount(void *arg, const char *name, unsigned char type,
		       struct err *err)
{
	struct store *store = arg;
	AUTO_FREE char *path = mem_printf("layerdb/mounts/%s/parent", name);
	struct digest chain;
	int found = quiet_digest(store->image_fd, path, false, &chain, err);

	(void)type;
	if (found == 1)
		add_use(store, &chain);
	return found < 0 ? -1 : 0;
}

static int make_uses(struct store *store, struct err *err)
{
	struct image *const *images;
	struct digest chain;
	size_t count;

	if (store->uses)
		return 0;
	if (store_images(store, &images, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		image_config_chain(&images[i]->config, &chain);
		if (digest_is_set(&chain))
			add_use(store, &chain);
	}
	if (quiet_each(store->layerdb_fd, ".", visit_layer, store, err) < 0)
		return -1;
	return quiet_each(store->image_fd, "layerdb/mounts", visit_mount,
			  store, err);
}

/* One user less; whether that was the last one. */
static bool drop_use(struct store *store, const struct digest *chain)
{
	struct layer_use *use;

	HASH_FIND_STR(store->uses, chain->text, use);
	if (!use)
		return true;
	if (--use->count > 0)
		return false;
	HASH_DEL(store->uses, use);
	free(use);
	return true;
}

static int remove_layers(struct store *store, const struct digest *top,
			 struct strv *lines, struct err *err)
{
	struct digest chain = *top, parent;
	struct layer_entry *layer;

	while (digest_is_set(&chain) && drop_use(store, &chain)) {
		AUTO_FREE char *cache_id = NULL;
		int found = layer_table_get(store, &chain, &layer, err);

		if (found <= 0)
			return found;
		parent = layer->layer.parent;
		cache_id = mem_strdup(layer->layer.cache_id);
		if (draft_withdraw(store, &layer->layer, err) < 0)
			return -1;
		store->freed += layer->layer.size;
		layer_table_forget(store, &chain);
		if (draft_discard(store, cache_id, err) < 0)
			return -1;
		strv_take(lines, mem_printf("Deleted: %s", chain.text));
		chain = parent;
	}
	return 0;
}

/* ---- references ---- */

static bool is_canonical(const char *ref)
{
	return strchr(ref, '@') != NULL;
}

/* "name" of "name:tag" and "name@digest" */
static size_t name_len(const char *ref)
{
	const char *at = strchr(ref, '@'), *slash, *colon;

	if (at)
		return (size_t)(at - ref);
	slash = strrchr(ref, '/');
	colon = strchr(slash ? slash : ref, ':');
	return colon ? (size_t)(colon - ref) : strlen(ref);
}

static bool same_name(const char *a, const char *b)
{
	return name_len(a) == name_len(b) && strncmp(a, b, name_len(a)) == 0;
}

/* All from one repository, with at most one tag; false for none. */
bool refs_are_single(const struct strv *refs)
{
	const char *single = NULL, *canonical = NULL;

	if (refs->count <= 1)
		return refs->count == 1;
	for (size_t i = 0; i < refs->count; i++) {
		const char *ref = refs->items[i];

		if (!is_canonical(ref)) {
			if (single)
				return false;
			single = ref;
		} else if (canonical && !same_name(canonical, ref)) {
			return false;
		} else {
			canonical = ref;
		}
	}
	return canonical && (!single || same_name(single, canonical));
}

/* ---- docker rmi ---- */

/* What stands against a removal, in the order of the checks. */
enum conflict {
	CONFLICT_CHILDREN = 1,
	CONFLICT_REFERENCES = 2,
	CONFLICT_CONTAINERS = 4,
	CONFLICT_HARD = CONFLICT_CHILDREN,
	CONFLICT_SOFT = CONFLICT_REFERENCES | CONFLICT_CONTAINERS,
};

static int conflict(const struct image *image, enum conflict kind,
		    const char *text, struct err *err)
{
	return err_set(err, ERR_CONFLICT,
		       "conflict: unable to delete %.12s (%s) - %s",
		       DIGEST_HEX(&image->id),
		       kind & CONFLICT_HARD ? "cannot be forced" :
					      "must be forced",
		       text);
}

/* 0 nothing of mask stands against it. */
static int check_conflicts(struct store *store, const struct image *image,
			   int mask, struct err *err)
{
	const struct container_use *use;
	AUTO_FREE char *text = NULL;
	int used;

	if (mask & CONFLICT_CHILDREN && image->child_count > 0)
		return conflict(image, CONFLICT_CHILDREN,
				"image has dependent child images", err);
	if (mask & CONFLICT_REFERENCES && image->tags.count > 0)
		return conflict(image, CONFLICT_REFERENCES,
				"image is referenced in multiple repositories",
				err);
	if (!(mask & CONFLICT_CONTAINERS))
		return 0;
	used = containers_of(store, &image->id, &use, err);
	if (used <= 0)
		return used;
	text = mem_printf("image is being used by stopped container %s",
			  use->ids.items[0]);
	return conflict(image, CONFLICT_CONTAINERS, text, err);
}

static int untag(struct store *store, const char *ref, struct strv *lines,
		 struct err *err)
{
	AUTO_FREE char *line = mem_printf("Untagged: %s", ref);

	if (tag_table_unset(store, ref, err) < 0)
		return -1;
	strv_take(lines, STEAL(line));
	return 0;
}

static int untag_all(struct store *store, struct image *image,
		     struct strv *lines, struct err *err)
{
	while (image->tags.count > 0) {
		AUTO_FREE char *ref = mem_strdup(image->tags.items[0]);

		if (untag(store, ref, lines, err) < 0)
			return -1;
	}
	return 0;
}

static int remove_files(struct store *store, const struct image *image,
			struct err *err)
{
	const char *hex = DIGEST_HEX(&image->id);

	for (size_t i = 0; i < image->child_count; i++) {
		AUTO_FREE char *path = mem_printf(
			"%s/parent", DIGEST_HEX(&image->children[i]->id));

		if (unlinkat(store->metadata_fd, path, 0) < 0 &&
		    errno != ENOENT)
			return err_sys(err, errno, "cannot remove '%s'", path);
	}
	if (fs_remove_tree(store->metadata_fd, hex, err) < 0)
		return -1;
	if (unlinkat(store->content_fd, hex, 0) < 0 && errno != ENOENT)
		return err_sys(err, errno, "cannot remove image %.12s", hex);
	return 0;
}

static int delete_image(struct store *store, struct image *image,
			struct strv *lines, struct err *err)
{
	const struct image_config *config;
	struct digest chain;

	if (make_uses(store, err) < 0)
		return -1;
	config = store_config(store, image, err);
	if (!config)
		return err_wrap(err, "unrecognized image %s", image->id.text);
	image_config_chain(config, &chain);
	if (remove_files(store, image, err) < 0)
		return -1;
	strv_take(lines, mem_printf("Deleted: %s", image->id.text));
	image_table_remove(store, (struct image_entry *)image);
	return remove_layers(store, &chain, lines, err);
}

/* The image and, with prune, then each parent that nothing else needs. What
 * stands against it is said for the first one only, unless its name went. */
static int delete_chain(struct store *store, struct image *image, bool force,
			bool prune, bool quiet, struct strv *lines,
			struct err *err)
{
	int mask = CONFLICT_HARD | (force ? 0 : CONFLICT_SOFT);
	struct digest parent;

	for (;;) {
		if (check_conflicts(store, image, mask, err) < 0) {
			bool dangling = image->tags.count == 0 &&
					image->child_count == 0;

			return quiet && !dangling &&
			       err->kind == ERR_CONFLICT ? 0 : -1;
		}
		parent = image->parent;
		if (untag_all(store, image, lines, err) < 0 ||
		    delete_image(store, image, lines, err) < 0)
			return -1;
		if (!prune || !digest_is_set(&parent))
			return 0;
		if (store_image(store, &parent, &image, err) != 1)
			return 0;
		mask = CONFLICT_HARD | CONFLICT_SOFT;
		quiet = true;
	}
}

/* The reference that name means, as docker prints it and as it is kept. */
static int parse_name(const char *name, char **shown, char **kept,
		      struct err *err)
{
	AUTO(reference_release) struct reference ref = { 0 };

	if (reference_parse(name, &ref, err) < 0)
		return -1;
	reference_default_tag(&ref);
	*shown = reference_familiar(&ref);
	if (digest_is_set(&ref.digest)) {
		free(ref.tag);
		ref.tag = NULL;
	}
	*kept = reference_familiar(&ref);
	return 0;
}

/* When a repository's last tag went, its digests go too. */
static int untag_digests(struct store *store, struct image *image,
			 const char *ref, struct strv *lines, struct err *err)
{
	AUTO(strv_release) struct strv gone = { 0 };

	for (size_t i = 0; i < image->tags.count; i++) {
		const char *other = image->tags.items[i];

		if (!same_name(other, ref))
			continue;
		if (!is_canonical(other))
			return 0;
		strv_add(&gone, other);
	}
	for (size_t i = 0; i < gone.count; i++)
		if (untag(store, gone.items[i], lines, err) < 0)
			return -1;
	return 0;
}

/* 1 the image is to be deleted as well, 0 that was all. */
static int remove_name(struct store *store, struct image *image,
		       const char *name, bool force, struct strv *lines,
		       struct err *err)
{
	AUTO_FREE char *shown = NULL, *kept = NULL;
	const struct container_use *use;
	int used = !force && refs_are_single(&image->tags) ?
		containers_of(store, &image->id, &use, err) : 0;

	if (used < 0)
		return -1;
	if (used)
		return err_set(err, ERR_CONFLICT,
			       "conflict: unable to remove repository "
			       "reference \"%s\" (must force) - container %s "
			       "is using its referenced image %.12s",
			       name, use->ids.items[0], DIGEST_HEX(&image->id));
	if (parse_name(name, &shown, &kept, err) < 0 ||
	    tag_table_unset(store, kept, err) < 0)
		return -1;
	strv_take(lines, mem_printf("Untagged: %s", shown));
	if (!is_canonical(kept) &&
	    untag_digests(store, image, kept, lines, err) < 0)
		return -1;
	return image->tags.count == 0;
}

static int remove_id(struct store *store, struct image *image, bool force,
		     struct strv *lines, struct err *err)
{
	int mask = CONFLICT_HARD | (force ? 0 : CONFLICT_CONTAINERS);

	if (!refs_are_single(&image->tags))
		return 0;
	if (check_conflicts(store, image, mask, err) < 0)
		return -1;
	return untag_all(store, image, lines, err);
}

/* docker: a name that is also the beginning of its image's ID is the ID. */
static bool is_id_prefix(const struct digest *id, const char *name)
{
	size_t len = strlen(name);

	return strncmp(id->text, name, len) == 0 ||
	       strncmp(DIGEST_HEX(id), name, len) == 0;
}

/* The client names it as the user did, whatever the daemon said. */
static int no_such_image(const char *name, struct err *err)
{
	AUTO_FREE char *shown = NULL, *kept = NULL;
	struct digest id;

	if (!digest_parse_hex(name, &id) && !digest_parse(name, &id) &&
	    parse_name(name, &shown, &kept, err) < 0)
		return -1;
	return err_set(err, ERR_NOT_FOUND, "No such image: %s", name);
}

int store_remove(struct store *store, const char *name, bool force,
		 bool no_prune, struct removal *out, struct err *err)
{
	bool by_name;
	struct image *image;
	struct image *const *all;
	size_t count;
	int found, more = 1;

	/* Children that are damaged stand against nothing. */
	if (store_writable(store, err) < 0 ||
	    store_images(store, &all, &count, err) < 0)
		return -1;
	found = store_find(store, name, &image, err);
	if (found <= 0)
		return found < 0 ? -1 : no_such_image(name, err);
	by_name = !is_id_prefix(&image->id, name);
	if (by_name)
		more = remove_name(store, image, name, force, &out->lines,
				   err);
	else if (remove_id(store, image, force, &out->lines, err) < 0)
		more = -1;
	if (more <= 0)
		return more;
	return delete_chain(store, image, force, !no_prune, by_name,
			    &out->lines, err);
}
