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
#include "sandbox/userns.h"
#include "transport/layout.h"

struct copying {
	struct image_source *source;
	struct image_parts parts;
	const struct location *to;
	const char *ref, *own_root; /* ref: it gets there, or NULL */
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
	case LOCATION_DAEMON:
	case LOCATION_CONTAINERS:
	case LOCATION_DOCKER_ROOT:
		break;
	}
	return err_set(err, ERR_UNSUPPORTED, "cannot write to '%s'",
		       location_name(copying->to->kind));
}

int place_copy(const struct location *from, const struct location *to,
	       const char *own_root, struct err *err)
{
	AUTO(place_free) struct place *place = NULL;
	struct copying copying = { .to = to, .ref = to->ref,
				   .own_root = own_root };
	int done;

	if (userns_enter(err) < 0 ||
	    place_open(from, own_root, &place, err) < 0)
		return -1;
	copying.source = place_source(place);
	if (copying.source->ops->open(copying.source, from->ref,
				      &copying.parts, err) < 0)
		return -1;
	done = write_to(&copying, err);
	image_parts_release(&copying.parts);
	return done;
}
