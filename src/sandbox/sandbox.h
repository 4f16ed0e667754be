/*
 * Runs one command in an image's root file system as Docker's RUN does
 * (classic-builder.md section 2 RUN, 9.4; design.md Engine). Two makers: the
 * built-in one and an OCI runtime.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

struct sandbox_limits {
	int64_t memory, memory_swap;      /* bytes; 0: none */
	int64_t cpu_shares, cpu_period, cpu_quota;
	char *cpuset_cpus, *cpuset_mems;  /* or NULL */
	int64_t shm_size;                 /* bytes; 0: 64 MiB */
	struct strv ulimits;              /* "nofile=1024:2048" */
};

/* "nofile=1:2": the kernel's number of it; -1 ERR_USAGE. */
struct ulimit {
	const char *name;    /* "nofile" */
	int resource;
	uint64_t soft, hard;
};
bool sandbox_is_ulimit(const char *name); /* "nofile" */
int sandbox_parse_ulimit(const char *text, struct ulimit *out,
			 struct err *err);
/* Whether Docker's daemon would create a container with them; it says so
 * before the step "runs". What only its runtime refuses, sandbox_run does. */
int sandbox_check_limits(const struct sandbox_limits *limits, struct err *err);

struct sandbox_spec {
	/* The overlay: absolute paths, lowers top first; user_xattr in a user
	 * namespace. upper and work are empty directories of one file system. */
	struct strv lowers;
	const char *upper, *work;
	bool user_xattr;
	const char *id;             /* 64 hex: container ID */
	struct strv argv;           /* argv[0] is looked up in PATH of env */
	/* Of the image and the build, in order. PATH and HOSTNAME come before
	 * and HOME after it unless they are in it, as with Docker. */
	struct strv env;
	const char *cwd;            /* absolute, made if missing */
	const char *user;           /* as in config.User; "" root */
	const char *hostname;
	bool network_none;          /* else the host's network */
	struct strv volumes;        /* paths mounted over with a scratch copy */
	struct strv extra_hosts;    /* "name:ip" */
	struct sandbox_limits limits;
	const char *runtime;        /* NULL built-in; "crun", "runc" or a path */
	const char *scratch;        /* empty directory for the init layer,
	                               bundle and mount points, on the file
	                               system of upper; emptied by the caller */
	/* The init layer's directory, where runs share one: empty, or made by
	 * a run that ended well over lowers that it still serves
	 * (initlayer_serves). NULL: one of this run's own, in scratch. */
	const char *init;
	bool init_made;
	/* Somebody sits before it: it reads the caller's standard input, and
	 * its output goes where the caller's goes, not to the sink. Built-in
	 * sandbox only. */
	bool interactive;
	/* A terminal (sandbox/terminal.h) that it has for all three instead;
	 * 0: none. */
	int terminal;
};

#define SANDBOX_CREATED 0

/* Output as it comes; stream 1 or 2, and once before it SANDBOX_CREATED with
 * len 0: what Docker does to create a container succeeded, and the command is
 * about to be started. Non-zero return cancels. */
typedef int sandbox_output(void *arg, int stream, const char *bytes,
			   size_t len);

struct sandbox_result {
	int status;      /* exit code; 128 + signal if killed */
	int64_t wall_ns, cpu_ns;
};

/*
 * Runs to the end. When it returns no process and no mount of it is left, upper
 * holds what Docker's would, not yet synced to disk, and work is empty. May be
 * called by one of several threads. -1: it could not be started, in Docker's words where it
 * has them (`exec: "x": executable file not found in $PATH`, `unable to find
 * user …`); a command that fails is 0 with result->status set.
 * cancel_fd (or -1): becoming readable ends the command (ERR_CANCELLED).
 */
int sandbox_run(const struct sandbox_spec *spec, sandbox_output *output,
		void *arg, int cancel_fd, struct sandbox_result *result,
		struct err *err);
