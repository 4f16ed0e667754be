/*
 * /sys/fs/cgroup of a container.
 */
#pragma once

#include "sandbox/run.h"

/* In the new process, after /sys. */
int cgroup_mount(const struct run *run, struct err *err);
/* Whether the host has cgroup v2 and nothing else. */
bool cgroup_mount_is_v2(void);
