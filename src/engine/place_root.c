/* Knows where in the cache the images of a location become a data root. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "context/context.h"
#include "engine/copy_image.h"
#include "engine/images.h"
#include "engine/mirror.h"
#include "engine/place.h"
#include "engine/place_write.h"
#include "sandbox/userns.h"
#include "transport/containers.h"

#define ROOTS "images"
#define WHOLE "varve/whole"

/* What tells that there is something new: the file, or a layout's index. */
static const char *index_of(enum location_kind kind)
{
	return kind == LOCATION_OCI ? "/index.json" :
	       kind == LOCATION_CONTAINERS ? "/overlay-images/images.json" : "";
}

/* What tells these bytes from all others; owned. */
static char *file_key(const struct location *location, struct err *err)
{
	AUTO_FREE char *home = location->path ? mem_strdup(location->path) :
						containers_default_root();
	AUTO_FREE char *path = mem_printf("%s%s", home,
					  index_of(location->kind));
	AUTO_FREE char *real = realpath(path, NULL);
	struct stat st;

	if (!real && errno == ENOENT && location->kind == LOCATION_OCI) {
		err_set(err, ERR_INPUT, "not an OCI image layout: there is no "
			"'%s'", path);
		return NULL;
	}
	if (!real || stat(real, &st) < 0) {
		err_sys(err, errno, "cannot open '%s'", path);
		return NULL;
	}
	return mem_printf("%d %s %ju %ju %jd %jd.%09ld %s", location->kind,
			  real, (uintmax_t)st.st_dev, (uintmax_t)st.st_ino,
			  (intmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec,
			  st.st_mtim.tv_nsec,
			  location->ref ? location->ref : "");
}

/* A tag may move: the registry is asked what it means now. */
static char *registry_key(const struct location *location, struct err *err)
{
	AUTO(reference_release) struct reference ref = { 0 };
	AUTO(registry_free) struct registry *registry = NULL;
	AUTO(buf_release) struct buf bytes = BUF_INIT;
	AUTO_FREE char *type = NULL, *name = NULL;
	struct digest digest;

	if (place_registry(location, &place_usual, &ref, &registry, err) < 0)
		return NULL;
	name = reference_full(&ref);
	if (registry_manifest(registry, ref.path, digest_is_set(&ref.digest) ?
			      ref.digest.text : ref.tag, &bytes, &type,
			      &digest, err) < 0) {
		err_wrap(err, "manifest for %s not found", name);
		return NULL;
	}
	return mem_printf("%d %s %s", location->kind, name, digest.text);
}

/* The root in the cache for these very bytes; owned. */
static char *cached_root(const struct location *location, struct err *err)
{
	AUTO_FREE char *key = location->kind == LOCATION_REGISTRY ?
			      registry_key(location, err) :
			      file_key(location, err);
	AUTO_FREE char *cache = context_cache_dir();
	struct digest name;

	if (!key)
		return NULL;
	if (!cache) {
		err_set(err, ERR_FAILED, "no place for images from elsewhere: "
			"neither HOME nor XDG_CACHE_HOME is set");
		return NULL;
	}
	digest_make(key, strlen(key), &name);
	return mem_printf("%s/" ROOTS "/%s", cache, DIGEST_HEX(&name));
}

/* A tag alone is one of the layout itself: "dir:tag", if that is a name. */
static char *image_name(const struct location *location, const char *name)
{
	AUTO(reference_release) struct reference ref = { 0 };
	const char *slash = location->path ? strrchr(location->path, '/') :
					     NULL;
	const char *base = slash ? slash + 1 : location->path;
	AUTO_FREE char *full = NULL;
	struct err bad = ERR_INIT;

	if (!*name)
		return NULL;
	full = !base || strchr(name, ':') || strchr(name, '/') ?
		       mem_strdup(name) : mem_printf("%s:%s", base, name);
	return reference_parse(full, &ref, &bad) < 0 ? NULL : STEAL(full);
}

/* Artifacts and other platforms lie beside images: they are passed over. */
static bool is_passed_over(const struct err *err)
{
	return err->kind == ERR_NOT_FOUND || err->kind == ERR_UNSUPPORTED;
}

static int fill_all(struct image_source *source,
		    const struct location *location, struct image_dest *dest,
		    struct err *err)
{
	AUTO(strv_release) struct strv names = { 0 };
	size_t taken = 0;

	if (source->ops->list(source, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		AUTO(image_parts_release) struct image_parts parts = { 0 };
		AUTO_FREE char *name = image_name(location, names.items[i]);
		AUTO_FREE char *ref = mem_printf("@%zu", i);
		struct err other = ERR_INIT;

		if (source->ops->open(source, ref, &parts, &other) < 0) {
			if (is_passed_over(&other))
				continue;
			*err = other;
			return -1;
		}
		if (image_send(source, &parts, dest, name, err) < 0)
			return -1;
		taken++;
	}
	return taken || !names.count ? 0 :
	       err_set(err, ERR_NOT_FOUND, "no image for this platform");
}

static int fill(struct image_source *source, const struct location *location,
		struct store *store, struct err *err)
{
	AUTO(image_dest_free) struct image_dest *dest = copy_image_to(store);
	AUTO(image_parts_release) struct image_parts parts = { 0 };
	AUTO_FREE char *name = NULL;

	if (!location->ref)
		return fill_all(source, location, dest, err);
	name = image_name(location, location->ref);
	return source->ops->open(source, location->ref, &parts, err) < 0 ? -1 :
	       image_send(source, &parts, dest, name, err);
}

static int fill_store(struct store *store, const struct location *location,
		      struct err *err)
{
	AUTO(strv_release) struct strv lines = { 0 };
	AUTO(place_free) struct place *place = NULL;
	struct digest id;

	if (location->kind == LOCATION_REGISTRY)
		return pull_image(store, location->ref, &place_usual, &id,
				  err);
	if (location->kind == LOCATION_DOCKER_ARCHIVE) {
		AUTO_FD int fd = open(location->path, O_RDONLY | O_CLOEXEC);

		return fd < 0 ? err_sys(err, errno, "cannot open '%s'",
					location->path) :
		       images_load(store, fd, &lines, err);
	}
	return place_open(location, NULL, NULL, &place, err) < 0 ? -1 :
	       fill(place_source(place), location, store, err);
}

static int fill_root(const char *root, const struct location *location,
		     struct err *err)
{
	AUTO(store_free) struct store *store = NULL;

	if (userns_enter(err) < 0 ||
	    fs_mkdir_p(AT_FDCWD, root, 0700, err) < 0 ||
	    store_open(root, STORE_WRITE, &store, err) < 0 ||
	    fill_store(store, location, err) < 0)
		return -1;
	return fs_write_atomic(store_private_fd(store), "whole", "", 0, 0600,
			       true, err);
}

/* ---- what nobody looks at any more ---- */

/* Dated now, and locked until this process ends: sweep() leaves it. */
static bool use_root(const char *root)
{
	AUTO_FREE char *path = mem_printf("%s/" WHOLE, root);
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_SH) < 0)
		return false;
	(void)futimens(fd, NULL);
	(void)STEAL_FD(fd);
	return true;
}

struct old_root {
	char *path;
	int64_t used;
};

static int by_use(const void *left, const void *right)
{
	const struct old_root *a = left, *b = right;

	return (a->used < b->used) - (a->used > b->used);
}

/* One that never became whole goes by the date of its directory. */
static void remove_root(const struct old_root *root)
{
	AUTO_FREE char *whole = mem_printf("%s/" WHOLE, root->path);
	AUTO_FD int fd = open(whole, O_RDONLY | O_CLOEXEC);
	struct err ignored = ERR_INIT;

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		return;
	(void)unlink(whole);
	fs_remove_tree(AT_FDCWD, root->path, &ignored);
}

static int64_t last_use(const char *root)
{
	AUTO_FREE char *whole = mem_printf("%s/" WHOLE, root);
	struct stat st;

	return stat(whole, &st) == 0 || stat(root, &st) == 0 ?
	       st.st_mtim.tv_sec : 0;
}

/* Roots that were not used for long, and the oldest of too many. */
static void sweep(void)
{
	AUTO_FREE char *cache = context_cache_dir();
	AUTO_FREE char *dir = mem_printf("%s/" ROOTS, cache ? cache : "");
	AUTO(strv_release) struct strv names = { 0 };
	AUTO_FREE struct old_root *roots = NULL;
	struct err ignored = ERR_INIT;
	int64_t oldest = time(NULL) - PLACE_UNUSED_DAYS * INT64_C(86400);

	if (!cache || fs_list(AT_FDCWD, dir, &names, &ignored) < 0)
		return;
	roots = mem_array(names.count + 1, sizeof(*roots));
	for (size_t i = 0; i < names.count; i++) {
		roots[i].path = mem_printf("%s/%s", dir, names.items[i]);
		roots[i].used = last_use(roots[i].path);
	}
	qsort(roots, names.count, sizeof(*roots), by_use);
	for (size_t i = 0; i < names.count; i++) {
		if (i >= PLACE_ROOTS_MAX || roots[i].used < oldest)
			remove_root(&roots[i]);
		free(roots[i].path);
	}
}

bool place_is_daemon(const char *text)
{
	AUTO(location_release) struct location location = { 0 };
	struct err ignored = ERR_INIT;

	return location_is_transport(text) &&
	       location_parse(text, &location, &ignored) == 0 &&
	       location.kind == LOCATION_DAEMON && !location.ref;
}

int place_root(const char *text, char **root, struct err *err)
{
	AUTO(location_release) struct location location = { 0 };
	AUTO_FREE char *dir = NULL;

	if (!location_is_transport(text)) {
		*root = mem_strdup(text);
		return 0;
	}
	if (location_parse(text, &location, err) < 0)
		return -1;
	if (location.kind == LOCATION_DOCKER_ROOT) {
		*root = mem_strdup(location.path);
		return 0;
	}
	if (location.kind == LOCATION_DAEMON)
		return mirror_root(root, err);
	dir = cached_root(&location, err);
	if (!dir)
		return -1;
	if (!use_root(dir)) {
		if (fill_root(dir, &location, err) < 0)
			return err_wrap(err, "cannot read '%s'", text);
		(void)use_root(dir);
		sweep();
	}
	*root = STEAL(dir);
	return 0;
}

char *place_image(const char *text)
{
	AUTO(location_release) struct location location = { 0 };
	struct err bad = ERR_INIT;

	if (!location_is_transport(text) ||
	    location_parse(text, &location, &bad) < 0 || !location.ref)
		return NULL;
	return location.kind == LOCATION_OCI ||
	       location.kind == LOCATION_OCI_ARCHIVE ?
	       image_name(&location, location.ref) : mem_strdup(location.ref);
}
