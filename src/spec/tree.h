/*
 * A tree of files, read-only, whatever holds it: a build context directory,
 * an unpacked tar context, the merged layers of an image. The builder's
 * source rules (context/source.c) and its copier work on any of them.
 *
 * Paths are relative to the root of the tree, cleaned, without leading or
 * trailing slash; "" is the root.
 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "spec/digest.h"

struct tree;

/* Owned by the tree and valid until tree_free. Attributes are those of the
 * thing itself (lstat), as the builder sees them: in a context uid = gid = 0. */
struct node {
	const char *path, *name; /* name is the last part of path */
	mode_t mode;             /* type and permission bits, as in st_mode */
	uid_t uid;
	gid_t gid;
	off_t size;              /* regular files only, else 0 */
	struct timespec mtime;
	dev_t rdev;              /* devices only */
	const char *link;        /* symlink text, or NULL */
	const struct node *hardlink; /* first node of the same inode, or NULL */
	bool implied;            /* a parent that has no entry of its own */
	bool hidden;             /* a build file that .dockerignore takes away:
				  * found, but not listed and not a source */
	const struct node *parent;
	/* A listed directory: a name that the mounted image lists and denies,
	 * or NULL. Overlayfs hides whiteouts only where it merges. */
	const char *denied;
	/* Below: for the tree that made it. */
	dev_t dev;
	ino_t ino;
	struct timespec ctime;
	const struct node **children; /* bytewise by name; see tree_list */
	size_t child_count;
	bool listed;
	struct digest sum;       /* entry sum once known, else unset */
	void *priv;
};

struct tree_ops {
	/* 1 found (no link is followed), 0 not there, -1 failed. */
	int (*find)(struct tree *tree, const char *path,
		    const struct node **out, struct err *err);
	/* Children in bytewise order; *out is owned by the tree. */
	int (*list)(struct tree *tree, const struct node *dir,
		    const struct node *const **out, size_t *count,
		    struct err *err);
	/* A descriptor on the content of a regular file, or -1. */
	int (*open)(struct tree *tree, const struct node *file,
		    struct err *err);
	/* security.capability as the builder sees it (revision 2); 1/0/-1. */
	int (*capability)(struct tree *tree, const struct node *node,
			  struct buf *out, struct err *err);
	/* The bytes that are hashed before the content (classic-builder.md
	 * 3.1). 1 done; 0: this node has no sum (implied, socket). */
	int (*sum_header)(struct tree *tree, const struct node *node,
			  struct buf *out, struct err *err);
	/* 1: *out is the entry sum and nothing had to be read; 0 unknown. */
	int (*known_sum)(struct tree *tree, const struct node *node,
			 struct digest *out);
	/* Somebody read the file anyway and tells its sum. May be NULL. */
	void (*learn_sum)(struct tree *tree, const struct node *node,
			  const struct digest *sum);
	/* Whether the content is another than open() gives (a plan as if).
	 * May be NULL: never. */
	bool (*imagined)(struct tree *tree, const struct node *node);
	void (*free)(struct tree *tree);
};

struct tree {
	const struct tree_ops *ops;
	/* How the builder names things in messages and keys. */
	bool is_image; /* COPY --from: other message texts, other sums */
	size_t files_read;  /* contents opened so far, for tests and events */
};

int tree_find(struct tree *tree, const char *path, const struct node **out,
	      struct err *err);
int tree_list(struct tree *tree, const struct node *dir,
	      const struct node *const **out, size_t *count, struct err *err);
int tree_open(struct tree *tree, const struct node *file, struct err *err);
int tree_capability(struct tree *tree, const struct node *node,
		    struct buf *out, struct err *err);
bool tree_imagined(struct tree *tree, const struct node *node);
/* The entry sum: known, or by one read of the content. 1; 0 has none; -1. */
int tree_sum(struct tree *tree, const struct node *node, struct digest *out,
	     struct err *err);
/*
 * Scoped resolution (classic-builder.md 0.5) of path, following links in
 * every part, also the last (with follow_last). *resolved (owned by the
 * caller) is the path landed on, *out its node or NULL where nothing is.
 * 1 there, 0 not there, -1 failed (too many links).
 */
int tree_resolve(struct tree *tree, const char *path, bool follow_last,
		 char **resolved, const struct node **out, struct err *err);
/* 1: something that is no directory stands above path; 0, -1. */
int tree_behind_file(struct tree *tree, const char *path, struct err *err);
/* All content of a regular file goes into a running sum. */
int tree_add_content(struct tree *tree, const struct node *node,
		     struct sha256 *sha, struct err *err);
/* Whole content of a small file; 1/0/-1 as fs_read. Links are followed. */
int tree_read(struct tree *tree, const char *path, size_t limit,
	      struct buf *out, struct err *err);
void tree_free(struct tree *tree);
AUTO_DEFINE(struct tree, tree_free)
