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
#include "transport/registry_image.h"

struct place {
	struct image_source *source;
	struct store *store;
	struct registry *registry;
	char *scratch; /* goes with it, or NULL */
	int dir;
};

const struct transfer_options place_usual = {
	.registry = { .delay_ms = REGISTRY_DELAY_MS, .cancel_fd = -1 },
};

void place_free(struct place *place)
{
	struct err ignored = ERR_INIT;

	if (!place)
		return;
	image_source_free(place->source);
	store_free(place->store);
	registry_free(place->registry);
	if (place->dir >= 0)
		close(place->dir);
	if (place->scratch)
		fs_remove_tree(AT_FDCWD, place->scratch, &ignored);
	free(place->scratch);
	free(place);
}

struct store *place_store(struct place *place)
{
	return place->scratch ? place->store : NULL;
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

int place_registry(const struct location *location,
		   const struct transfer_options *options,
		   struct reference *ref, struct registry **out,
		   struct err *err)
{
	struct registry_options where = options->registry;

	if (!location->ref)
		return err_set(err, ERR_USAGE, "no image of a registry is "
			       "named");
	if (reference_parse(location->ref, ref, err) < 0)
		return -1;
	if (!digest_is_set(&ref->digest))
		reference_default_tag(ref);
	where.host = ref->domain;
	return registry_open(&where, out, err);
}

static int open_registry(struct place *place, const struct location *location,
			 const struct transfer_options *options,
			 struct err *err)
{
	AUTO(reference_release) struct reference ref = { 0 };

	if (place_registry(location, options, &ref, &place->registry, err) < 0)
		return -1;
	place->source = registry_source(place->registry, &ref,
					options->platform);
	return 0;
}

static int open_it(struct place *place, const struct location *location,
		   const char *own_root,
		   const struct transfer_options *options, struct err *err)
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
		return open_registry(place, location, options, err);
	case LOCATION_DAEMON:
		break;
	}
	return err_set(err, ERR_UNSUPPORTED, "cannot read from '%s' yet",
		       location_name(location->kind));
}

int place_open(const struct location *location, const char *own_root,
	       const struct transfer_options *options, struct place **out,
	       struct err *err)
{
	AUTO(place_free) struct place *place = mem_alloc(sizeof(*place));

	place->dir = -1;
	if (open_it(place, location, own_root, options ? options :
		    &place_usual,
		    err) < 0)
		return -1;
	*out = STEAL(place);
	return 0;
}
