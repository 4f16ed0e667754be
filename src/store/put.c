/* Knows how images, their parents and their names are written, each whole or
 * not at all (store.md section 4, steps 7 to 10). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "spec/gofmt.h"
#include "spec/reference.h"
#include "store/inside.h"

#define METADATA_PATH (64 + sizeof("/builtLocally"))
#define TIME_MAX 64 /* bytes of a lastUpdated */

int store_publish(struct store *store, int dir, const char *name,
		  const void *bytes, size_t len, mode_t mode, struct err *err)
{
	unsigned long long random;
	char temporary[sizeof(STORE_TMP) + 32];
	AUTO_FD int fd = -1;

	fs_random_bytes(&random, sizeof(random));
	snprintf(temporary, sizeof(temporary), STORE_TMP "/%016llx", random);
	fd = openat(store->private_fd, temporary,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return err_sys(err, errno, "cannot create '%s'", name);
	if (fs_write_all(fd, bytes, len, err) < 0) {
		unlinkat(store->private_fd, temporary, 0);
		return err_wrap(err, "cannot write '%s'", name);
	}
	if (fchmod(fd, mode) < 0 ||
	    renameat(store->private_fd, temporary, dir, name) < 0) {
		int saved = errno;

		unlinkat(store->private_fd, temporary, 0);
		return err_sys(err, saved, "cannot write '%s'", name);
	}
	return 0;
}

/* ---- metadata ---- */

static void metadata_path(char out[METADATA_PATH], const struct digest *id,
			  const char *key)
{
	snprintf(out, METADATA_PATH, "%s/%s", DIGEST_HEX(id), key);
}

static int put_metadata(struct store *store, const struct digest *id,
			const char *key, const char *value, struct err *err)
{
	char path[METADATA_PATH];

	if (mkdirat(store->metadata_fd, DIGEST_HEX(id), 0700) < 0 &&
	    errno != EEXIST)
		return err_sys(err, errno, "cannot make the metadata of image "
			       "%.12s", DIGEST_HEX(id));
	metadata_path(path, id, key);
	return store_publish(store, store->metadata_fd, path, value,
			     strlen(value), 0600, err);
}

static int write_parent(struct store *store, const struct digest *id,
			const struct digest *parent, struct err *err)
{
	char path[METADATA_PATH];

	if (digest_is_set(parent))
		return put_metadata(store, id, "parent", parent->text, err);
	metadata_path(path, id, "parent");
	if (unlinkat(store->metadata_fd, path, 0) < 0 && errno != ENOENT)
		return err_sys(err, errno, "cannot remove the parent of image "
			       "%.12s", DIGEST_HEX(id));
	return 0;
}

/* A parent has to be there, and must not stand on its own child. */
static int check_parent(struct store *store, const struct digest *id,
			const struct digest *parent, struct err *err)
{
	struct image_entry *at = image_table_find(store, parent);

	if (!digest_is_set(parent))
		return 0;
	if (!at)
		return err_set(err, ERR_NOT_FOUND, "unknown parent image ID %s",
			       parent->text);
	for (; at; at = image_table_find(store, &at->image.parent))
		if (digest_equal(&at->image.id, id))
			return err_set(err, ERR_INPUT, "image %.12s cannot be "
				       "the parent of %.12s, it stands on it",
				       DIGEST_HEX(parent), DIGEST_HEX(id));
	return 0;
}

int store_set_parent(struct store *store, const struct digest *id,
		     const struct digest *parent, struct err *err)
{
	struct image_entry *entry = image_table_find(store, id);

	if (store_writable(store, err) < 0)
		return -1;
	if (!entry)
		return err_set(err, ERR_NOT_FOUND, "No such image: %s",
			       id->text);
	if (digest_equal(&entry->image.parent, parent))
		return 0;
	if (check_parent(store, id, parent, err) < 0 ||
	    store_mark(store, err) < 0 ||
	    write_parent(store, id, parent, err) < 0)
		return -1;
	image_table_set_parent(store, entry, parent);
	return 0;
}

/* ---- images ---- */

struct put {
	struct store *store;
	const char *json;
	size_t len;
	struct digest id, parent;
	bool built;
	struct image_config config;
};

static int check_config(struct put *put, struct err *err)
{
	struct layer_entry *layer;
	struct digest chain;
	int found;

	if (image_config_parse(put->json, put->len, &put->config, err) < 0)
		return err_wrap(err, "invalid image configuration");
	image_config_chain(&put->config, &chain);
	if (!digest_is_set(&chain))
		return 0;
	found = layer_table_get(put->store, &chain, &layer, err);
	if (found == 0)
		return err_set(err, ERR_NOT_FOUND, "layer %.12s does not exist",
			       DIGEST_HEX(&chain));
	return found < 0 ? -1 : 0;
}

/* The content comes last: an image is seen with all that belongs to it. */
static int write_image(struct put *put, struct err *err)
{
	struct store *store = put->store;

	if (write_parent(store, &put->id, &put->parent, err) < 0)
		return -1;
	if (put->built &&
	    put_metadata(store, &put->id, "builtLocally", "\1", err) < 0)
		return -1;
	return store_publish(store, store->content_fd, DIGEST_HEX(&put->id),
			     put->json, put->len, 0600, err);
}

static void take_config(struct put *put, struct image_entry *entry)
{
	struct image *image = &entry->image;

	image_config_release(&image->config);
	image->config = put->config;
	put->config = (struct image_config){ 0 };
	image->loaded = true;
	image->size = UINT64_MAX;
	image->pulled_or_loaded = !digest_is_set(&image->parent) &&
				  image->config.history_count > 1;
	entry->state = IMAGE_GOOD;
}

static void show_tags(struct store *store, struct image_entry *entry)
{
	struct tag_entry *tag;

	/* Names may have waited for their image. */
	for (tag = store->nameless ? store->tags : NULL; tag;
	     tag = tag->hh.next)
		if (strcmp(tag->value, entry->image.id.text) == 0)
			strv_add(&entry->image.tags, tag->ref);
}

static int put_new(struct put *put, struct image_entry *entry,
		   struct err *err)
{
	struct store *store = put->store;

	if (store_mark(store, err) < 0 || write_image(put, err) < 0)
		return -1;
	if (!entry) {
		entry = image_table_add(store, &put->id, &put->parent);
		show_tags(store, entry);
	} else {
		image_table_revive(store, entry);
		image_table_set_parent(store, entry, &put->parent);
	}
	take_config(put, entry);
	layer_uses_release(store);
	return 0;
}

static int put_again(struct put *put, struct err *err)
{
	struct store *store = put->store;

	if (digest_is_set(&put->parent) &&
	    store_set_parent(store, &put->id, &put->parent, err) < 0)
		return -1;
	if (put->built)
		return put_metadata(store, &put->id, "builtLocally", "\1",
				    err);
	return 0;
}

static int put_image(struct put *put, struct err *err)
{
	struct store *store = put->store;
	struct image_entry *entry = image_table_find(store, &put->id);
	struct err ignored = ERR_INIT;

	if (check_config(put, err) < 0 ||
	    check_parent(store, &put->id, &put->parent, err) < 0)
		return -1;
	if (entry && image_check(store, entry, &ignored) == 0)
		return put_again(put, err);
	return put_new(put, entry, err);
}

static int put(struct store *store, const char *json, size_t len,
	       const struct digest *parent, bool built, struct digest *id,
	       struct err *err)
{
	struct put put = { .store = store, .json = json, .len = len,
			   .built = built };
	int done;

	if (store_writable(store, err) < 0)
		return -1;
	if (len > CONFIG_LIMIT)
		return err_set(err, ERR_INPUT, "the image configuration is "
			       "larger than the limit of %zu bytes",
			       CONFIG_LIMIT);
	if (parent)
		put.parent = *parent;
	if (store->mirror)
		put.id = *id;
	else
		digest_make(json, len, &put.id);
	done = put_image(&put, err);
	image_config_release(&put.config);
	if (done == 0)
		*id = put.id;
	return done;
}

int store_mirror_put(struct store *store, const struct digest *id,
		     const char *json, size_t len, const struct digest *parent,
		     struct err *err)
{
	struct digest same = *id;

	return put(store, json, len, parent, false, &same, err);
}

int store_mirror_tagged(struct store *store, const struct digest *id,
			const char *when, struct err *err)
{
	return when ? put_metadata(store, id, "lastUpdated", when, err) : 0;
}

int store_put_image(struct store *store, const char *json, size_t len,
		    const struct digest *parent, struct digest *id,
		    struct err *err)
{
	return put(store, json, len, parent, false, id, err);
}

int store_put_built(struct store *store, const char *json, size_t len,
		    const struct digest *parent, struct digest *id,
		    struct err *err)
{
	return put(store, json, len, parent, true, id, err);
}

/* ---- names ---- */

static int familiar_of(const char *text, char **out, struct err *err)
{
	AUTO(reference_release) struct reference ref = { 0 };
	AUTO_FREE char *name = NULL;

	if (reference_parse(text, &ref, err) < 0)
		return -1;
	name = reference_name(&ref);
	if (strcmp(name, "sha256") == 0)
		return err_set(err, ERR_INPUT, "refusing to create an "
			       "ambiguous tag using digest algorithm as name");
	if (digest_is_set(&ref.digest)) {
		free(ref.tag);
		ref.tag = NULL;
	}
	reference_default_tag(&ref);
	*out = reference_familiar(&ref);
	return 0;
}

static int tag(struct store *store, const char *ref, const struct digest *id,
	       bool dated, struct digest *moved_from, struct err *err)
{
	AUTO_FREE char *familiar = NULL;
	struct digest from = { "" };
	char now[40];

	if (store_writable(store, err) < 0 ||
	    familiar_of(ref, &familiar, err) < 0)
		return -1;
	if (!image_table_find(store, id))
		return err_set(err, ERR_NOT_FOUND, "No such image: %s",
			       id->text);
	if (tag_table_set(store, familiar, id, &from, err) < 0)
		return -1;
	if (moved_from)
		*moved_from = from;
	if (!dated)
		return 0;
	gofmt_time(gofmt_now(), now);
	return put_metadata(store, id, "lastUpdated", now, err);
}

int store_tag(struct store *store, const char *ref, const struct digest *id,
	      struct digest *moved_from, struct err *err)
{
	return tag(store, ref, id, true, moved_from, err);
}

int store_tag_undated(struct store *store, const char *ref,
		      const struct digest *id, struct digest *moved_from,
		      struct err *err)
{
	return tag(store, ref, id, false, moved_from, err);
}

char *store_last_tagged(struct store *store, const struct digest *id)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err ignored = ERR_INIT;
	char path[METADATA_PATH];

	metadata_path(path, id, "lastUpdated");
	if (store->metadata_fd < 0 ||
	    fs_read(store->metadata_fd, path, TIME_MAX, &text, &ignored) <= 0 ||
	    !text.len)
		return NULL;
	return buf_steal(&text);
}
