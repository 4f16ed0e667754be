/* Knows how a root in the cache follows what a docker daemon has. */
#include "engine/mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "base/fs.h"
#include "context/context.h"
#include "engine/mirror_inside.h"

/* A name that is set again to the image that it means changes no more than a
 * time: so few names are asked for it each time. */
#define NAMES_ASKED 32

/* Where the mirror of this daemon is; owned. */
static char *root_of(const struct daemon *daemon, struct err *err)
{
	AUTO_FREE char *cache = context_cache_dir();
	const char *host = daemon_host(daemon);
	struct digest name;

	if (!cache) {
		err_set(err, ERR_FAILED, "no place for what the docker daemon "
			"tells: neither HOME nor XDG_CACHE_HOME is set");
		return NULL;
	}
	digest_make(host, strlen(host), &name);
	return mem_printf("%s/daemons/%.16s", cache, DIGEST_HEX(&name));
}

int mirror_turn(const char *root, struct err *err)
{
	AUTO_FREE char *path = mem_printf("%s.lock", root);
	AUTO_FD int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_sys(err, errno, "cannot open '%s'", path);
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return err_sys(err, errno, "cannot lock '%s'", path);
	return STEAL_FD(fd);
}

/* ---- following ---- */

struct following {
	struct daemon *daemon;
	struct store *store;
	struct listing listing;
	bool checked; /* that the daemon tells enough */
	bool torn;    /* layers may be missing: look at each image */
};

static struct listed_image *find_listed(struct following *f,
					const struct digest *id)
{
	size_t low = 0, high = f->listing.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(f->listing.images[middle].id.text,
				   id->text);

		if (order == 0)
			return &f->listing.images[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int by_id(const void *a, const void *b)
{
	const struct listed_image *left = a, *right = b;

	return strcmp(left->id.text, right->id.text);
}

/* The parent that counts: of one that is not listed nothing is known. */
static struct digest known_parent(struct following *f,
				  const struct listed_image *listed)
{
	return digest_is_set(&listed->parent) &&
	       find_listed(f, &listed->parent) ?
		       listed->parent : (struct digest){ "" };
}

static int put_new(struct following *f, const struct listed_image *listed,
		   const struct digest *parent, struct err *err)
{
	AUTO(told_image_release) struct told_image told = { 0 };
	const struct image_config *below = NULL;
	struct digest there = { "" };
	struct image *image;

	if (!f->checked && mirror_check_driver(f->daemon, err) < 0)
		return -1;
	f->checked = true;
	if (digest_is_set(parent) &&
	    store_image(f->store, parent, &image, err) == 1) {
		there = *parent;
		below = store_config(f->store, image, err);
	}
	if (mirror_tell(f->daemon, &listed->id, below, &told, err) < 0) {
		if (err->kind != ERR_NOT_FOUND)
			return -1;
		*err = (struct err)ERR_INIT; /* removed a moment ago */
		return 0;
	}
	if (store_mirror_layers(f->store, &told.config, told.sizes, err) < 0)
		return -1;
	if (store_mirror_put(f->store, &listed->id, told.json.data,
			     told.json.len, &there, err) < 0)
		return -1;
	return store_mirror_tagged(f->store, &listed->id, told.tagged, err);
}

static bool same_refs(const struct following *f,
		      const struct listed_image *listed,
		      const struct image *image)
{
	if (image->tags.count != listed->ref_count)
		return false;
	for (size_t i = 0; i < listed->ref_count; i++)
		if (!strv_has(&image->tags,
			      f->listing.refs.items[listed->first_ref + i]))
			return false;
	return true;
}

static int put_time(struct following *f, const struct listed_image *listed,
		    struct err *err)
{
	AUTO_FREE char *when = NULL;

	if (mirror_tagged(f->daemon, &listed->id, &when, err) == 0)
		return store_mirror_tagged(f->store, &listed->id, when, err);
	if (err->kind != ERR_NOT_FOUND)
		return -1;
	*err = (struct err)ERR_INIT; /* removed a moment ago */
	return 0;
}

static int put_one(struct following *f, struct listed_image *listed,
		   struct err *err)
{
	struct digest parent = known_parent(f, listed);
	struct image *image;
	int found = store_image(f->store, &listed->id, &image, err);

	if (found < 0)
		return -1;
	if (!found || f->torn)
		return put_new(f, listed, &parent, err);
	if ((listed->ref_count > 0 || image->tags.count > 0) &&
	    (f->listing.ref_count <= NAMES_ASKED ||
	     !same_refs(f, listed, image)) && put_time(f, listed, err) < 0)
		return -1;
	return digest_equal(&image->parent, &parent) ? 0 :
	       store_set_parent(f->store, &listed->id, &parent, err);
}

/* Parents before their children; a circle of them is cut by `put`. */
static int put_chain(struct following *f, struct listed_image *top,
		     struct err *err)
{
	struct listed_image **chain = NULL;
	size_t count = 0;
	int done = 0;

	for (; top && !top->put; top = find_listed(f, &top->parent)) {
		top->put = true;
		MEM_PUSH(chain, count) = top;
	}
	while (done == 0 && count-- > 0)
		done = put_one(f, chain[count], err);
	free(chain);
	return done;
}

static int drop_gone(struct following *f, struct err *err)
{
	AUTO(strv_release) struct strv gone = { 0 };
	struct image *const *images;
	struct digest id;
	size_t count;

	store_images_unread(f->store, &images, &count);
	for (size_t i = 0; i < count; i++)
		if (!find_listed(f, &images[i]->id))
			strv_add(&gone, images[i]->id.text);
	for (size_t i = 0; i < gone.count; i++)
		if (digest_parse(gone.items[i], &id) &&
		    store_mirror_drop(f->store, &id, err) < 0)
			return -1;
	return 0;
}

static int follow(struct following *f, struct err *err)
{
	if (f->listing.count)
		qsort(f->listing.images, f->listing.count,
		      sizeof(*f->listing.images), by_id);
	f->torn = store_mirror_torn(f->store);
	for (size_t i = 0; i < f->listing.count; i++)
		if (put_chain(f, &f->listing.images[i], err) < 0)
			return -1;
	if (drop_gone(f, err) < 0)
		return -1;
	store_mirror_refilled(f->store);
	return store_mirror_names(f->store, &f->listing.refs,
				  f->listing.ref_ids, err);
}

int mirror_root(char **root, struct err *err)
{
	AUTO(daemon_free) struct daemon *daemon = NULL;
	AUTO(store_free) struct store *store = NULL;
	struct following f = { 0 };
	AUTO_FREE char *dir = NULL;
	AUTO_FD int turn = -1;
	int done;

	if (daemon_open(-1, &daemon, err) < 0)
		return -1;
	dir = root_of(daemon, err);
	if (!dir || fs_mkdir_p(AT_FDCWD, dir, 0700, err) < 0)
		return -1;
	turn = mirror_turn(dir, err);
	if (turn < 0 || mirror_list(daemon, &f.listing, err) < 0)
		done = -1;
	else
		done = store_open(dir, STORE_WRITE, &store, err) < 0 ? -1 :
		       store_mirror_make(store, err);
	f.daemon = daemon;
	f.store = store;
	if (done == 0)
		done = follow(&f, err);
	listing_release(&f.listing);
	if (done == 0)
		*root = STEAL(dir);
	return done;
}
