/* Knows where cgroups are mounted, which file takes which limit, and which
 * directories a run enters. */
#include "sandbox/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fs.h"
#include "sandbox/devices.h"

#define TOP "/sys/fs/cgroup"
#define VALUE_MAX ((size_t)64 * 1024)

/* What is to be limited, in the words of both versions. */
struct limit {
	const char *what, *controller;
	const char *v1_file, *v2_file;
	char v1[64], v2[64];
	const char *text; /* instead of v1 and v2 */
	bool optional;    /* not asked for: set where the kernel can */
};

/* ---- files ---- */

static int write_value(const char *dir, const char *file, const char *value,
		       struct err *err)
{
	AUTO_FREE char *path = mem_printf("%s/%s", dir, file);
	AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return err_sys(err, errno, "cannot write '%s'", path);
	return 0;
}

static int make_dir(const char *path)
{
	return mkdir(path, 0755) < 0 && errno != EEXIST ? -1 : 0;
}

static bool is_cgroup2(const char *path)
{
	struct statfs st;

	return statfs(path, &st) == 0 && st.f_type == CGROUP2_SUPER_MAGIC;
}

/* The mount point of cgroup v2, or NULL. */
static const char *cgroup2_mount(void)
{
	if (is_cgroup2(TOP))
		return TOP;
	return is_cgroup2(TOP "/unified") ? TOP "/unified" : NULL;
}

/* ---- what all runs share ---- */

static bool share_v2(struct cgroup *cgroup)
{
	const char *top = cgroup2_mount();
	AUTO_FREE char *dir = NULL, *shared = NULL;
	AUTO_FD int fd = -1;

	if (!top)
		return false;
	dir = mem_printf("%s/varve", top);
	shared = mem_printf("%s/shared", dir);
	if (make_dir(dir) < 0)
		return false;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || devices_attach(fd) < 0 || make_dir(shared) < 0)
		return false;
	cgroup->fd = open(shared, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return cgroup->fd >= 0;
}

static bool share_v1(struct cgroup *cgroup)
{
	static const char dir[] = TOP "/devices/varve";

	if (is_cgroup2(TOP) || make_dir(dir) < 0 || devices_write(dir) < 0)
		return false;
	strv_add(&cgroup->enter, dir);
	return true;
}

/* ---- the limits of one run ---- */

/* v2 weighs 1..10000 where v1 has 2..262144 shares. */
static long long weight_of(int64_t shares)
{
	return shares < 2 ? 0 : 1 + ((long long)shares - 2) * 9999 / 262142;
}

static int64_t swap_of(const struct sandbox_limits *limits)
{
	if (limits->memory_swap)
		return limits->memory_swap;
	/* As Docker: as much swap again as there is memory. */
	return limits->memory > 0 ? 2 * limits->memory : 0;
}

static struct limit *limit_add(struct limit *list, size_t *count,
			       const char *what, const char *controller,
			       const char *v1_file, const char *v2_file)
{
	struct limit *limit = &list[(*count)++];

	*limit = (struct limit){ .what = what, .controller = controller,
				 .v1_file = v1_file, .v2_file = v2_file };
	return limit;
}

static void __attribute__((format(printf, 2, 3)))
say(char out[64], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out, 64, fmt, ap);
	va_end(ap);
}

static void memory_limits(const struct sandbox_limits *limits,
			  struct limit *list, size_t *count)
{
	long long memory = limits->memory, swap = swap_of(limits);
	struct limit *one;

	if (memory <= 0)
		return;
	one = limit_add(list, count, "memory", "memory",
			"memory.limit_in_bytes", "memory.max");
	say(one->v1, "%lld", memory);
	say(one->v2, "%lld", memory);
	if (swap <= 0)
		return;
	one = limit_add(list, count, "swap", "memory",
			"memory.memsw.limit_in_bytes", "memory.swap.max");
	say(one->v1, "%lld", swap);
	say(one->v2, "%lld", swap - memory);
	one->optional = limits->memory_swap == 0;
}

static void cpu_limits(const struct sandbox_limits *limits,
		       struct limit *list, size_t *count)
{
	long long shares = limits->cpu_shares, quota = limits->cpu_quota;
	long long period = limits->cpu_period ? limits->cpu_period : 100000;
	struct limit *one;

	if (shares) {
		one = limit_add(list, count, "CPU shares", "cpu",
				"cpu.shares", "cpu.weight");
		say(one->v1, "%lld", shares);
		say(one->v2, "%lld", weight_of(shares));
	}
	if (limits->cpu_period) {
		one = limit_add(list, count, "the CPU period", "cpu",
				"cpu.cfs_period_us", "cpu.max");
		say(one->v1, "%lld", period);
		say(one->v2, "max %lld", period);
	}
	if (quota > 0) {
		one = limit_add(list, count, "the CPU quota", "cpu",
				"cpu.cfs_quota_us", "cpu.max");
		say(one->v1, "%lld", quota);
		say(one->v2, "%lld %lld", quota, period);
	}
}

#define LIMITS_MAX 8

static size_t limits_list(const struct sandbox_limits *limits,
			  struct limit list[LIMITS_MAX])
{
	size_t count = 0;

	memory_limits(limits, list, &count);
	cpu_limits(limits, list, &count);
	if (limits->cpuset_cpus && limits->cpuset_cpus[0])
		limit_add(list, &count, "CPUs", "cpuset", "cpuset.cpus",
			  "cpuset.cpus")->text = limits->cpuset_cpus;
	if (limits->cpuset_mems && limits->cpuset_mems[0])
		limit_add(list, &count, "memory nodes", "cpuset",
			  "cpuset.mems", "cpuset.mems")->text =
			limits->cpuset_mems;
	return count;
}

/* A new cpuset is empty, and nothing may enter it so. */
static int inherit_cpuset(const char *from, const char *to, struct err *err)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };

	for (int i = 0; i < 2; i++) {
		AUTO_FREE char *path = mem_printf("%s/%s", from, files[i]);
		AUTO(buf_release) struct buf text = BUF_INIT;

		if (fs_read(AT_FDCWD, path, VALUE_MAX, &text, err) <= 0)
			return -1;
		if (write_value(to, files[i], text.data, err) < 0)
			return -1;
	}
	return 0;
}

/* <top>/<controller>/varve/<id>, made if it is not there. */
static int v1_dir(struct cgroup *cgroup, const char *controller,
		  const char *id, char **out, struct err *err)
{
	AUTO_FREE char *top = mem_printf(TOP "/%s", controller);
	AUTO_FREE char *varve = mem_printf("%s/varve", top);
	AUTO_FREE char *dir = mem_printf("%s/%s", varve, id);

	if (!strv_has(&cgroup->made, dir)) {
		bool cpuset = strcmp(controller, "cpuset") == 0;

		if (make_dir(varve) < 0 || mkdir(dir, 0755) < 0)
			return err_sys(err, errno, "cannot make '%s'", dir);
		strv_add(&cgroup->made, dir);
		strv_add(&cgroup->enter, dir);
		if (cpuset && (inherit_cpuset(top, varve, err) < 0 ||
			       inherit_cpuset(top, dir, err) < 0))
			return -1;
	}
	*out = STEAL(dir);
	return 0;
}

static int v2_dir(struct cgroup *cgroup, const char *controller,
		  const char *id, char **out, struct err *err)
{
	AUTO_FREE char *dir = mem_printf(TOP "/varve/%s", id);
	AUTO_FREE char *enable = mem_printf("+%s", controller);

	if (make_dir(TOP "/varve") < 0)
		return err_sys(err, errno, "cannot make '%s'", TOP "/varve");
	if (write_value(TOP, "cgroup.subtree_control", enable, err) < 0 ||
	    write_value(TOP "/varve", "cgroup.subtree_control", enable,
			err) < 0)
		return -1;
	if (!strv_has(&cgroup->made, dir)) {
		if (mkdir(dir, 0755) < 0)
			return err_sys(err, errno, "cannot make '%s'", dir);
		strv_add(&cgroup->made, dir);
		if (cgroup->fd >= 0)
			close(cgroup->fd);
		cgroup->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	*out = STEAL(dir);
	return 0;
}

static int set_limit(struct cgroup *cgroup, const struct limit *limit,
		     const char *id, struct err *err)
{
	bool v2 = is_cgroup2(TOP);
	const char *file = v2 ? limit->v2_file : limit->v1_file;
	const char *value = v2 ? limit->v2 : limit->v1;
	AUTO_FREE char *dir = NULL;

	if ((v2 ? v2_dir : v1_dir)(cgroup, limit->controller, id, &dir,
				   err) < 0)
		return -1;
	return write_value(dir, file, limit->text ? limit->text : value, err);
}

int cgroup_open(const struct sandbox_spec *spec, struct cgroup *out,
		struct err *err)
{
	AUTO(cgroup_close) struct cgroup cgroup = { .fd = -1 };
	struct limit list[LIMITS_MAX];
	size_t count = limits_list(&spec->limits, list);

	/* In a user namespace no device can be opened anyway. */
	if (!spec->user_xattr)
		cgroup.devices = share_v2(&cgroup) || share_v1(&cgroup);
	for (size_t i = 0; i < count; i++) {
		if (set_limit(&cgroup, &list[i], spec->id, err) == 0 ||
		    list[i].optional)
			continue;
		err_wrap(err, "limiting %s is not supported here",
			 list[i].what);
		err->kind = ERR_UNSUPPORTED;
		return -1;
	}
	*out = cgroup;
	cgroup = (struct cgroup){ .fd = -1 };
	return 0;
}

void cgroup_close(struct cgroup *cgroup)
{
	if (cgroup->fd >= 0)
		close(cgroup->fd);
	for (size_t i = 0; i < cgroup->made.count; i++)
		rmdir(cgroup->made.items[i]);
	strv_release(&cgroup->enter);
	strv_release(&cgroup->made);
	*cgroup = (struct cgroup){ .fd = -1 };
}

int cgroup_enter(const struct cgroup *cgroup, struct err *err)
{
	for (size_t i = 0; i < cgroup->enter.count; i++)
		if (write_value(cgroup->enter.items[i], "cgroup.procs", "0",
				err) < 0)
			return -1;
	return 0;
}

static int sweep(void *arg, int dir, const char *name, struct err *err)
{
	AUTO_FREE char *path = mem_printf("%s/varve/%s", name,
					  (const char *)arg);

	(void)err;
	unlinkat(dir, path, AT_REMOVEDIR);
	return 0;
}

void cgroup_sweep(const char *id)
{
	AUTO_FREE char *path = mem_printf(TOP "/varve/%s", id);
	struct err ignored = ERR_INIT;

	rmdir(path);
	fs_each(AT_FDCWD, TOP, sweep, (void *)(uintptr_t)id, &ignored);
}
