/* Knows the file systems that every container of Docker has, and their
 * order. All targets are relative to the image's root, which is the current
 * directory; all sources are the host's. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fs.h"
#include "sandbox/cgroup_mount.h"
#include "sandbox/mount.h"
#include "sandbox/run.h"
#include "sandbox/scope.h"
#include "sandbox/volume.h"

#define NOTHING (MS_NOSUID | MS_NODEV | MS_NOEXEC)

struct filesystem {
	const char *target, *type, *source;
	unsigned long flags;
	const char *data;
	/* Another way, when it was not permitted; or NULL. */
	int (*otherwise)(struct err *err);
};

static bool is_volume(const struct run *run, const char *target)
{
	for (size_t i = 0; i < run->volume_count; i++)
		if (strcmp(run->volumes[i].target, target) == 0)
			return true;
	return false;
}

/* A tmpfs gets the mode of the directory that it hides, as with runc. */
static void keep_mode(const char *target, const struct stat *before)
{
	chmod(target, before->st_mode & 07777);
}

static int mount_one(const struct filesystem *fs, struct err *err)
{
	struct stat st;
	bool existed = stat(fs->target, &st) == 0;

	if (!existed && fs_mkdir_p(AT_FDCWD, fs->target, 0755, err) < 0)
		return -1;
	if (mount(fs->source, fs->target, fs->type, fs->flags, fs->data) < 0) {
		if (fs->otherwise && (errno == EPERM || errno == EACCES))
			return fs->otherwise(err);
		return err_sys(err, errno, "cannot mount '/%s'", fs->target);
	}
	if (existed && strcmp(fs->type, "tmpfs") == 0)
		keep_mode(fs->target, &st);
	return 0;
}

/* The host's network belongs to another user namespace: so does its /sys. */
static int bind_sys(struct err *err)
{
	if (mount_bind("/sys", "sys", err) < 0)
		return -1;
	return mount_close("sys", err);
}

static int mount_filesystems(const struct run *run, struct err *err)
{
	int64_t shm = run->spec->limits.shm_size;
	char shm_data[64];
	const struct filesystem list[] = {
		{ "proc", "proc", "proc", NOTHING, NULL, NULL },
		{ "dev", "tmpfs", "tmpfs", MS_NOSUID | MS_STRICTATIME,
		  "mode=755,size=65536k", NULL },
		{ "dev/pts", "devpts", "devpts", MS_NOSUID | MS_NOEXEC,
		  "newinstance,ptmxmode=0666,mode=0620,gid=5", NULL },
		{ "sys", "sysfs", "sysfs", NOTHING | MS_RDONLY, NULL,
		  bind_sys },
		{ NULL, NULL, NULL, 0, NULL, NULL }, /* cgroups */
		{ "dev/mqueue", "mqueue", "mqueue", NOTHING, NULL, NULL },
		{ "dev/shm", "tmpfs", "shm", NOTHING, shm_data, NULL },
	};

	snprintf(shm_data, sizeof(shm_data), "mode=1777,size=%lld",
		 (long long)(shm > 0 ? shm : 64 << 20));
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
		const struct filesystem *fs = &list[i];

		if (!fs->target && cgroup_mount(run, err) < 0)
			return -1;
		if (fs->target && !is_volume(run, fs->target) &&
		    mount_one(fs, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- volumes, and the files of /etc ---- */

static int bind_volume(const struct volume *volume, struct err *err)
{
	/* The mount point stays in the layer. */
	if (scope_mkdirs(AT_FDCWD, volume->target, err) < 0)
		return -1;
	return mount_bind(volume->source, volume->target, err);
}

static int bind_file(const struct run *run, const char *name,
		     struct err *err)
{
	AUTO_FREE char *source = mem_printf("%s/%s", run->spec->scratch, name);
	AUTO_FREE char *target = mem_printf("etc/%s", name);

	return mount_bind(source, target, err);
}

static int bind_files(const struct run *run, struct err *err)
{
	static const char *const files[] = { "resolv.conf", "hostname",
					     "hosts" };

	for (size_t i = 0; i < 3; i++)
		if (bind_file(run, files[i], err) < 0)
			return -1;
	return 0;
}

/* By depth, as Docker sorts; the files of /etc have one of two. */
static int bind_all(const struct run *run, struct err *err)
{
	bool files = false;

	for (size_t i = 0; i < run->volume_count; i++) {
		const struct volume *volume = &run->volumes[i];

		if (!files && volume_depth(volume) > 2) {
			files = true;
			if (bind_files(run, err) < 0)
				return -1;
		}
		if (bind_volume(volume, err) < 0)
			return -1;
	}
	return files ? 0 : bind_files(run, err);
}

/* ---- /dev ---- */

static int bind_device(const char *path, struct err *err)
{
	AUTO_FREE char *host = mem_printf("/%s", path);
	AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		return err_sys(err, errno, "cannot make '/%s'", path);
	return mount_bind(host, path, err);
}

static int make_device(const struct run *run, const char *name,
		       unsigned int major, unsigned int minor,
		       struct err *err)
{
	AUTO_FREE char *path = mem_printf("dev/%s", name);

	/* In a user namespace nobody makes devices. */
	if (run->nested)
		return bind_device(path, err);
	if (mknod(path, S_IFCHR | 0666, makedev(major, minor)) < 0 &&
	    errno != EEXIST)
		return errno == EPERM ? bind_device(path, err) :
			err_sys(err, errno, "cannot make '/%s'", path);
	if (chmod(path, 0666) < 0 || chown(path, 0, 0) < 0)
		return err_sys(err, errno, "cannot chmod '/%s'", path);
	return 0;
}

static int make_devices(const struct run *run, struct err *err)
{
	static const struct {
		const char *name;
		unsigned int major, minor;
	} nodes[] = {
		{ "null", 1, 3 }, { "random", 1, 8 }, { "full", 1, 7 },
		{ "tty", 5, 0 },  { "zero", 1, 5 },   { "urandom", 1, 9 },
	};
	static const char *const links[][2] = {
		{ "/proc/self/fd", "dev/fd" },
		{ "/proc/self/fd/0", "dev/stdin" },
		{ "/proc/self/fd/1", "dev/stdout" },
		{ "/proc/self/fd/2", "dev/stderr" },
		{ "/proc/kcore", "dev/core" },
		{ "pts/ptmx", "dev/ptmx" },
	};

	for (size_t i = 0; i < sizeof(nodes) / sizeof(*nodes); i++)
		if (make_device(run, nodes[i].name, nodes[i].major,
				nodes[i].minor, err) < 0)
			return -1;
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		/* Not every kernel has it. */
		if (strcmp(links[i][1], "dev/core") == 0 &&
		    access("/proc/kcore", F_OK) < 0)
			continue;
		if (symlink(links[i][0], links[i][1]) < 0 && errno != EEXIST)
			return err_sys(err, errno, "cannot make '/%s'",
				       links[i][1]);
	}
	return 0;
}

int mounts_make(const struct run *run, struct err *err)
{
	if (mount_filesystems(run, err) < 0 || bind_all(run, err) < 0)
		return -1;
	/* With a volume there, runc leaves /dev alone. */
	return is_volume(run, "dev") ? 0 : make_devices(run, err);
}
