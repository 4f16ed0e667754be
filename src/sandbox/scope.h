/*
 * Paths of an image, resolved as Docker does: links stay inside the root, and
 * what is missing is taken as it is written. (classic-builder.md 0.5.)
 */
#pragma once

#include <sys/types.h>

#include "base/err.h"

/* Owned path relative to root ("." for the root) in which no component is a
 * link. -1 with too many links. */
int scope_resolve(int root, const char *path, char **out, struct err *err);

/* Makes such a path a directory, missing parents too. err->sys is ENOTDIR or
 * EEXIST where a file is in the way. */
int scope_mkdirs(int root, const char *resolved, struct err *err);
