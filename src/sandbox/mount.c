/* Knows the two-step ways of mount(2). */
#include "sandbox/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A remount must repeat the flags that the mount has. */
static unsigned long flags_of(const char *path)
{
	static const struct {
		unsigned long stat, mount;
	} same[] = {
		{ ST_NOSUID, MS_NOSUID },   { ST_NODEV, MS_NODEV },
		{ ST_NOEXEC, MS_NOEXEC },   { ST_NOATIME, MS_NOATIME },
		{ ST_NODIRATIME, MS_NODIRATIME },
		{ ST_RELATIME, MS_RELATIME },
	};
	struct statvfs st;
	unsigned long flags = 0;

	if (statvfs(path, &st) < 0)
		return 0;
	for (unsigned int i = 0; i < sizeof(same) / sizeof(*same); i++)
		if (st.f_flag & same[i].stat)
			flags |= same[i].mount;
	return flags;
}

int mount_read_only(const char *path, struct err *err)
{
	unsigned long flags = MS_BIND | MS_REMOUNT | MS_RDONLY |
		flags_of(path);

	if (mount(NULL, path, NULL, flags, NULL) < 0)
		return err_sys(err, errno, "cannot write-protect '/%s'", path);
	return 0;
}

/* mount_setattr(2), whose headers do not agree with each other everywhere. */
struct attributes {
	uint64_t set, clear, propagation, userns_fd;
};
#define ATTRIBUTES 0xfu /* read-only, nosuid, nodev, noexec */

int mount_close(const char *path, struct err *err)
{
	const struct attributes attributes = { .set = ATTRIBUTES };

#ifdef SYS_mount_setattr
	if (syscall(SYS_mount_setattr, AT_FDCWD, path, AT_RECURSIVE,
		    &attributes, sizeof(attributes)) == 0)
		return 0;
#else
	(void)attributes;
#endif
	/* Before Linux 5.12 only the topmost one. */
	return mount_read_only(path, err);
}

int mount_bind(const char *source, const char *target, struct err *err)
{
	if (mount(source, target, NULL, MS_BIND | MS_REC, NULL) < 0)
		return err_sys(err, errno, "cannot bind '%s' to '/%s'",
			       source, target);
	return 0;
}
