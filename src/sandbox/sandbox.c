/* Knows what is the same for both makers: the environment, the files, the
 * limits, and what is cleared away afterwards. */
#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>

#include "base/fs.h"
#include "sandbox/cgroup_mount.h"
#include "sandbox/run.h"
#include "sandbox/supervise.h"
#include "sandbox/userns.h"

#define DEFAULT_PATH                                                           \
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static void run_release(struct run *run)
{
	strv_release(&run->env);
	free(run->root);
	cgroup_close(&run->cgroup);
}
AUTO_DEFINE_IN_PLACE(struct run, run_release)

/* A later value takes the place of an earlier one. */
static void env_put(struct strv *env, const char *item)
{
	size_t len = strcspn(item, "=");

	if (item[len] == '\0')
		return; /* Docker lets such an entry remove the variable */
	for (size_t i = 0; i < env->count; i++)
		if (strncmp(env->items[i], item, len + 1) == 0) {
			free(env->items[i]);
			env->items[i] = mem_strdup(item);
			return;
		}
	strv_add(env, item);
}

static void env_make(struct strv *env, const struct sandbox_spec *spec)
{
	AUTO_FREE char *hostname = mem_printf("HOSTNAME=%s", spec->hostname);

	env_put(env, DEFAULT_PATH);
	env_put(env, hostname);
	for (size_t i = 0; i < spec->env.count; i++)
		env_put(env, spec->env.items[i]);
}

/* What the kernel keeps there is of no use to anyone after the run. */
static int clear_visit(void *arg, int dir, const char *name, struct err *err)
{
	(void)arg;
	return fs_remove_tree(dir, name, err);
}

static void clear_work(const struct sandbox_spec *spec)
{
	struct err ignored = ERR_INIT;

	fs_each(AT_FDCWD, spec->work, clear_visit, NULL, &ignored);
}

static int run_builtin(struct run *run, struct supervised *what,
		       struct sandbox_result *result, struct err *err)
{
	if (cgroup_open(run->spec, &run->cgroup, err) < 0)
		return -1;
	what->main = builtin_run;
	what->cgroup_fd = run->cgroup.fd;
	what->namespaces = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS |
		(run->spec->network_none ? CLONE_NEWNET : 0) |
		(run->cgroup2 ? CLONE_NEWCGROUP : 0);
	return supervise(what, result, err);
}

/* A runtime that cannot start the command says so on the command's standard
 * error too; the error that we return is enough. */
struct filter {
	sandbox_output *output;
	void *arg;
};

static int pass_command(void *arg, int stream, const char *bytes, size_t len)
{
	const struct filter *filter = arg;
	size_t word = strlen(OCI_FAILED);

	if (stream == 2 && len > word && memcmp(bytes, OCI_FAILED, word) == 0)
		return 0;
	return filter->output(filter->arg, stream, bytes, len);
}

static int run_oci(struct run *run, struct supervised *what,
		   struct sandbox_result *result, struct err *err)
{
	struct filter filter = { what->output, what->output_arg };

	run->cgroup.devices = true; /* the runtime sees to it */
	what->main = oci_run;
	what->namespaces = CLONE_NEWNS;
	what->output = pass_command;
	what->output_arg = &filter;
	if (supervise(what, result, err) == 0)
		return 0;
	cgroup_sweep(run->spec->id);
	return -1;
}

int sandbox_run(const struct sandbox_spec *spec, sandbox_output *output,
		void *arg, int cancel_fd, struct sandbox_result *result,
		struct err *err)
{
	AUTO(run_release) struct run run = {
		.spec = spec, .cgroup = { .fd = -1 }, .root_fd = -1,
		.nested = userns_inside(), .cgroup2 = cgroup_mount_is_v2(),
	};
	struct supervised what = {
		.arg = &run, .cgroup_fd = -1, .output = output,
		.output_arg = arg, .cancel_fd = cancel_fd,
		.interactive = spec->interactive, .terminal = spec->terminal,
	};
	int rc;

	if (spec->argv.count == 0)
		return err_set(err, ERR_INPUT, "No command specified");
	if (limits_check_start(&spec->limits, err) < 0) {
		output(arg, SANDBOX_CREATED, "", 0); /* its runtime says so */
		return -1;
	}
	if (files_write(spec, err) < 0)
		return -1;
	run.root = mem_printf("%s/root", spec->scratch);
	env_make(&run.env, spec);
	rc = (spec->runtime ? run_oci : run_builtin)(&run, &what, result, err);
	clear_work(spec);
	return rc;
}
