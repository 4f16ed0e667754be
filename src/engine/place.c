/* Knows what has to be opened, unpacked or kept for each kind of location. */
#include "engine/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "context/context.h"
#include "engine/copy_image.h"
#include "engine/images.h"
#include "engine/load_legacy.h"
#include "engine/place_write.h"
#include "sandbox/userns.h"
#include "spec/reference.h"
#include "transport/containers.h"
#include "transport/layout.h"

struct place {
	struct image_source *source;
	struct store *store;
	char *scratch; /* goes with it, or NULL */
	int dir;
};

void place_free(struct place *place)
{
	struct err ignored = ERR_INIT;

	if (!place)
		return;
	image_source_free(place->source);
	store_free(place->store);
	if (place->dir >= 0)
		close(place->dir);
	if (place->scratch)
		fs_remove_tree(AT_FDCWD, place->scratch, &ignored);
	free(place->scratch);
	free(place);
}

struct image_source *place_source(struct place *place)
{
	return place->source;
}

char *place_scratch(struct err *err)
{
	AUTO_FREE char *cache = context_cache_dir();
	AUTO_FREE char *dir = NULL;
	char hex[65];

	if (!cache) {
		err_set(err, ERR_FAILED, "no place for images on their way: "
			"neither HOME nor XDG_CACHE_HOME is set");
		return NULL;
	}
	fs_random_hex(hex);
	dir = mem_printf("%s/images/tmp-%.16s", cache, hex);
	if (fs_mkdir_p(AT_FDCWD, dir, 0700, err) < 0)
		return NULL;
	return STEAL(dir);
}

static int open_dir(const char *path, int *out, struct err *err)
{
	*out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *out < 0 ? err_sys(err, errno, "cannot open '%s'", path) : 0;
}

static int open_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? err_sys(err, errno, "cannot open '%s'", path) : fd;
}

static int open_archive(struct place *place, const char *path,
			struct err *err)
{
	AUTO_FD int fd = open_file(path, err);

	if (fd < 0)
		return -1;
	place->scratch = place_scratch(err);
	if (!place->scratch || open_dir(place->scratch, &place->dir, err) < 0 ||
	    load_unpack(fd, place->dir, err) < 0)
		return err_wrap(err, "cannot read '%s'", path);
	return layout_source(place->dir, &place->source, err);
}

static int open_store(struct place *place, const char *root, struct err *err)
{
	if (store_open(root, STORE_READ, &place->store, err) < 0)
		return -1;
	place->source = copy_image_from(place->store);
	return 0;
}

static int load_archive(struct place *place, const char *path,
			struct err *err)
{
	AUTO(strv_release) struct strv lines = { 0 };
	AUTO_FD int fd = open_file(path, err);

	if (fd < 0)
		return -1;
	place->scratch = place_scratch(err);
	if (!place->scratch || userns_enter(err) < 0 ||
	    store_open(place->scratch, STORE_WRITE, &place->store, err) < 0 ||
	    images_load(place->store, fd, &lines, err) < 0)
		return err_wrap(err, "cannot read '%s'", path);
	place->source = copy_image_from(place->store);
	return 0;
}

static int open_it(struct place *place, const struct location *location,
		   const char *own_root, struct err *err)
{
	AUTO_FREE char *root = NULL;

	switch (location->kind) {
	case LOCATION_STORE:
		return open_store(place, own_root, err);
	case LOCATION_DOCKER_ROOT:
		return open_store(place, location->path, err);
	case LOCATION_OCI:
		return open_dir(location->path, &place->dir, err) < 0 ? -1 :
		       layout_source(place->dir, &place->source, err) < 0 ?
		       err_wrap(err, "'%s'", location->path) : 0;
	case LOCATION_OCI_ARCHIVE:
		return open_archive(place, location->path, err);
	case LOCATION_DOCKER_ARCHIVE:
		return load_archive(place, location->path, err);
	case LOCATION_CONTAINERS:
		root = location->path ? mem_strdup(location->path) :
					containers_default_root();
		return containers_source(root, &place->source, err);
	case LOCATION_REGISTRY:
	case LOCATION_DAEMON:
		break;
	}
	return err_set(err, ERR_UNSUPPORTED, "cannot read from '%s' yet",
		       location_name(location->kind));
}

int place_open(const struct location *location, const char *own_root,
	       struct place **out, struct err *err)
{
	AUTO(place_free) struct place *place = mem_alloc(sizeof(*place));

	place->dir = -1;
	if (open_it(place, location, own_root, err) < 0)
		return -1;
	*out = STEAL(place);
	return 0;
}

/* ---- as a data root ---- */

/* What tells that there is something new: the file, or a layout's index. */
static const char *index_of(enum location_kind kind)
{
	return kind == LOCATION_OCI ? "/index.json" :
	       kind == LOCATION_CONTAINERS ? "/overlay-images/images.json" : "";
}

/* The root in the cache for these very bytes; owned. */
static char *cached_root(const struct location *location, struct err *err)
{
	AUTO_FREE char *home = location->path ? mem_strdup(location->path) :
						containers_default_root();
	AUTO_FREE char *path = mem_printf("%s%s", home,
					  index_of(location->kind));
	AUTO_FREE char *real = realpath(path, NULL);
	AUTO_FREE char *cache = context_cache_dir();
	AUTO_FREE char *key = NULL;
	struct digest name;
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
	if (!cache) {
		err_set(err, ERR_FAILED, "no place for the images of '%s': "
			"neither HOME nor XDG_CACHE_HOME is set", path);
		return NULL;
	}
	key = mem_printf("%d %s %ju %ju %jd %jd.%09ld %s", location->kind,
			 real, (uintmax_t)st.st_dev, (uintmax_t)st.st_ino,
			 (intmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec,
			 st.st_mtim.tv_nsec,
			 location->ref ? location->ref : "");
	digest_make(key, strlen(key), &name);
	return mem_printf("%s/images/%s", cache, DIGEST_HEX(&name));
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

static int fill(struct image_source *source, const struct location *location,
		struct store *store, struct err *err)
{
	AUTO(image_dest_free) struct image_dest *dest = copy_image_to(store);
	AUTO(strv_release) struct strv names = { 0 };
	size_t taken = 0;

	if (source->ops->list(source, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		AUTO(image_parts_release) struct image_parts parts = { 0 };
		AUTO_FREE char *name = image_name(location, names.items[i]);
		AUTO_FREE char *ref = mem_printf("@%zu", i);
		struct err other = ERR_INIT;

		if (location->ref && (i > 0 || source->ops->open(
				source, location->ref, &parts, err) < 0))
			return i > 0 ? 0 : -1;
		/* Artifacts and other platforms lie beside images. */
		if (!location->ref &&
		    source->ops->open(source, ref, &parts, &other) < 0) {
			if (other.kind == ERR_NOT_FOUND ||
			    other.kind == ERR_UNSUPPORTED)
				continue;
			*err = other;
			return -1;
		}
		if (location->ref) {
			free(name);
			name = image_name(location, location->ref);
		}
		if (image_send(source, &parts, dest, name, err) < 0)
			return -1;
		taken++;
	}
	return taken || !names.count ? 0 :
	       err_set(err, ERR_NOT_FOUND, "no image for this platform");
}

static int fill_root(const char *root, const struct location *location,
		     struct err *err)
{
	AUTO(store_free) struct store *store = NULL;
	AUTO(strv_release) struct strv lines = { 0 };
	AUTO(place_free) struct place *place = NULL;
	AUTO_FD int fd = -1;

	if (userns_enter(err) < 0 ||
	    fs_mkdir_p(AT_FDCWD, root, 0700, err) < 0 ||
	    store_open(root, STORE_WRITE, &store, err) < 0)
		return -1;
	if (location->kind == LOCATION_DOCKER_ARCHIVE) {
		fd = open_file(location->path, err);
		if (fd < 0 || images_load(store, fd, &lines, err) < 0)
			return -1;
	} else if (place_open(location, NULL, &place, err) < 0 ||
		   fill(place->source, location, store, err) < 0) {
		return -1;
	}
	return fs_write_atomic(store_private_fd(store), "whole", "", 0, 0600,
			       true, err);
}

int place_root(const char *text, char **root, struct err *err)
{
	AUTO(location_release) struct location location = { 0 };
	AUTO_FREE char *dir = NULL, *whole = NULL;

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
	if (location.kind == LOCATION_REGISTRY ||
	    location.kind == LOCATION_DAEMON)
		return err_set(err, ERR_UNSUPPORTED, "cannot read from '%s' "
			       "yet", location_name(location.kind));
	dir = cached_root(&location, err);
	if (!dir)
		return -1;
	whole = mem_printf("%s/varve/whole", dir);
	if (access(whole, F_OK) < 0 && fill_root(dir, &location, err) < 0)
		return err_wrap(err, "cannot read '%s'", text);
	*root = STEAL(dir);
	return 0;
}
