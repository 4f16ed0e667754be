/* Knows how what a user typed becomes an image: an ID, a reference, the
 * beginning of an ID (store.md 7.1, "Looking up a user's argument"). */
#include <string.h>

#include "spec/reference.h"
#include "store/inside.h"

/* A reference with both a tag and a digest counts by its digest. */
static int by_reference(struct store *store, const char *name,
			struct image **out, struct err *err)
{
	AUTO(reference_release) struct reference ref = { 0 };
	AUTO_FREE char *familiar = NULL;
	const struct tag_entry *entry;
	struct digest id;

	if (reference_parse(name, &ref, err) < 0)
		return -1;
	if (digest_is_set(&ref.digest)) {
		free(ref.tag);
		ref.tag = NULL;
	}
	reference_default_tag(&ref);
	familiar = reference_familiar(&ref);
	entry = tag_table_find(store, familiar);
	if (!entry || !digest_parse(entry->value, &id))
		return 0;
	return store_image(store, &id, out, err);
}

static bool starts_with(const struct image *image, const char *hex, size_t len)
{
	return strncmp(DIGEST_HEX(&image->id), hex, len) == 0;
}

static int by_prefix(struct store *store, const char *name, struct image **out,
		     struct err *err)
{
	const char *hex = strncmp(name, "sha256:", 7) == 0 ? name + 7 : name;
	size_t len = strlen(hex), low = 0, high = store->sorted.count;
	struct image *const *items = store->sorted.items;

	if (len == 0 || strspn(hex, "0123456789abcdef") != len)
		return 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strncmp(DIGEST_HEX(&items[middle]->id), hex, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == store->sorted.count || !starts_with(items[low], hex, len))
		return 0;
	if (low + 1 < store->sorted.count &&
	    starts_with(items[low + 1], hex, len))
		return err_set(err, ERR_INPUT,
			       "'%s' is the beginning of more than one image "
			       "ID", name);
	*out = items[low];
	return 1;
}

int store_find(struct store *store, const char *name, struct image **out,
	       struct err *err)
{
	struct digest id;
	int found;

	if (digest_parse(name, &id) || digest_parse_hex(name, &id))
		return store_image(store, &id, out, err);
	found = by_reference(store, name, out, err);
	return found ? found : by_prefix(store, name, out, err);
}
