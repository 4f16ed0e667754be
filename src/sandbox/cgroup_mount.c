/* Knows how Docker shows a process its cgroups, v1 or v2. */
#include "sandbox/cgroup_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fs.h"
#include "sandbox/mount.h"

#define TOP "/sys/fs/cgroup"
#define TARGET "sys/fs/cgroup"
#define FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)
#define PROC_MAX ((size_t)1024 * 1024)

bool cgroup_mount_is_v2(void)
{
	struct statfs st;

	return statfs(TOP, &st) == 0 && st.f_type == CGROUP2_SUPER_MAGIC;
}

/* "cpu,cpuacct" is one directory; each name is a link to it. */
static void link_members(const char *dir)
{
	const char *name = dir;

	if (!strchr(dir, ','))
		return;
	while (*name) {
		size_t len = strcspn(name, ",");
		AUTO_FREE char *link = mem_printf(TARGET "/%.*s", (int)len,
						  name);

		(void)!symlink(dir, link);
		name += len + (name[len] == ',');
	}
}

/* One line of /proc/self/cgroup, "4:memory:/varve": our own directory of the
 * hierarchy, read-only. What is not mounted is left out. */
static int bind_hierarchy(const char *names, const char *path,
			  struct err *err)
{
	const char *dir = strncmp(names, "name=", 5) == 0 ? names + 5 : names;
	AUTO_FREE char *source = mem_printf(TOP "/%s%s", dir, path);
	AUTO_FREE char *whole = mem_printf(TOP "/%s", dir);
	AUTO_FREE char *target = mem_printf(TARGET "/%s", dir);
	const char *from = access(source, F_OK) == 0 ? source : whole;

	if (access(from, F_OK) < 0)
		return 0;
	if (mkdir(target, 0755) < 0)
		return err_sys(err, errno, "cannot make '/%s'", target);
	if (mount(from, target, NULL, MS_BIND, NULL) < 0)
		return err_sys(err, errno, "cannot bind '%s'", from);
	if (mount(NULL, target, NULL,
		  MS_BIND | MS_REMOUNT | MS_RDONLY | MS_RELATIME | FLAGS,
		  NULL) < 0)
		return err_sys(err, errno, "cannot write-protect '/%s'",
			       target);
	link_members(dir);
	return 0;
}

/* The kernel lists the hierarchies last first; they are mounted in order. */
static int bind_hierarchies(char *text, struct err *err)
{
	AUTO(strv_release) struct strv lines = { 0 };
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		strv_add(&lines, line);
	for (size_t i = lines.count; i-- > 0;) {
		char *names = strchr(lines.items[i], ':');
		char *path = names ? strchr(names + 1, ':') : NULL;

		if (!path || path == names + 1) /* "0::/…" is v2 */
			continue;
		*path++ = '\0';
		if (bind_hierarchy(names + 1, path, err) < 0)
			return -1;
	}
	return 0;
}

static int mount_v1(struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct stat st;

	if (stat(TARGET, &st) < 0)
		return 0; /* no cgroups at all */
	if (fs_read(AT_FDCWD, "/proc/self/cgroup", PROC_MAX, &text, err) < 0)
		return -1;
	if (mount("tmpfs", TARGET, "tmpfs", FLAGS, "mode=755") < 0)
		return err_sys(err, errno, "cannot mount '/%s'", TARGET);
	if (text.data && bind_hierarchies(text.data, err) < 0)
		return -1;
	chmod(TARGET, st.st_mode & 07777);
	return 0;
}

static int mount_v2(struct err *err)
{
	if (mount("cgroup", TARGET, "cgroup2", FLAGS | MS_RDONLY, NULL) == 0)
		return 0;
	if (mount(TOP, TARGET, NULL, MS_BIND, NULL) < 0)
		return err_sys(err, errno, "cannot mount '/%s'", TARGET);
	return mount_read_only(TARGET, err);
}

int cgroup_mount(const struct run *run, struct err *err)
{
	/* A bound /sys shows the host's already. */
	if (run->nested && !run->spec->network_none)
		return 0;
	return run->cgroup2 ? mount_v2(err) : mount_v1(err);
}
