/* Knows how an overlay of any number of layers is mounted so that its upper
 * directory holds plain changes and nothing waits for the disk. */
#include "sandbox/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#include "base/mem.h"

#define LAYERS_MAX 500 /* the kernel's own limit */

struct fds {
	int *items;
	size_t count;
};

static void fds_release(struct fds *fds)
{
	for (size_t i = 0; i < fds->count; i++)
		close(fds->items[i]);
	free(fds->items);
}
AUTO_DEFINE_IN_PLACE(struct fds, fds_release)

/*
 * Mount options have one page: 125 layers fit as descriptors, not as paths.
 * It also spares us the escapes of ':' and ','.
 */
static int add_dir(struct fds *fds, struct buf *options, const char *path,
		   struct err *err)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, errno, "cannot open layer '%s'", path);
	MEM_PUSH(fds->items, fds->count) = fd;
	buf_addf(options, "/proc/self/fd/%d", fd);
	return 0;
}

static int add_dirs(const struct overlay *overlay, struct fds *fds,
		    struct buf *options, struct err *err)
{
	size_t count = overlay->lowers->count;

	if (count + (overlay->top != NULL) > LAYERS_MAX)
		return err_set(err, ERR_INPUT, "more than %d layers",
			       LAYERS_MAX);
	buf_adds(options, "lowerdir=");
	if (overlay->top && add_dir(fds, options, overlay->top, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (i > 0 || overlay->top)
			buf_addc(options, ':');
		if (add_dir(fds, options, overlay->lowers->items[i], err) < 0)
			return -1;
	}
	buf_adds(options, ",upperdir=");
	if (add_dir(fds, options, overlay->upper, err) < 0)
		return -1;
	buf_adds(options, ",workdir=");
	return add_dir(fds, options, overlay->work, err);
}

/*
 * Best first. The engine syncs what it keeps, so the mount need not
 * (volatile); renamed directories and copied-up metadata must not become
 * redirects, which are no part of a layer.
 */
static const char *const root_options[] = {
	",volatile,index=off,redirect_dir=off,metacopy=off",
	",index=off,redirect_dir=off,metacopy=off",
	",volatile", "", NULL,
};
static const char *const user_options[] = {
	",userxattr,volatile", ",userxattr", NULL,
};

int overlay_mount(const struct overlay *overlay, const char *target,
		  struct err *err)
{
	AUTO(fds_release) struct fds fds = { NULL, 0 };
	AUTO(buf_release) struct buf options = BUF_INIT;
	const char *const *more = overlay->user_xattr ? user_options :
							root_options;
	unsigned long flags = overlay->no_devices ? MS_NODEV : 0;
	size_t len;
	int saved;

	if (add_dirs(overlay, &fds, &options, err) < 0)
		return -1;
	len = options.len;
	do {
		options.len = len;
		buf_adds(&options, *more);
		if (mount("overlay", target, "overlay", flags,
			  options.data) == 0)
			return 0;
		saved = errno;
	} while (saved == EINVAL && *++more);
	return err_sys(err, saved, "cannot mount an overlay on '%s'", target);
}
