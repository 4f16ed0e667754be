/* Knows how a runtime such as runc or crun is run, and how it says that it
 * could not start the command. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/fs.h"
#include "sandbox/oci_config.h"
#include "sandbox/process.h"
#include "sandbox/run.h"
#include "spec/gofmt.h"

#define LOG_MAX ((size_t)1024 * 1024)

static int write_config(const struct run *run, struct err *err)
{
	AUTO_FREE char *path = mem_printf("%s/config.json",
					  run->spec->scratch);
	AUTO_FREE char *text = NULL;
	AUTO_FD int fd = -1;

	if (oci_config_format(run, &text, err) < 0)
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, errno, "cannot create '%s'", path);
	return fs_write_all(fd, text, strlen(text), err);
}

/* The runtime hands its own on, detached as it runs. */
static int set_streams(const struct account *account, struct err *err)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return err_sys(err, errno, "cannot open /dev/null");
	if (fchown(STDOUT_FILENO, (uid_t)account->uid, (gid_t)-1) < 0 ||
	    fchown(STDERR_FILENO, (uid_t)account->uid, (gid_t)-1) < 0)
		return err_sys(err, errno, "cannot give the output to %ld",
			       account->uid);
	process_cloexec_from(STDERR_FILENO + 1);
	return 0;
}

/* ---- the runtime's own process ---- */

/* Debian keeps runc where an ordinary PATH does not look. */
static void exec_runtime(const char *name, char *const argv[])
{
	static const char *const more[] = { "/usr/sbin", "/sbin",
					    "/usr/local/sbin" };

	execvp(name, argv);
	if (strchr(name, '/') || errno != ENOENT)
		return;
	for (size_t i = 0; i < 3; i++) {
		AUTO_FREE char *path = mem_printf("%s/%s", more[i], name);

		execv(path, argv);
	}
	errno = ENOENT;
}

/* "run" and its options, or "delete"; NULL ends them. What execve says goes
 * through a pipe that a successful one closes. */
static int run_runtime(const struct run *run, const char *const *words,
		       int *status, struct err *err)
{
	const char *name = run->spec->runtime;
	AUTO(strv_release) struct strv argv = { 0 };
	int failed[2], why = 0;
	pid_t pid;

	strv_add(&argv, name);
	strv_add(&argv, "--root");
	strv_take(&argv, mem_printf("%s/state", run->spec->scratch));
	strv_add(&argv, "--log");
	strv_take(&argv, mem_printf("%s/runtime.log", run->spec->scratch));
	strv_add(&argv, "--log-format");
	strv_add(&argv, "json");
	for (; *words; words++)
		strv_add(&argv, *words);
	strv_add(&argv, run->spec->id);
	argv.items = mem_grow(argv.items, argv.count + 1, sizeof(char *));
	argv.items[argv.count] = NULL;
	if (pipe2(failed, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		return err_sys(err, errno, "cannot fork");
	if (pid == 0) {
		exec_runtime(name, argv.items);
		why = errno;
		(void)!write(failed[1], &why, sizeof(why));
		_exit(1);
	}
	close(failed[1]);
	(void)!read(failed[0], &why, sizeof(why));
	close(failed[0]);
	/* The command may end, and become our child, before the runtime does. */
	*status = process_wait_alone(pid);
	return why ? err_sys(err, why, "cannot run '%s'", name) : 0;
}

/* ---- when it could not ---- */

/* As Docker's daemon passes on what its runtime said. */
static int refuse(const char *said, struct err *err)
{
	size_t len = strlen(OCI_FAILED);

	if (strncmp(said, OCI_FAILED, len) == 0)
		return err_set(err, ERR_INPUT,
			       RUN_SHIM "runc create failed: %s: unknown",
			       said + len);
	return err_set(err, ERR_INPUT, RUN_SHIM "%s: unknown", said);
}

/* One line of the log; -1 if it is an error. */
static int read_line(const char *line, size_t len, struct err *err)
{
	json_t *entry = json_loadb(line, len, 0, NULL);
	const char *level = json_string_value(json_object_get(entry, "level"));
	const char *said = json_string_value(json_object_get(entry, "msg"));
	int rc = 0;

	if (level && said && strcmp(level, "error") == 0)
		rc = refuse(said, err);
	json_decref(entry);
	return rc;
}

static int not_started(const struct run *run, int status, struct err *err)
{
	AUTO_FREE char *path = mem_printf("%s/runtime.log",
					  run->spec->scratch);
	AUTO(buf_release) struct buf log = BUF_INIT;
	struct err ignored = ERR_INIT;
	const char *at;

	if (fs_read(AT_FDCWD, path, LOG_MAX, &log, &ignored) == 1)
		for (at = log.data; *at;) {
			size_t len = strcspn(at, "\n");

			if (read_line(at, len, err) < 0)
				return -1;
			at += len + (at[len] == '\n');
		}
	return err_set(err, ERR_FAILED, "'%s' failed with status %d",
		       run->spec->runtime, status);
}

/* ---- from start to end ---- */

static int container_pid(const char *path, pid_t *out, struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	long pid;

	if (fs_read(AT_FDCWD, path, 64, &text, err) <= 0 ||
	    !gofmt_atoi(text.data, &pid) || pid <= 1)
		return err_set(err, ERR_FAILED,
			       "the runtime told no process ID");
	*out = (pid_t)pid;
	return 0;
}

/* Detached, the command is left to us, who are the first process here. */
static int start(const struct run *run, pid_t *out, struct err *err)
{
	const char *scratch = run->spec->scratch;
	AUTO_FREE char *pid_file = mem_printf("%s/pid", scratch);
	const char *const words[] = { "run", "--detach", "--pid-file",
				      pid_file, "--bundle", scratch, NULL };
	int status;

	if (run_runtime(run, words, &status, err) < 0)
		return -1;
	if (status != 0)
		return not_started(run, status, err);
	return container_pid(pid_file, out, err);
}

static int make_ready(struct run *run, struct err *err)
{
	const struct sandbox_limits none = { 0 };

	if (rootfs_make(run, err) < 0 || write_config(run, err) < 0 ||
	    limits_apply(&none, err) < 0)
		return -1;
	/* The runtime finds itself in the pid namespace that it is in. */
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  NULL) < 0)
		return err_sys(err, errno, "cannot mount /proc");
	if (chdir(run->spec->scratch) < 0)
		return err_sys(err, errno, "cannot enter '%s'",
			       run->spec->scratch);
	return set_streams(&run->account, err);
}

int oci_run(void *arg, struct err *err)
{
	static const char *const delete[] = { "delete", "--force", NULL };
	struct run *run = arg;
	struct err ignored = ERR_INIT;
	int status, result;
	pid_t pid = -1;

	if (make_ready(run, err) < 0 || start(run, &pid, err) < 0)
		return -1;
	result = process_wait(pid);
	run_runtime(run, delete, &status, &ignored);
	_exit(result);
}
