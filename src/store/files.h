/*
 * The files that layers show together as one compact tree, for looking at
 * and comparing: some 60 bytes and a name for each, whatever their number.
 * (store_tree answers single questions of the builder; this holds all.)
 *
 * Every path of any layer keeps its entry; what a layer took away and nothing
 * put back is FILE_GONE. Children are in bytewise order of their names. A
 * parent has a smaller index than its children; the root is 0.
 */
#pragma once

#include "store/store.h"

#define FILE_NONE UINT32_MAX

enum file_state {
	FILE_SAME, FILE_ADDED, FILE_CHANGED, FILE_REMOVED,
	FILE_GONE, /* not shown by these layers; no part of any listing */
};
/* In what two files of one path differ; mtime never counts. */
enum file_differs {
	DIFFERS_TYPE = 1, DIFFERS_CONTENT = 2, DIFFERS_MODE = 4,
	DIFFERS_OWNER = 8, DIFFERS_LINK = 16, DIFFERS_XATTR = 32,
	DIFFERS_DEVICE = 64,
};

struct file {
	uint64_t size;      /* regular files: bytes; devices: st_rdev */
	uint32_t name;      /* files_name */
	uint32_t parent, child, next; /* indexes, or FILE_NONE */
	uint32_t uid, gid;
	uint32_t link;      /* of a symlink: files_link */
	uint32_t group;     /* of names of one inode, or FILE_NONE */
	uint32_t was;       /* its index in the tree it was compared with */
	uint16_t mode;      /* as st_mode */
	uint16_t layer;     /* the topmost that has it, 0: bottom; of
			     * FILE_REMOVED: of the old tree */
	uint8_t state;      /* enum file_state */
	uint8_t differs;    /* of FILE_CHANGED: enum file_differs, or'ed */
};

/* The names of one inode of one layer. */
struct file_group {
	uint32_t first, shown;
};

struct files {
	struct file *items;
	size_t count;
	struct buf names;
	struct file_group *groups;
	size_t group_count;
	char *overlay;          /* absolute */
	struct layer_place {
		struct digest chain;
		char *diff;     /* "<cache-id>/diff" */
	} *layers;
	size_t layer_count;
	uint64_t *totals;       /* files_count_totals */
	bool names_only;        /* files_load_names: types, but no sizes, modes,
				 * owners, links and hard links; what a layer
				 * has anew counts as changed */
	bool mapped;            /* the arrays lie in a file (pack.h) and cannot
				 * be written; */
	void *map;              /* which goes with these, or NULL */
	size_t map_size;
};

/* What happens to paths while layers are put upon each other. Each returns
 * 0 or -1. */
struct files_watch {
	/* The layer has the file; before: what it covers (NULL: nothing).
	 * names: how many it holds itself, if it is a directory. */
	int (*put)(void *arg, const struct files *files, uint32_t at,
		   const struct file *before, size_t names, struct err *err);
	/* The layer takes the file and all below it away; they still show.
	 * whiteout: by an entry of its name, which may also stand where
	 * nothing shows. */
	int (*gone)(void *arg, const struct files *files, uint32_t at,
		    size_t layer, bool whiteout, struct err *err);
	void *arg;
};

/* layers: bottom first, as store_layers_of gives them. watch may be NULL. */
int files_load(struct store *store, const struct layer *const *layers,
	       size_t count, const struct files_watch *watch,
	       struct files **out, struct err *err);
/* The same, and what the lowest `below` of them show, in one reading: the two
 * to compare. */
int files_load_both(struct store *store, const struct layer *const *layers,
		    size_t count, size_t below, struct files **old,
		    struct files **now, struct err *err);
/* The same at a fraction of the cost: files is names_only. Every index is the
 * one that files_load_both and files_compare give. */
int files_load_names(struct store *store, const struct layer *const *layers,
		     size_t count, size_t below, struct files **old,
		     struct files **now, struct err *err);
void files_free(struct files *files);
AUTO_DEFINE(struct files, files_free)

const char *files_name(const struct files *files, uint32_t at);
/* The text of a symlink; NULL for all else. */
const char *files_link(const struct files *files, uint32_t at);
/* The first shown name of the same inode, if it is another one. */
uint32_t files_hardlink(const struct files *files, uint32_t at);
/* Without leading slash; "" is the root. Owned. */
char *files_path(const struct files *files, uint32_t at);
/* 1, 0 not there. Slashes around it do not matter; no link is followed. */
int files_find(const struct files *files, const char *path, uint32_t *out);
bool files_is_below(const struct files *files, uint32_t at, uint32_t top);
/* The content of a regular file; or -1. */
int files_open(const struct files *files, uint32_t at, struct err *err);
/* The same out of any layer of these. */
int files_open_in(const struct files *files, uint32_t at, size_t layer,
		  struct err *err);
/* "name=hex of the value", sorted; the overlay's own are left out. */
int files_xattrs(const struct files *files, uint32_t at, size_t layer,
		 struct strv *out, struct err *err);
/* Of a file by its place on the disk; its bytes and another's: 1 they are the
 * same, 0 not, -1. */
int files_xattrs_of(const char *path, struct strv *out, struct err *err);
int files_same_bytes(int left, int right, const char *name, struct err *err);
/*
 * Fills in totals: the bytes of each subtree; an inode counts once. Removed
 * files count in removed directories only.
 */
void files_count_totals(struct files *files);

/*
 * What turned old into now: sets state, differs and was in now, and adds what
 * only old has as FILE_REMOVED. Contents are read only where size and layer
 * leave it open. old is borrowed for as long as was is used; NULL: nothing.
 */
int files_compare(const struct files *old, struct files *now,
		  struct err *err);
/* How the file of one path in two layers of the same image differs. */
int files_differ_between(const struct files *files, uint32_t at,
			 const struct file *before, const struct file *after,
			 uint8_t *differs, struct err *err);
/* Adds an entry for the name under dir, or finds it; for files_compare. */
uint32_t files_add(struct files *files, uint32_t dir, uint32_t after,
		   const char *name);
