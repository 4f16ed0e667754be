/*
 * The cgroups of a run: one that all runs share, which allows Docker's
 * devices and no other, and one of its own if a limit was asked for.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "sandbox/sandbox.h"

struct cgroup {
	int fd;              /* cgroup v2 directory to start in, or -1 */
	struct strv enter;   /* v1 directories to enter */
	struct strv made;    /* of this run alone: removed at the end */
	bool devices;        /* what may be opened is limited */
};

/* Without a limit nothing here fails: devices says what was possible. A
 * limit that cannot be set is ERR_UNSUPPORTED. */
int cgroup_open(const struct sandbox_spec *spec, struct cgroup *out,
		struct err *err);
void cgroup_close(struct cgroup *cgroup);
AUTO_DEFINE_IN_PLACE(struct cgroup, cgroup_close)

/* In the new process: enters those of v1. */
int cgroup_enter(const struct cgroup *cgroup, struct err *err);

/* Removes what an OCI runtime that was killed left of /varve/<id>. */
void cgroup_sweep(const char *id);
