/*
 * Mounting below the current directory.
 */
#pragma once

#include "base/err.h"

/* Write-protects the mount point at path, its other flags kept. */
int mount_read_only(const char *path, struct err *err);
/* Nothing below can be written, run or opened as a device. */
int mount_close(const char *path, struct err *err);
/* Binds source over target, with what is mounted below it. */
int mount_bind(const char *source, const char *target, struct err *err);
