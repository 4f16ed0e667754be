/*
 * Volumes of a run: scratch copies of the image's directories, gone with it.
 */
#pragma once

#include "sandbox/run.h"

/* Fills run->volumes, in the order in which they are to be mounted, and makes
 * their mount points in the image. In the new process. */
int volume_make_all(struct run *run, struct err *err);
/* How deep below the root: "/a/b" is 2. */
size_t volume_depth(const struct volume *volume);
/* Copies a tree into a directory that exists: owners, modes, times, links,
 * xattrs, as Docker fills a volume. */
int volume_copy(int from, int to, struct err *err);
