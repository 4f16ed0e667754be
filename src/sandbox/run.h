/*
 * One run while it is being made ready: what sandbox_run works out once, in
 * the calling process, and what the new process then carries out step by
 * step. Functions of the second kind say so; they change the process that
 * calls them and are called in the order of this header.
 */
#pragma once

#include "base/err.h"
#include "sandbox/cgroup.h"
#include "sandbox/sandbox.h"
#include "spec/names.h"

/* What Docker's daemon puts before the words of its runtime; they end in
 * ": unknown". */
#define RUN_SHIM "failed to create shim task: OCI runtime create failed: "
#define RUN_START RUN_SHIM "runc create failed: " \
	"unable to start container process: "
#define RUN_INIT RUN_START "error during container init: "

/* A scratch directory that is mounted over a path of the image. */
struct volume {
	char *path;   /* as configured, cleaned, absolute */
	char *target; /* relative to the image's root, links resolved */
	char *source; /* absolute, on the host */
};

struct run {
	const struct sandbox_spec *spec;
	struct strv env;     /* as the command gets it, but for HOME */
	char *root;          /* mount point of the image */
	struct cgroup cgroup;
	bool nested;         /* inside a user namespace */
	bool cgroup2;        /* the host has nothing but cgroup v2 */

	/* Of the new process: */
	int root_fd;
	struct volume *volumes;
	size_t volume_count;
	struct account account;
	char *cwd;           /* cleaned */
};

/* ---- in the calling process ---- */

/* hosts, hostname and resolv.conf as the engine of Docker writes them, and
 * the directories that the run needs below scratch. (files.c) */
int files_write(const struct sandbox_spec *spec, struct err *err);

/* Checks the values as Docker's runtime does. (limits.c) */
int limits_check_start(const struct sandbox_limits *limits, struct err *err);

/* ---- in the new process, which has its own mount namespace ---- */

/*
 * Mounts the image (init layer, upper), makes the working directory, fills
 * the volumes, looks up the user; changes to the image's root. (rootfs.c)
 */
int rootfs_make(struct run *run, struct err *err);

/* Docker's file systems below the current directory. (mounts.c) */
int mounts_make(const struct run *run, struct err *err);
/* /proc and /sys: what Docker hides or write-protects. (masks.c) */
int masks_apply(struct err *err);
/* The paths themselves, NULL at the end, without leading '/'. (masks.c) */
const char *const *masks_hidden(void);
const char *const *masks_readonly(void);
/* The current directory becomes "/" and the host's tree goes. (rootfs.c) */
int rootfs_enter(struct err *err);

/* --ulimit, and the soft limit of open files goes up. (limits.c) */
int limits_apply(const struct sandbox_limits *limits, struct err *err);

/* argv[0] in PATH as Docker finds it, then execve: returns only with an error
 * in Docker's words, or ends the process. (exec.c) */
int exec_command(const struct run *run, struct err *err);

/* ---- the two makers: the whole of the above, never back on success ---- */

int builtin_run(void *arg, struct err *err); /* arg: struct run */
int oci_run(void *arg, struct err *err);
/* How runc begins what it says on the command's own standard error. */
#define OCI_FAILED "runc run failed: "
