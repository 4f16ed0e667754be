/* A context that is not on this machine: a file on the web, a git repository
 * (classic-builder.md 6.1). */
#pragma once

#include "base/err.h"

enum remote_kind {
	REMOTE_NONE, /* a path */
	REMOTE_FILE, /* http or https: a tar or a Dockerfile */
	REMOTE_GIT,
};
/* As the client decides: what is there as a path is a path. */
enum remote_kind remote_kind(const char *context);

/* The file, nameless, at its start; -1 in the client's words. */
int remote_fetch(const char *url, struct err *err);

/*
 * Clones with the git program. *top is a new temporary directory that the
 * caller removes and frees, set even if -1 is returned; *dir (owned) the
 * context in it.
 */
int remote_clone(const char *url, char **top, char **dir, struct err *err);
