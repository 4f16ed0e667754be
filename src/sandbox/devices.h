/*
 * Docker's device rules: every node may be made, few may be opened.
 */
#pragma once

#include "base/err.h"

/* Attaches them to a cgroup v2 directory, once. 0, or -1 with errno. */
int devices_attach(int cgroup_fd);
/* Writes them to a v1 "devices" directory. 0, or -1 with errno. */
int devices_write(const char *dir);
