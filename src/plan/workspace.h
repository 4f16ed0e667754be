/*
 * What a plan needs, opened together: the store, the context, the Dockerfile,
 * the build's arguments. Both front ends and the engine start here.
 */
#pragma once

#include "context/context.h"
#include "plan/plan.h"

struct workspace_options {
	const char *root;          /* NULL: store_default_root() */
	enum store_mode mode;
	const char *context;       /* directory, URL (plan/remote.h), or "-": a tar or a
	                            * Dockerfile on stdin */
	const char *file;          /* -f: path, "-", or NULL (Dockerfile, then dockerfile) */
	const char *file_text;     /* edited, unsaved text instead of the file's; or NULL */
	const struct build_arg *args;
	size_t arg_count;
	const struct map *labels;
	const char *target, *platform;
	int no_cache_from;         /* as in struct plan_input */
	bool no_cache, strict, show_args, building, no_type_bits;
	bool network_none;
	bool keep_ignored;             /* context_ignored tells what is out */
	/* For a daemon that builds: no store, and a tar stays one. */
	bool sent;
	const struct strv *cache_from;
	const char *against;           /* as in struct plan_input */
};

struct workspace {
	struct store *store;
	struct tree *context;          /* NULL: Dockerfile alone */
	struct tree *ignoring;         /* the same by another .dockerignore,
					* as was last asked; or NULL */
	struct dockerfile *file;
	char *text;                    /* the Dockerfile's text */
	char *path;                    /* of the Dockerfile on disk, or NULL */
	char *clone;                   /* temporary directory of a git context */
	char *name;                    /* as in messages: "Dockerfile" */
	char *sent_name;               /* in what is sent; "": as is usual */
	int tar_fd;                    /* what is sent is this tar; or -1 */
	struct plan_input input;       /* filled, for plan_open */
	char hostname[256];
};

/*
 * Errors carry the docker client's words ("unable to prepare context: …").
 * A Dockerfile with mistakes opens: dockerfile_check says them (plan_open
 * does). options' strings are borrowed and must outlive the workspace.
 */
int workspace_open(const struct workspace_options *options,
		   struct workspace **out, struct err *err);
void workspace_free(struct workspace *workspace);
AUTO_DEFINE(struct workspace, workspace_free)
