/*
 * How the layers of an image are merged: nodes by path, made when they are
 * asked for (store.md 1.6, "Merged view"). Inside of rootfs.c and merge.c.
 */
#pragma once

#include "base/subids.h"
#include "store/inside.h"

struct merged_node {
	struct node node;        /* first */
	bool absent;             /* it is known that nothing is there */
	unsigned short *layers;  /* those that show through, top first */
	size_t layer_count;      /* 1 for all but directories */
	UT_hash_handle hh;       /* by node.path */
};

/* The first name that was met of a file with several. */
struct inode {
	struct {
		uint64_t dev, ino;
	} key;
	const struct node *first;
	UT_hash_handle hh;
};

struct merged {
	struct tree tree;        /* first */
	struct arena *arena;
	int overlay_fd;
	char *overlay_path;
	const char **diffs;      /* "<cache-id>/diff", top first */
	size_t diff_count;
	struct merged_node *root, *by_path;
	struct inode *inodes;
	struct subids *uids, *gids; /* of the user whose root it is, or NULL */
};

/* "<cache-id>/diff/<path>", relative to overlay_fd; owned. */
char *merged_path_in(const struct merged *merged, size_t layer,
		     const char *path);
/* Whether the directory of a layer (absolute path) hides what is below. */
bool merged_is_opaque(const char *path);
int merged_make_root(struct merged *merged, struct err *err);
/*
 * The child of dir at path, which is len bytes long: 1 there, 0 not, -1.
 * from: the first of dir's layers that can have it.
 */
int merged_child(struct merged *merged, struct merged_node *dir,
		 const char *path, size_t len, size_t from,
		 struct merged_node **out, struct err *err);
