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

#define LOG_MAX ((size_t)1024 * 1024)
#define RUNC_FAILED "runc run failed: "

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

static int set_stdin(struct err *err)
{
	int null = open("/dev/null", O_RDONLY);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return err_sys(err, errno, "cannot open /dev/null");
	process_cloexec_from(STDERR_FILENO + 1);
	return 0;
}

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

int oci_run(void *arg, struct err *err)
{
	struct run *run = arg;
	const char *scratch = run->spec->scratch;
	const char *runtime = run->spec->runtime;
	const struct sandbox_limits none = { 0 };
	char *argv[] = {
		mem_strdup(runtime), mem_strdup("--root"),
		mem_printf("%s/state", scratch), mem_strdup("--log"),
		mem_printf("%s/runtime.log", scratch),
		mem_strdup("--log-format"), mem_strdup("json"),
		mem_strdup("run"), mem_strdup("--bundle"),
		mem_strdup(scratch), mem_strdup(run->spec->id), NULL,
	};

	if (rootfs_make(run, err) < 0 || write_config(run, err) < 0 ||
	    limits_apply(&none, err) < 0)
		return -1;
	/* The runtime finds itself in the pid namespace that it is in. */
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  NULL) < 0)
		return err_sys(err, errno, "cannot mount /proc");
	if (chdir(scratch) < 0)
		return err_sys(err, errno, "cannot enter '%s'", scratch);
	if (set_stdin(err) < 0)
		return -1;
	exec_runtime(runtime, argv);
	return err_sys(err, errno, "cannot run '%s'", runtime);
}

/* ---- afterwards ---- */

/* As Docker's daemon passes on what its runtime said. */
static int refuse(const char *said, struct err *err)
{
	size_t len = strlen(RUNC_FAILED);

	if (strncmp(said, RUNC_FAILED, len) == 0)
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

int oci_started(const struct run *run, int status, struct err *err)
{
	AUTO_FREE char *path = mem_printf("%s/runtime.log",
					  run->spec->scratch);
	AUTO(buf_release) struct buf log = BUF_INIT;
	struct err ignored = ERR_INIT;
	const char *at;

	if (status == 0 ||
	    fs_read(AT_FDCWD, path, LOG_MAX, &log, &ignored) <= 0)
		return 0;
	for (at = log.data; *at;) {
		size_t len = strcspn(at, "\n");

		if (read_line(at, len, err) < 0)
			return -1;
		at += len + (at[len] == '\n');
	}
	return 0;
}
