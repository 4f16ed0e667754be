/* Knows which images docker image prune takes (moby 20.10,
 * daemon/images/image_prune.go). */
#include <string.h>

#include "base/mem.h"
#include "spec/gofmt.h"
#include "store/inside.h"

static bool has_label(const struct map *labels, const char *wanted)
{
	const char *eq = strchr(wanted, '=');
	AUTO_FREE char *key = eq ? mem_strndup(wanted, (size_t)(eq - wanted)) :
				   mem_strdup(wanted);
	const char *value = map_get(labels, key);

	return value && (!eq || strcmp(value, eq + 1) == 0);
}

/* Docker does not ask for labels where an image has no configuration. */
static bool labels_fit(const struct prune *what,
		       const struct image_config *config)
{
	const struct map *labels = &config->config.labels;

	for (size_t i = 0; what->labels && i < what->labels->count; i++)
		if (!has_label(labels, what->labels->items[i]))
			return false;
	for (size_t i = 0; what->not_labels && i < what->not_labels->count; i++)
		if (has_label(labels, what->not_labels->items[i]))
			return false;
	return true;
}

static bool has_tag(const struct image *image)
{
	for (size_t i = 0; i < image->tags.count; i++)
		if (!strchr(image->tags.items[i], '@'))
			return true;
	return false;
}

/* Adds the names by which the image is to be removed, if it is. */
static void choose(const struct prune *what, const struct image *image,
		   const struct image_config *config, struct strv *names)
{
	/* Without all, Docker looks at images without children only. */
	if (image->child_count && (!what->all || !image->tags.count))
		return;
	if ((what->until.set &&
	     gofmt_time_compare(config->created, what->until) > 0) ||
	    !labels_fit(what, config))
		return;
	if (!image->tags.count)
		strv_add(names, DIGEST_HEX(&image->id));
	else if (what->all || !has_tag(image))
		for (size_t i = 0; i < image->tags.count; i++)
			strv_add(names, image->tags.items[i]);
}

/* What stands against one removal does not stop the others. */
static int remove_one(struct store *store, const char *name,
		      struct removal *out, struct err *err)
{
	struct err why = ERR_INIT;

	if (store_remove(store, name, false, false, out, &why) == 0 ||
	    why.kind == ERR_CONFLICT || why.kind == ERR_NOT_FOUND)
		return 0;
	*err = why;
	return -1;
}

int store_prune(struct store *store, const struct prune *what,
		struct removal *out, uint64_t *freed, struct err *err)
{
	AUTO(strv_release) struct strv names = { 0 };
	uint64_t before = store->freed;
	struct image *const *images;
	size_t count;

	if (store_writable(store, err) < 0 ||
	    store_images(store, &images, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct image_config *config =
			store_config(store, images[i], err);

		if (!config)
			return -1;
		choose(what, images[i], config, &names);
	}
	for (size_t i = 0; i < names.count; i++)
		if (remove_one(store, names.items[i], out, err) < 0)
			return -1;
	*freed = store->freed - before;
	return 0;
}
