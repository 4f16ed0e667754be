/* Knows who keeps an image from being removed: children, containers that a
 * dockerd left on this root, names (moby 20.10, image_delete.go). */
#include <jansson.h>
#include <string.h>

#include "base/mem.h"
#include "store/inside.h"

#define CONTAINER_LIMIT ((size_t)4 << 20)
#define NAMED 3 /* so many are named at most */

/* ---- containers ---- */

static void add_container(struct store *store, const char *image,
			  const char *id, const char *name)
{
	struct container_use *use;

	HASH_FIND_STR(store->containers, image, use);
	if (!use) {
		use = mem_alloc(sizeof(*use));
		use->image = mem_strdup(image);
		HASH_ADD_KEYPTR(hh, store->containers, use->image,
				strlen(use->image), use);
	}
	strv_take(&use->ids, mem_printf("%.12s", id));
	/* "/name" */
	strv_take(&use->words, name && name[0] == '/' && name[1] ?
		  mem_printf("%.12s (%s)", id, name + 1) :
		  mem_printf("%.12s", id));
}

static int visit_container(void *arg, const char *name, unsigned char type,
			   struct err *err)
{
	struct store *store = arg;
	AUTO_FREE char *path = mem_printf("containers/%s/config.v2.json",
					  name);
	AUTO(buf_release) struct buf text = BUF_INIT;
	const char *image;
	json_t *root;
	int found = quiet_read(store->root_fd, path, CONTAINER_LIMIT, &text,
			       err);

	(void)type;
	if (found <= 0)
		return found;
	root = json_loadb(text.data ? text.data : "", text.len, 0, NULL);
	image = json_string_value(json_object_get(root, "Image"));
	if (image)
		add_container(store, image, name, json_string_value(
				      json_object_get(root, "Name")));
	json_decref(root);
	return 0;
}

void containers_release(struct store *store)
{
	struct container_use *use, *next;

	HASH_ITER(hh, store->containers, use, next) {
		HASH_DEL(store->containers, use);
		strv_release(&use->ids);
		strv_release(&use->words);
		free(use->image);
		free(use);
	}
	store->containers_read = false;
}

void store_look_again(struct store *store)
{
	if (store->mode == STORE_READ)
		containers_release(store);
}

/* No dockerd runs here while we write, so once is enough; who reads while one
 * does says when to look again. */
int containers_of(struct store *store, const struct digest *image,
		  const struct container_use **out, struct err *err)
{
	struct container_use *use;

	if (!store->containers_read &&
	    quiet_each(store->root_fd, "containers", visit_container, store,
		       err) < 0) {
		containers_release(store);
		return -1;
	}
	store->containers_read = true;
	HASH_FIND_STR(store->containers, image->text, use);
	*out = use;
	return use != NULL;
}

/* ---- why an image is kept ---- */

/* "3 children stand on it: a b c ...". */
static void add_reason(struct strv *out, const char *one, const char *many,
		       const struct strv *names)
{
	AUTO(buf_release) struct buf text = BUF_INIT;

	if (!names->count)
		return;
	if (names->count == 1)
		buf_adds(&text, one);
	else
		buf_addf(&text, "%zu %s", names->count, many);
	for (size_t i = 0; i < names->count && i < NAMED; i++)
		buf_addf(&text, " %s", names->items[i]);
	if (names->count > NAMED)
		buf_adds(&text, " ...");
	strv_add(out, text.data);
}

int store_kept_by(struct store *store, const struct image *image,
		  struct strv *out, struct err *err)
{
	AUTO(strv_release) struct strv children = { 0 };
	const struct container_use *use;
	int used = containers_of(store, &image->id, &use, err);

	if (used < 0)
		return -1;
	for (size_t i = 0; i < image->child_count; i++)
		strv_take(&children, mem_printf(
				  "%.12s", DIGEST_HEX(&image->children[i]->id)));
	add_reason(out, "1 child stands on it:",
		   "children stand on it:", &children);
	if (used)
		add_reason(out, "a container uses it:",
			   "containers use it:", &use->words);
	if (image->tags.count > 1 && !refs_are_single(&image->tags))
		add_reason(out, "", "names mean it:", &image->tags);
	return 0;
}
