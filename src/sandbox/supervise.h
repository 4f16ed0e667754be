/*
 * A process that nothing of it survives: the command is the first process of
 * a pid namespace, whose creator is the first process of another one and dies
 * with the caller.
 */
#pragma once

#include "base/err.h"
#include "sandbox/sandbox.h"

/* Runs in the new process, standard output and error already in place. It
 * ends in execve or _exit, or comes back with -1. */
typedef int supervise_main(void *arg, struct err *err);

/* In the new process, once: the caller's output gets SANDBOX_CREATED. */
void supervise_created(void);

struct supervised {
	supervise_main *main;
	void *arg;
	int namespaces;    /* CLONE_NEW… of the new process, beside NEWPID */
	int cgroup_fd;     /* a cgroup v2 directory it starts in, or -1 */
	sandbox_output *output;
	void *output_arg;
	int cancel_fd;     /* or -1 */
	/* As in struct sandbox_spec. */
	bool interactive;
	int terminal;
};

/* As sandbox_run. When it returns no process and no mount is left. */
int supervise(const struct supervised *what, struct sandbox_result *result,
	      struct err *err);
