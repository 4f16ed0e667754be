/* Knows what of /proc and /sys Docker hides and what it write-protects. */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "sandbox/mount.h"
#include "sandbox/run.h"

const char *const *masks_hidden(void)
{
	static const char *const paths[] = {
		"proc/asound",	     "proc/acpi",	 "proc/kcore",
		"proc/keys",	     "proc/latency_stats",
		"proc/timer_list",   "proc/timer_stats",
		"proc/sched_debug",  "proc/scsi",	 "sys/firmware",
		NULL,
	};

	return paths;
}

const char *const *masks_readonly(void)
{
	static const char *const paths[] = {
		"proc/bus", "proc/fs", "proc/irq", "proc/sys",
		"proc/sysrq-trigger", NULL,
	};

	return paths;
}

static int protect(const char *path, struct err *err)
{
	if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) < 0)
		return errno == ENOENT ? 0 :
			err_sys(err, errno, "cannot bind '/%s'", path);
	return mount_read_only(path, err);
}

static int hide(const char *path, struct err *err)
{
	if (mount("dev/null", path, NULL, MS_BIND, NULL) == 0 ||
	    errno == ENOENT)
		return 0;
	if (errno != ENOTDIR ||
	    mount("tmpfs", path, "tmpfs", MS_RDONLY, "") < 0)
		return err_sys(err, errno, "cannot mask '/%s'", path);
	return 0;
}

int masks_apply(struct err *err)
{
	const char *const *path;

	for (path = masks_readonly(); *path; path++)
		if (protect(*path, err) < 0)
			return -1;
	for (path = masks_hidden(); *path; path++)
		if (hide(*path, err) < 0)
			return -1;
	return 0;
}
