/* Knows in which order an image's layers, the init layer and the upper
 * directory become the root of a process. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"
#include "sandbox/initlayer.h"
#include "sandbox/overlay.h"
#include "sandbox/run.h"
#include "sandbox/scope.h"
#include "sandbox/supervise.h"
#include "sandbox/volume.h"

#define PASSWD_MAX ((size_t)16 * 1024 * 1024)

static int open_root(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_sys(err, errno, "cannot open '%s'", path) : fd;
}

/* The init layer's files replace the image's, so they are made above it. */
static int make_init(const struct run *run, const char *init,
		     struct err *err)
{
	AUTO_FREE char *work = mem_printf("%s/init-work", run->spec->scratch);
	const struct overlay overlay = {
		.lowers = &run->spec->lowers, .upper = init, .work = work,
		.user_xattr = run->spec->user_xattr,
	};
	AUTO_FD int root = -1;

	/* Without a layer there is nothing to replace. */
	if (run->spec->lowers.count == 0) {
		root = open_root(init, err);
		return root < 0 ? -1 : initlayer_make(root, err);
	}
	if (overlay_mount(&overlay, run->root, err) < 0)
		return -1;
	root = open_root(run->root, err);
	if (root < 0 || initlayer_make(root, err) < 0)
		return -1;
	if (umount2(run->root, MNT_DETACH) < 0)
		return err_sys(err, errno, "cannot unmount '%s'", run->root);
	return 0;
}

static int mount_image(struct run *run, struct err *err)
{
	AUTO_FREE char *init = run->spec->init ?
		mem_strdup(run->spec->init) :
		mem_printf("%s/init", run->spec->scratch);
	const struct overlay overlay = {
		.top = init, .lowers = &run->spec->lowers,
		.upper = run->spec->upper, .work = run->spec->work,
		.user_xattr = run->spec->user_xattr,
		.no_devices = !run->cgroup.devices && !run->nested,
	};

	/* Nothing of this may show in the host's mount table. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_sys(err, errno, "cannot make mounts private");
	if ((!run->spec->init_made && make_init(run, init, err) < 0) ||
	    overlay_mount(&overlay, run->root, err) < 0)
		return -1;
	run->root_fd = open_root(run->root, err);
	return run->root_fd < 0 ? -1 : 0;
}

static int make_cwd(struct run *run, struct err *err)
{
	AUTO_FREE char *resolved = NULL;

	run->cwd = fs_clean_path(run->spec->cwd);
	if (scope_resolve(run->root_fd, run->cwd, &resolved, err) < 0)
		return -1;
	if (scope_mkdirs(run->root_fd, resolved, err) == 0)
		return 0;
	if (err->sys != ENOTDIR && err->sys != EEXIST)
		return -1;
	return err_set(err, ERR_INPUT, "Cannot mkdir: %s is not a directory",
		       run->cwd);
}

/* A file of the image as text; NULL if it is not there. */
static int read_text(int root, const char *path, char **out, struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	/* A FIFO or a device must not keep us. */
	AUTO_FD int fd = fs_open_in_root(root, path, O_RDONLY | O_NONBLOCK,
					 err);
	struct stat st;

	if (fd < 0 && (err->sys == ENOENT || err->sys == ENOTDIR))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(err, ERR_INPUT, "cannot read '%s'", path);
	if (fs_read_fd(fd, PASSWD_MAX, &text, err) < 0)
		return err_wrap(err, "file '%s'", path);
	*out = buf_steal(&text);
	return 0;
}

static int find_user(struct run *run, struct err *err)
{
	AUTO_FREE char *passwd = NULL, *group = NULL;

	if (read_text(run->root_fd, "/etc/passwd", &passwd, err) < 0 ||
	    read_text(run->root_fd, "/etc/group", &group, err) < 0)
		return -1;
	return names_run_user(run->spec->user ? run->spec->user : "", passwd,
			      group, &run->account, err);
}

int rootfs_make(struct run *run, struct err *err)
{
	umask(022);
	if (mount_image(run, err) < 0 || make_cwd(run, err) < 0 ||
	    volume_make_all(run, err) < 0)
		return -1;
	supervise_created();
	if (find_user(run, err) < 0)
		return -1;
	if (fchdir(run->root_fd) < 0)
		return err_sys(err, errno, "cannot enter the image");
	return 0;
}

/* Where the root is the kernel's first one, it cannot be pivoted. */
static int move_root(struct err *err)
{
	if (mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0)
		return err_sys(err, errno, "cannot change the root");
	return 0;
}

int rootfs_enter(struct err *err)
{
	if (syscall(SYS_pivot_root, ".", ".") < 0) {
		if (errno != EINVAL)
			return err_sys(err, errno, "cannot pivot the root");
		if (move_root(err) < 0)
			return -1;
	} else if (umount2(".", MNT_DETACH) < 0) {
		return err_sys(err, errno, "cannot leave the host's root");
	}
	if (chdir("/") < 0)
		return err_sys(err, errno, "cannot enter the root");
	return 0;
}
