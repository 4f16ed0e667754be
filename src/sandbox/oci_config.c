/* Knows how a run is said in the words of the OCI runtime specification. */
#include "sandbox/oci_config.h"

#include <ctype.h>
#include <jansson.h>
#include <string.h>
#include <sys/utsname.h>

#include "sandbox/caps.h"
#include "sandbox/seccomp.h"

static void json_drop(json_t **json)
{
	json_decref(*json);
}
#define AUTO_JSON __attribute__((cleanup(json_drop)))

/* jansson wants UTF-8; NULL ends in an error at the end. */
static json_t *strings(const char *const *items, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		if (json_array_append_new(list, json_string(items[i])) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *words(const char *text)
{
	json_t *list = json_array();

	while (*text) {
		size_t len = strcspn(text, ",");

		json_array_append_new(list, json_stringn(text, len));
		text += len + (text[len] == ',');
	}
	return list;
}

/* ---- mounts ---- */

static void add_mount(json_t *list, const char *target, const char *type,
		      const char *source, const char *options)
{
	json_array_append_new(list,
		json_pack("{s:s, s:s, s:s, s:o}", "destination", target,
			  "type", type, "source", source, "options",
			  words(options)));
}

static void add_files(json_t *list, const struct run *run)
{
	static const char *const files[] = { "resolv.conf", "hostname",
					     "hosts" };

	for (size_t i = 0; i < 3; i++) {
		AUTO_FREE char *from = mem_printf("%s/%s", run->spec->scratch,
						  files[i]);
		AUTO_FREE char *to = mem_printf("/etc/%s", files[i]);

		add_mount(list, to, "bind", from, "rbind,rprivate");
	}
}

static bool is_volume(const struct run *run, const char *path)
{
	for (size_t i = 0; i < run->volume_count; i++)
		if (strcmp(run->volumes[i].path, path) == 0)
			return true;
	return false;
}

static json_t *mounts(const struct run *run)
{
	long long shm = run->spec->limits.shm_size;
	AUTO_FREE char *shm_options = mem_printf(
		"nosuid,noexec,nodev,mode=1777,size=%lld",
		shm > 0 ? shm : 64LL << 20);
	const char *const all[][4] = {
		{ "/proc", "proc", "proc", "nosuid,noexec,nodev" },
		{ "/dev", "tmpfs", "tmpfs",
		  "nosuid,strictatime,mode=755,size=65536k" },
		{ "/dev/pts", "devpts", "devpts",
		  "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5" },
		{ "/sys", run->nested ? "bind" : "sysfs",
		  run->nested ? "/sys" : "sysfs",
		  run->nested ? "rbind,ro" : "nosuid,noexec,nodev,ro" },
		{ "/sys/fs/cgroup", "cgroup", "cgroup",
		  "ro,nosuid,noexec,nodev" },
		{ "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev" },
		{ "/dev/shm", "tmpfs", "shm", shm_options },
	};
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		bool cgroup = strcmp(all[i][1], "cgroup") == 0;

		if (!(cgroup && run->nested) && !is_volume(run, all[i][0]))
			add_mount(list, all[i][0], all[i][1], all[i][2],
				  all[i][3]);
	}
	for (size_t i = 0; i < run->volume_count; i++)
		add_mount(list, run->volumes[i].path, "bind",
			  run->volumes[i].source, "rbind");
	add_files(list, run);
	return list;
}

/* ---- process ---- */

static json_t *groups(const struct account *account)
{
	json_t *list = json_array();
	bool primary = false;

	for (size_t i = 0; i < account->group_count; i++)
		primary |= account->groups[i] == account->gid;
	if (!primary)
		json_array_append_new(list, json_integer(account->gid));
	for (size_t i = 0; i < account->group_count; i++)
		json_array_append_new(list, json_integer(account->groups[i]));
	return list;
}

/* Who is not root gets none, which is what an execve would leave. */
static json_t *capabilities(bool root)
{
	json_t *list = json_array(), *sets = json_object();

	for (const struct cap *cap = caps_default(); cap->name; cap++)
		json_array_append_new(list, json_string(cap->name));
	json_object_set(sets, "bounding", list);
	if (root) {
		json_object_set(sets, "effective", list);
		json_object_set(sets, "permitted", list);
	}
	json_decref(list);
	return sets;
}

static json_t *rlimits(const struct strv *ulimits)
{
	json_t *list = json_array();
	struct err ignored = ERR_INIT;
	struct ulimit one;

	for (size_t i = 0; i < ulimits->count; i++) {
		AUTO_FREE char *type = NULL;

		if (sandbox_parse_ulimit(ulimits->items[i], &one, &ignored) < 0)
			continue; /* sandbox_check_limits has passed it */
		type = mem_printf("RLIMIT_%s", one.name);
		for (char *p = type; *p; p++)
			*p = (char)toupper((unsigned char)*p);
		json_array_append_new(list,
			json_pack("{s:s, s:I, s:I}", "type", type, "soft",
				  (json_int_t)one.soft, "hard",
				  (json_int_t)one.hard));
	}
	return list;
}

static json_t *process(const struct run *run)
{
	const struct sandbox_spec *spec = run->spec;

	return json_pack("{s:{s:I, s:I, s:o}, s:o, s:o, s:s, s:o, s:o, s:i}",
			 "user", "uid", (json_int_t)run->account.uid, "gid",
			 (json_int_t)run->account.gid, "additionalGids",
			 groups(&run->account), "args",
			 strings((const char *const *)spec->argv.items,
				 spec->argv.count),
			 "env",
			 strings((const char *const *)run->env.items,
				 run->env.count),
			 "cwd", run->cwd, "capabilities",
			 capabilities(run->account.uid == 0), "rlimits",
			 rlimits(&spec->limits.ulimits), "oomScoreAdj", 0);
}

/* ---- seccomp ---- */

static json_t *syscall_rule(json_t *names, const char *action)
{
	return json_pack("{s:o, s:s}", "names", names, "action", action);
}

static void add_compared(json_t *list)
{
	const struct seccomp_compare *rule = seccomp_compared();

	for (; rule->name; rule++) {
		bool masked = rule->mask != UINT64_MAX;
		json_t *one = syscall_rule(strings(&rule->name, 1),
					   "SCMP_ACT_ALLOW");
		json_t *arg = json_pack("{s:i, s:I, s:s}", "index", 0, "value",
					(json_int_t)(masked ? rule->mask :
						     rule->value),
					"op", masked ? "SCMP_CMP_MASKED_EQ" :
						       "SCMP_CMP_EQ");

		if (masked)
			json_object_set_new(arg, "valueTwo",
				json_integer((json_int_t)rule->value));
		json_object_set_new(one, "args", json_pack("[o]", arg));
		json_array_append_new(list, one);
	}
}

static json_t *seccomp(void)
{
	const struct seccomp_group *group = seccomp_allowed();
	const char *absent = SECCOMP_ABSENT;
	json_t *list = json_array(), *one;
	struct utsname host;
	bool arm;

	uname(&host);
	arm = strcmp(host.machine, "aarch64") == 0;
	for (; group->names; group++) {
		size_t count = 0;

		if (group->when == (arm ? SECCOMP_AMD64 : SECCOMP_ARM))
			continue;
		while (group->names[count])
			count++;
		json_array_append_new(list,
			syscall_rule(strings(group->names, count),
				     "SCMP_ACT_ALLOW"));
	}
	add_compared(list);
	one = syscall_rule(strings(&absent, 1), "SCMP_ACT_ERRNO");
	json_object_set_new(one, "errnoRet", json_integer(38));
	json_array_append_new(list, one);
	return json_pack("{s:s, s:o, s:o}", "defaultAction", "SCMP_ACT_ERRNO",
			 "architectures",
			 words(arm ? "SCMP_ARCH_AARCH64,SCMP_ARCH_ARM" :
			       "SCMP_ARCH_X86_64,SCMP_ARCH_X86,SCMP_ARCH_X32"),
			 "syscalls", list);
}

/* ---- resources ---- */

static json_t *device(bool allow, const char *type, int major, int minor)
{
	json_t *rule = json_pack("{s:b, s:s}", "allow", allow, "access",
				 "rwm");

	if (type) {
		json_object_set_new(rule, "type", json_string(type));
		json_object_set_new(rule, "major", json_integer(major));
		json_object_set_new(rule, "minor", json_integer(minor));
	}
	return rule;
}

static void put_integer(json_t *object, const char *key, int64_t value)
{
	if (value)
		json_object_set_new(object, key, json_integer(value));
}

static void put_text(json_t *object, const char *key, const char *value)
{
	if (value && *value)
		json_object_set_new(object, key, json_string(value));
}

static json_t *resources(const struct sandbox_limits *limits)
{
	json_t *memory = json_object(), *cpu = json_object();
	int64_t swap = limits->memory_swap;

	if (!swap && limits->memory > 0)
		swap = 2 * limits->memory;
	put_integer(memory, "limit", limits->memory);
	put_integer(memory, "swap", swap);
	put_integer(cpu, "shares", limits->cpu_shares);
	put_integer(cpu, "period", limits->cpu_period);
	put_integer(cpu, "quota", limits->cpu_quota);
	put_text(cpu, "cpus", limits->cpuset_cpus);
	put_text(cpu, "mems", limits->cpuset_mems);
	return json_pack("{s:[o,o,o,o,o,o,o], s:o, s:o}", "devices",
			 device(false, NULL, 0, 0), device(true, "c", 1, 5),
			 device(true, "c", 1, 3), device(true, "c", 1, 9),
			 device(true, "c", 1, 8), device(true, "c", 5, 0),
			 device(true, "c", 5, 1), "memory", memory, "cpu", cpu);
}

/* ---- the whole ---- */

static json_t *absolute(const char *const *paths)
{
	json_t *list = json_array();

	for (; *paths; paths++)
		json_array_append_new(list, json_sprintf("/%s", *paths));
	return list;
}

static json_t *namespaces(const struct run *run)
{
	const char *const types[] = { "mount", "uts", "pid", "ipc",
				      run->spec->network_none ? "network" :
								NULL,
				      run->cgroup2 ? "cgroup" : NULL };
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (types[i])
			json_array_append_new(list, json_pack("{s:s}", "type",
							      types[i]));
	return list;
}

static json_t *linux_part(const struct run *run)
{
	json_t *part = json_pack("{s:o, s:o, s:o, s:o}", "namespaces",
				 namespaces(run), "maskedPaths",
				 absolute(masks_hidden()), "readonlyPaths",
				 absolute(masks_readonly()), "seccomp",
				 seccomp());

	if (!run->nested) {
		json_object_set_new(part, "resources",
				    resources(&run->spec->limits));
		json_object_set_new(part, "cgroupsPath",
				    json_sprintf("/varve/%s", run->spec->id));
	}
	return part;
}

int oci_config_format(const struct run *run, char **out, struct err *err)
{
	AUTO_JSON json_t *config = json_pack(
		"{s:s, s:o, s:{s:s}, s:s, s:o, s:o}", "ociVersion",
		"1.0.2-dev", "process", process(run), "root", "path", "root",
		"hostname", run->spec->hostname, "mounts", mounts(run),
		"linux", linux_part(run));

	if (!config)
		return err_set(err, ERR_UNSUPPORTED,
			       "an OCI runtime takes no command or "
			       "environment that is not UTF-8");
	*out = json_dumps(config, JSON_COMPACT);
	if (!*out)
		return err_set(err, ERR_FAILED, "cannot write JSON");
	return 0;
}
