/*
 * What the upper directory of a COPY, ADD or WORKDIR will hold, worked out
 * before a byte is copied: the changes that Docker's builder would have left
 * in an overlay mount over the image (classic-builder.md 7, 9).
 *
 * Paths are as in spec/tree.h: relative to the image's root, "" is the root.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "spec/layertar.h"
#include "spec/tree.h"

#include <uthash.h>

struct upper_node;

struct upper_attr {
	mode_t mode; /* type and permission bits */
	uid_t uid;
	gid_t gid;
	time_t mtime;
};

/* The bytes of a file; hard links share one. */
struct upper_inode {
	struct tree *tree;            /* source, or */
	const struct node *source;
	uint64_t staged;              /* number of a staged file, from 1 */
	int64_t size;
	size_t links;
	struct upper_node *first;     /* in tar order, once written */
	bool has_attr;                /* a later name set those of all: */
	struct upper_attr attr;
	struct buf capability;
};

struct upper_node {
	char *path;
	struct upper_node *parent, *children, *next, *prev;
	const struct node *lower;  /* directory below that shows through */
	bool covers;               /* there is something of this name below */
	bool opaque;
	bool whiteout;             /* named ".wh.x" */
	struct upper_attr attr;
	dev_t rdev;
	char *link;                /* symlink text */
	struct upper_inode *inode; /* regular files */
	struct buf capability;     /* security.capability */
	UT_hash_handle hh;
};

struct upper {
	struct tree *lower;     /* borrowed */
	time_t now;
	struct upper_node *root;
	struct upper_node *by_path;
	uint64_t staged;        /* files staged so far */
	int staging_fd;         /* their directory, or -1 */
	char staging_name[72];
};

struct upper *upper_new(struct tree *lower);
void upper_free(struct upper *upper);
AUTO_DEFINE(struct upper, upper_free)

/* What is at a path now: changes over the image. No link is followed. */
struct upper_view {
	mode_t mode;
	const char *link;
	struct upper_node *node;  /* changed already, or NULL */
	const struct node *below; /* else this */
};
int upper_look(struct upper *upper, const char *path, struct upper_view *out,
	       struct err *err);

/*
 * Makes path a directory: what exists is copied up as it is, what is missing
 * becomes 0755 of the owner. *made: path itself was missing; may be NULL.
 * -1 ERR_INPUT: "mkdir /p: not a directory".
 */
int upper_mkdirs(struct upper *upper, const char *path, uid_t uid, gid_t gid,
		 struct upper_node **out, bool *made, struct err *err);

/* The number of a device; overlayfs lets nobody make a whiteout (0:0). */
int upper_set_device(struct upper_node *node, dev_t rdev, struct err *err);
/* Something was created in or removed from the directory. */
void upper_touch(struct upper *upper, struct upper_node *dir);

/*
 * Puts a thing into a directory: a directory is merged with one that exists,
 * anything else that exists goes away first. The caller fills in what the
 * type needs: rdev, link, inode (upper_give), capability.
 */
int upper_put(struct upper *upper, struct upper_node *dir, const char *name,
	      const struct upper_attr *attr, struct upper_node **out,
	      struct err *err);
struct upper_inode *upper_inode_new(void);
/* All names of these bytes get this owner, mode and time, and the capability
 * (as bytes; none: it goes, as chown takes it away). */
void upper_inode_set(struct upper_inode *inode, const struct upper_attr *attr,
		     struct span capability);
/* The node becomes one more name of these bytes. */
void upper_give(struct upper_node *node, struct upper_inode *inode);
/* One name less; NULL is fine. */
void upper_inode_drop(struct upper_inode *inode);

/* The file at path (which exists, also only below) as an inode that another
 * name can share: copied up if need be. -1 ERR_INPUT: the reason alone. */
int upper_link_target(struct upper *upper, const char *path,
		      struct upper_node **out, struct err *err);

/* All nodes but the root in tar order, with the attributes of what they share;
 * owned array, borrowed nodes. */
struct upper_node **upper_sorted(const struct upper *upper, size_t *count);

/* ---- writing (upper_write.c) ---- */

struct upper_target {
	int diff_fd;
	const char *opaque_xattr;
	struct layer_writer *writer;
	/* After each chunk; non-zero stops with ERR_CANCELLED. May be NULL. */
	int (*progress)(void *arg, int64_t bytes);
	void *arg;
};
/*
 * One pass in tar order: each source is read once and from that goes to its
 * file, to the layer and to the sum of its tree (tree learn_sum).
 * *size as in layer_writer_upper.
 */
int upper_write(struct upper *upper, const struct upper_target *target,
		uint64_t *size, struct err *err);

/* Opens (O_WRONLY) a new file to spool content into; its number is
 * upper->staged. It is moved to its place by upper_write. */
int upper_stage(struct upper *upper, int diff_fd, struct err *err);
/* Removes what was staged and not used. */
int upper_unstage(struct upper *upper, int diff_fd, struct err *err);
