/* Knows how one image is written to each kind of location. */
#include "engine/place_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "engine/copy_image.h"
#include "engine/images.h"
#include "engine/place.h"
#include "engine/place_daemon.h"
#include "sandbox/userns.h"
#include "transport/layout.h"
#include "transport/registry_image.h"

struct copying {
	struct place *place;
	struct image_source *source;
	struct image_parts parts;
	const struct location *from, *to;
	const char *ref, *own_root; /* ref: it gets there, or NULL */
	const struct place_options *options;
	struct place_upload upload; /* to a daemon */
};

static int to_layout(struct copying *copying, int dir, struct err *err)
{
	AUTO(image_dest_free) struct image_dest *dest = NULL;

	if (layout_dest(dir, &dest, err) < 0)
		return -1;
	return image_send(copying->source, &copying->parts, dest,
			  copying->ref, err);
}

static int to_dir(struct copying *copying, struct err *err)
{
	const char *path = copying->to->path;
	AUTO_FD int dir = -1;

	if (fs_mkdir_p(AT_FDCWD, path, 0755, err) < 0)
		return -1;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(err, errno, "cannot open '%s'", path);
	return to_layout(copying, dir, err);
}

static int to_store(struct copying *copying, const char *root,
		    struct err *err)
{
	AUTO(store_free) struct store *store = NULL;
	AUTO(image_dest_free) struct image_dest *dest = NULL;

	if (store_open(root, STORE_WRITE, &store, err) < 0)
		return -1;
	dest = copy_image_to(store);
	return image_send(copying->source, &copying->parts, dest,
			  copying->ref, err);
}

/* docker save's layout, by way of a store. */
static int write_docker(struct copying *copying, const char *scratch, int fd,
			struct err *err)
{
	AUTO(store_free) struct store *store = NULL;
	AUTO(strv_release) struct strv names = { 0 };

	if (to_store(copying, scratch, err) < 0 ||
	    store_open(scratch, STORE_READ, &store, err) < 0)
		return -1;
	strv_add(&names, copying->ref ? copying->ref :
				copying->parts.config_digest.text);
	return images_save(store, &names, fd, err);
}

static int write_oci(struct copying *copying, const char *scratch, int fd,
		     struct err *err)
{
	AUTO_FD int dir = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return err_sys(err, errno, "cannot open '%s'", scratch);
	return to_layout(copying, dir, err) < 0 ? -1 :
	       layout_tar(dir, fd, err);
}

/* The file appears whole; an archive that is there is not added to. */
static int to_file(struct copying *copying, struct err *err)
{
	const char *path = copying->to->path;
	AUTO_FREE char *temporary = mem_printf("%s.tmp", path);
	AUTO_FREE char *scratch = NULL;
	AUTO_FD int fd = -1;
	struct err ignored = ERR_INIT;
	int done;

	fd = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_sys(err, errno, "cannot write '%s'", path);
	scratch = place_scratch(err);
	done = !scratch ? -1 :
	       copying->to->kind == LOCATION_OCI_ARCHIVE ?
	       write_oci(copying, scratch, fd, err) :
	       write_docker(copying, scratch, fd, err);
	if (scratch)
		fs_remove_tree(AT_FDCWD, scratch, &ignored);
	if (done == 0 && rename(temporary, path) < 0)
		done = err_sys(err, errno, "cannot write '%s'", path);
	if (done < 0)
		unlink(temporary);
	return done;
}

/* ---- registries ---- */

static int push(struct copying *copying, struct store *store,
		struct err *err)
{
	struct image *image;
	int found = copying->from->ref ?
		    store_find(store, copying->from->ref, &image, err) :
		    store_image(store, &copying->parts.config_digest, &image,
				err);

	if (found <= 0)
		return found < 0 ? -1 :
		       err_set(err, ERR_NOT_FOUND, "no image '%s' in '%s'",
			       copying->from->ref, store_root(store));
	return push_image_as(store, image, copying->to->ref,
			     &copying->options->to, err);
}

/* What has plain tars only goes by way of a store: push packs them. */
static int push_by_store(struct copying *copying, const char *scratch,
			 struct err *err)
{
	AUTO(store_free) struct store *store = NULL;
	AUTO(image_dest_free) struct image_dest *dest = NULL;
	struct image *image;

	if (store_open(scratch, STORE_WRITE, &store, err) < 0)
		return -1;
	dest = copy_image_to(store);
	if (image_send(copying->source, &copying->parts, dest, NULL, err) < 0)
		return -1;
	if (store_image(store, &copying->parts.config_digest, &image, err) <= 0)
		return err->msg[0] ? -1 : err_set(err, ERR_CORRUPT, "the image "
						  "went away");
	return push_image_as(store, image, copying->to->ref,
			     &copying->options->to, err);
}

/* Blobs and manifest as they are. */
static int send_as_is(struct copying *copying, const char *scratch,
		      struct err *err)
{
	AUTO(reference_release) struct reference ref = { 0 }, from = { 0 };
	AUTO(image_dest_free) struct image_dest *dest = NULL;
	AUTO(registry_free) struct registry *registry = NULL;
	AUTO_FD int dir = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool near;

	if (dir < 0)
		return err_sys(err, errno, "cannot open '%s'", scratch);
	if (place_registry(copying->to, &copying->options->to, &ref, &registry,
			   err) < 0)
		return -1;
	near = copying->from->kind == LOCATION_REGISTRY &&
	       reference_parse(copying->from->ref, &from, err) == 0 &&
	       strcmp(from.domain, ref.domain) == 0;
	dest = registry_dest(registry, ref.path, near ? from.path : NULL, dir);
	return image_send(copying->source, &copying->parts, dest,
			  digest_is_set(&ref.digest) ? ref.digest.text :
						       ref.tag, err);
}

static int to_registry(struct copying *copying, struct err *err)
{
	AUTO_FREE char *scratch = NULL;
	struct err ignored = ERR_INIT;
	int done;

	if (place_store(copying->place))
		return push(copying, place_store(copying->place), err);
	scratch = place_scratch(err);
	if (!scratch)
		return -1;
	done = copying->from->kind == LOCATION_CONTAINERS ||
	       copying->from->kind == LOCATION_DOCKER_ROOT ?
	       push_by_store(copying, scratch, err) :
	       send_as_is(copying, scratch, err);
	fs_remove_tree(AT_FDCWD, scratch, &ignored);
	return done;
}

/* ---- daemons ---- */

static int to_daemon(struct copying *copying, struct err *err)
{
	AUTO_FREE char *scratch = place_scratch(err);
	struct err ignored = ERR_INIT;
	int done;

	if (!scratch)
		return -1;
	done = write_docker(copying, scratch, copying->upload.fd, err);
	fs_remove_tree(AT_FDCWD, scratch, &ignored);
	return done;
}

static int write_to(struct copying *copying, struct err *err)
{
	switch (copying->to->kind) {
	case LOCATION_STORE:
		return to_store(copying, copying->own_root, err);
	case LOCATION_OCI:
		return to_dir(copying, err);
	case LOCATION_OCI_ARCHIVE:
	case LOCATION_DOCKER_ARCHIVE:
		return to_file(copying, err);
	case LOCATION_REGISTRY:
		return to_registry(copying, err);
	case LOCATION_DAEMON:
		return to_daemon(copying, err);
	case LOCATION_CONTAINERS:
	case LOCATION_DOCKER_ROOT:
		break;
	}
	return err_set(err, ERR_UNSUPPORTED, "cannot write to '%s'",
		       location_name(copying->to->kind));
}

/* Between our own store and a registry: pull and push, under other names. */

static int push_own(struct copying *copying, struct err *err)
{
	AUTO(store_free) struct store *store = NULL;

	return store_open(copying->own_root, STORE_WRITE, &store, err) < 0 ?
	       -1 : push(copying, store, err);
}

static int pull_own(struct copying *copying, struct err *err)
{
	struct transfer_options options = copying->options->from;
	AUTO(reference_release) struct reference ref = { 0 };
	AUTO(store_free) struct store *store = NULL;
	AUTO_FREE char *name = NULL;
	struct digest id;

	if (reference_parse(copying->to->ref, &ref, err) < 0)
		return -1;
	reference_default_tag(&ref);
	name = reference_familiar(&ref);
	options.as = name;
	return store_open(copying->own_root, STORE_WRITE, &store, err) < 0 ?
	       -1 : pull_image(store, copying->from->ref, &options, &id, err);
}

static int copy_between(struct copying *copying, struct err *err)
{
	AUTO(place_free) struct place *place = NULL;
	int done = -1;

	if (place_open(copying->from, copying->own_root,
		       &copying->options->from, &place, err) < 0)
		return -1;
	copying->place = place;
	copying->source = place_source(place);
	if (copying->source->ops->open(copying->source, copying->from->ref,
				       &copying->parts, err) == 0)
		done = write_to(copying, err);
	image_parts_release(&copying->parts);
	return done;
}

static int copy_it(struct copying *copying, struct err *err)
{
	enum location_kind from = copying->from->kind;
	enum location_kind to = copying->to->kind;

	if (userns_enter(err) < 0)
		return -1;
	if (from == LOCATION_STORE && to == LOCATION_REGISTRY)
		return push_own(copying, err);
	if (from == LOCATION_REGISTRY && to == LOCATION_STORE)
		return pull_own(copying, err);
	return copy_between(copying, err);
}

int place_copy(const struct location *from, const struct location *to,
	       const char *own_root, const struct place_options *options,
	       struct err *err)
{
	AUTO(location_release) struct location archive = { 0 };
	struct copying copying = { .from = from, .to = to, .ref = to->ref,
				   .own_root = own_root, .options = options };
	AUTO_FD int fd = -1;

	if (from->kind == LOCATION_DAEMON) {
		if (place_from_daemon(from, &archive, &fd, err) < 0)
			return -1;
		copying.from = &archive;
	}
	if (to->kind != LOCATION_DAEMON)
		return copy_it(&copying, err);
	if (!to->ref)
		return err_set(err, ERR_USAGE, "it has no name for the daemon");
	if (place_to_daemon(&copying.upload, err) < 0)
		return place_uploaded(&copying.upload, -1, err);
	return place_uploaded(&copying.upload, copy_it(&copying, err), err);
}
