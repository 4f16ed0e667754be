/* Knows which limits Docker's daemon refuses, and the names of ulimits. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>

#include "base/fs.h"
#include "sandbox/run.h"
#include "spec/gofmt.h"

#define MEMORY_MIN ((int64_t)6 * 1024 * 1024)
#define CPUSET_MAX ((size_t)64 * 1024)
#define CPU_MAX 8192

/* ---- CPUs and memory nodes ---- */

/* Reads "0-2,7" into a set; false: it is not one. */
static bool cpuset_parse(const char *text, bool set[CPU_MAX])
{
	while (*text) {
		size_t len = strcspn(text, ",\n"), dash;
		AUTO_FREE char *part = mem_strndup(text, len);
		long first, last;

		dash = strcspn(part, "-");
		last = -1;
		if (part[dash] == '-' && !gofmt_atoi(part + dash + 1, &last))
			return false;
		part[dash] = '\0';
		if (!gofmt_atoi(part, &first))
			return false;
		if (last < 0)
			last = first;
		if (first < 0 || first > last || last >= CPU_MAX)
			return false;
		while (first <= last)
			set[first++] = true;
		text += len;
		text += *text != '\0';
	}
	return true;
}

static int available(const char *kind, struct buf *text, struct err *err)
{
	static const char *const places[] = {
		"/sys/fs/cgroup/cpuset/cpuset.%s",
		"/sys/fs/cgroup/cpuset.%s.effective",
	};

	for (int i = 0; i < 2; i++) {
		AUTO(buf_release) struct buf path = BUF_INIT;
		const char *mark = strchr(places[i], '%');

		buf_add(&path, places[i], (size_t)(mark - places[i]));
		buf_adds(&path, kind);
		buf_adds(&path, mark + 2);
		if (fs_read(AT_FDCWD, path.data, CPUSET_MAX, text, err) == 1) {
			text->data[strcspn(text->data, "\n")] = '\0';
			return 1;
		}
	}
	return 0;
}

static int cpuset_check(const char *kind, const char *words,
			const char *wanted, struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	AUTO_FREE bool *want = mem_array(CPU_MAX, sizeof(bool));
	AUTO_FREE bool *have = mem_array(CPU_MAX, sizeof(bool));

	if (!wanted || !wanted[0])
		return 0;
	if (!cpuset_parse(wanted, want))
		return err_set(err, ERR_INPUT,
			       "Invalid value %s for cpuset %s: "
			       "invalid format: %s",
			       wanted, kind, wanted);
	if (available(kind, &text, err) <= 0 ||
	    !cpuset_parse(text.data, have))
		return 0; /* setting it will say what is wrong */
	for (int i = 0; i < CPU_MAX; i++)
		if (want[i] && !have[i])
			return err_set(err, ERR_INPUT,
				       "Requested %s are not available - "
				       "requested %s, available: %s",
				       words, wanted, text.data);
	return 0;
}

/* ---- what the daemon refuses ---- */

static const char *refusal(const struct sandbox_limits *l)
{
	if (l->memory > 0 && l->memory < MEMORY_MIN)
		return "Minimum memory limit allowed is 6MB";
	if (l->memory > 0 && l->memory_swap > 0 && l->memory_swap < l->memory)
		return "Minimum memoryswap limit should be larger than "
		       "memory limit, see usage";
	if (l->memory == 0 && l->memory_swap > 0)
		return "You should always set the Memory limit when using "
		       "Memoryswap limit, see usage";
	if (l->cpu_period != 0 &&
	    (l->cpu_period < 1000 || l->cpu_period > 1000000))
		return "CPU cfs period can not be less than 1ms (i.e. 1000) "
		       "or larger than 1s (i.e. 1000000)";
	if (l->cpu_quota > 0 && l->cpu_quota < 1000)
		return "CPU cfs quota can not be less than 1ms (i.e. 1000)";
	if (l->shm_size < 0)
		return "SHM size can not be less than 0";
	return NULL;
}

int limits_check_start(const struct sandbox_limits *limits, struct err *err)
{
	if (limits->cpu_shares >= 0 && limits->cpu_shares != 1)
		return 0;
	return err_set(err, ERR_INPUT, RUN_INIT "error setting cgroup config "
		       "for procHooks process: the minimum allowed cpu-shares "
		       "is 2: unknown");
}

int sandbox_check_limits(const struct sandbox_limits *limits, struct err *err)
{
	const char *text = refusal(limits);
	struct ulimit ulimit;

	if (text)
		return err_set(err, ERR_INPUT, "%s", text);
	for (size_t i = 0; i < limits->ulimits.count; i++)
		if (sandbox_parse_ulimit(limits->ulimits.items[i], &ulimit,
					 err) < 0)
			return -1;
	if (cpuset_check("cpus", "CPUs", limits->cpuset_cpus, err) < 0)
		return -1;
	return cpuset_check("mems", "memory nodes", limits->cpuset_mems, err);
}

/* ---- ulimits ---- */

static const struct {
	const char *name;
	int resource;
} ulimit_names[] = {
	{ "core", RLIMIT_CORE },	 { "cpu", RLIMIT_CPU },
	{ "data", RLIMIT_DATA },	 { "fsize", RLIMIT_FSIZE },
	{ "locks", RLIMIT_LOCKS },	 { "memlock", RLIMIT_MEMLOCK },
	{ "msgqueue", RLIMIT_MSGQUEUE }, { "nice", RLIMIT_NICE },
	{ "nofile", RLIMIT_NOFILE },	 { "nproc", RLIMIT_NPROC },
	{ "rss", RLIMIT_RSS },		 { "rtprio", RLIMIT_RTPRIO },
	{ "rttime", RLIMIT_RTTIME },	 { "sigpending", RLIMIT_SIGPENDING },
	{ "stack", RLIMIT_STACK },
};

/* RLIMIT_..., or -1. */
static int resource_of(const char *name, const char **out)
{
	for (size_t i = 0; i < sizeof(ulimit_names) / sizeof(*ulimit_names);
	     i++)
		if (strcmp(ulimit_names[i].name, name) == 0) {
			*out = ulimit_names[i].name;
			return ulimit_names[i].resource;
		}
	return -1;
}

bool sandbox_is_ulimit(const char *name)
{
	const char *found;

	return resource_of(name, &found) >= 0;
}

int sandbox_parse_ulimit(const char *text, struct ulimit *out, struct err *err)
{
	size_t len = strcspn(text, "=");
	const char *value = text[len] ? text + len + 1 : "";
	size_t soft_len = strcspn(value, ":");
	AUTO_FREE char *name = mem_strndup(text, len);
	AUTO_FREE char *soft_text = mem_strndup(value, soft_len);
	const char *found;
	int resource = resource_of(name, &found);
	long soft, hard;

	if (!gofmt_atoi(soft_text, &soft))
		return err_set(err, ERR_USAGE, "invalid ulimit '%s'", text);
	hard = soft;
	if (value[soft_len] && !gofmt_atoi(value + soft_len + 1, &hard))
		return err_set(err, ERR_USAGE, "invalid ulimit '%s'", text);
	if (resource < 0)
		return err_set(err, ERR_USAGE, "invalid ulimit type: %s",
			       name);
	*out = (struct ulimit){ found, resource, (uint64_t)soft,
				(uint64_t)hard };
	return 0;
}

static int apply(const char *text, struct err *err)
{
	struct ulimit ulimit;
	struct rlimit limit;

	if (sandbox_parse_ulimit(text, &ulimit, err) < 0)
		return -1;
	limit.rlim_cur = (rlim_t)ulimit.soft; /* -1 is RLIM_INFINITY */
	limit.rlim_max = (rlim_t)ulimit.hard;
	if (setrlimit((__rlimit_resource_t)ulimit.resource, &limit) < 0)
		return err_set(err, ERR_DENIED,
			       RUN_INIT "error setting rlimits for ready "
			       "process: error setting rlimit type %d: %s: "
			       "unknown",
			       ulimit.resource,
			       errno == EPERM ? "operation not permitted" :
						strerror(errno));
	return 0;
}

int limits_apply(const struct sandbox_limits *limits, struct err *err)
{
	struct rlimit files;

	/* The daemon, like every Go program, raises its own. */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	for (size_t i = 0; i < limits->ulimits.count; i++)
		if (apply(limits->ulimits.items[i], err) < 0)
			return -1;
	return 0;
}
