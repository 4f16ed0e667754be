/*
 * What the files of this folder share. No other folder includes it.
 *
 * Whatever is being made lives in <root>/varve/drafts/<cache-id>/ ("overlay"
 * becomes overlay2/<cache-id>, "layer" becomes layerdb/sha256/<chain>) and in
 * <root>/varve/tmp/, so that what a killed writer left is found there and
 * nowhere else.
 */
#pragma once

#include <uthash.h>

#include "store/store.h"

#define STORE_DRIVER "overlay2"
#define STORE_FORMAT "1\n"
#define STORE_DRAFTS "drafts"
#define STORE_TMP "tmp"
#define STORE_BROKEN "broken"

/* Limits of what is read. */
#define CONFIG_LIMIT ((size_t)16 << 20)
#define REPOSITORIES_LIMIT ((size_t)64 << 20)
#define SMALL_LIMIT ((size_t)4096)   /* parent, diff, size, link, … */
#define LOWER_LIMIT ((size_t)16384)
#define DESCRIPTOR_LIMIT ((size_t)1 << 20)

#define LINK_LEN 26
/* What Docker itself makes at most (store.md 1.5, "Depth limits"). */
#define LAYER_DEPTH_MAX 125

enum image_state { IMAGE_UNCHECKED, IMAGE_GOOD, IMAGE_BAD };

struct image_entry {
	struct image image; /* first, so that the two convert */
	enum image_state state;
	unsigned int walk;  /* scratch of the search for cycles */
	UT_hash_handle hh;  /* by image.id.text */
};

struct image_list { /* in order of ID */
	struct image **items;
	size_t count;
};

struct layer_entry {
	struct layer layer; /* first */
	struct layer_entry *parent;
	uint64_t total;     /* its size and that of all below */
	unsigned int depth; /* 1: bottom */
	bool bad;
	UT_hash_handle hh;  /* by layer.chain_id.text */
};

/* One line of repositories.json. */
struct tag_entry {
	char *repository, *ref, *value;
	UT_hash_handle hh; /* by ref */
};

/* How many images, layers and containers stand on a layer. */
struct layer_use {
	struct digest chain;
	size_t count;
	UT_hash_handle hh;
};

/* The containers that were made of an image. */
struct container_use {
	char *image;             /* its ID */
	struct strv ids, words;  /* 12 digits; "… (name)" */
	UT_hash_handle hh;       /* by image */
};

struct store {
	char *root, *absolute;   /* as given; resolved (NULL: not there) */
	enum store_mode mode;
	bool ours;
	int root_fd, image_fd, content_fd, metadata_fd, layerdb_fd, overlay_fd;
	int private_fd, lock_fd, daemon_fd;
	bool mirror;             /* see store_is_mirror */
	bool refilling;          /* absent layers do not count */
	store_bring *bring;
	void *bring_arg;
	bool marked;             /* varve/dirty covers what comes */
	const char *opaque;
	struct strv warnings;
	struct image_entry *images;
	struct image_list sorted, orphans;
	bool waiting;            /* some parent was not there */
	bool nameless;           /* some name's image was not there */
	bool all_checked;
	size_t read;             /* how many of sorted, store_images_read */
	struct layer_entry *layers;
	struct tag_entry *tags;
	struct layer_use *uses;  /* made for removals, dropped by writes */
	struct container_use *containers; /* as first asked for */
	bool containers_read;
	uint64_t freed;          /* bytes of layers removed since it opened */
};

/* ---- store.c ---- */
void store_warn(struct store *store, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int store_writable(const struct store *store, struct err *err);

/* ---- quiet.c: reading that leaves no trace ---- */
int quiet_open(int dir, const char *name, int flags);
/* 1 read, 0 not there, -1. */
int quiet_read(int dir, const char *name, size_t limit, struct buf *out,
	       struct err *err);
typedef int quiet_visit(void *arg, const char *name, unsigned char type,
			struct err *err);
/* In no order. A directory that is not there has no names. */
int quiet_each(int dir, const char *name, quiet_visit *visit, void *arg,
	       struct err *err);
/* A digest alone in a file; exact: no byte more. 1, 0 not there or none, -1. */
int quiet_digest(int dir, const char *name, bool exact, struct digest *out,
		 struct err *err);

/* ---- images.c ---- */
int image_table_load(struct store *store, struct err *err);
void image_table_release(struct store *store);
struct image_entry *image_table_find(const struct store *store,
				     const struct digest *id);
struct image_entry *image_table_add(struct store *store,
				    const struct digest *id,
				    const struct digest *parent);
void image_table_remove(struct store *store, struct image_entry *entry);
/* A bad image was written anew. */
void image_table_revive(struct store *store, struct image_entry *entry);
void image_table_set_parent(struct store *store, struct image_entry *entry,
			    const struct digest *parent);
/* Whether config, system and layers are in order; a bad one is warned of. */
int image_check(struct store *store, struct image_entry *entry,
		struct err *err);

/* ---- repositories.c ---- */
int tag_table_load(struct store *store, struct err *err);
void tag_table_release(struct store *store);
/* Fills the tags of all images. */
void tag_table_apply(struct store *store);
const struct tag_entry *tag_table_find(const struct store *store,
				       const char *ref);
/* Each of these two changes the file, then the table and image->tags. */
int tag_table_set(struct store *store, const char *ref,
		  const struct digest *id, struct digest *moved_from,
		  struct err *err);
int tag_table_unset(struct store *store, const char *ref, struct err *err);
int tag_table_save(struct store *store, struct err *err);
/* All of it anew; written only if it differs. */
int tag_table_replace(struct store *store, const struct strv *refs,
		      const struct digest *ids, struct err *err);

/* ---- layers.c ---- */
void layer_table_release(struct store *store);
/* 1 good, 0 not there or bad, -1. */
int layer_table_get(struct store *store, const struct digest *chain,
		    struct layer_entry **out, struct err *err);
void layer_table_forget(struct store *store, const struct digest *chain);
/* The link of overlay2/<cache_id>, LINK_LEN characters. */
int layer_read_link(struct store *store, const char *cache_id,
		    struct buf *out, struct err *err);
/* What the "lower" of a layer on top of this one has to hold. */
int layer_make_lower(struct store *store, const char *cache_id,
		     struct buf *out, struct err *err);
/* Rebuilds the tar: 1 it has the diff ID, 0 it has not (why in err), -1. */
int layer_verify(struct store *store, const struct layer *layer,
		 struct err *err);

/* ---- mirror.c ---- */
#define LAYER_ABSENT "absent" /* cache-id of a layer without files */
void mirror_load(struct store *store);
bool layer_absent(const struct layer *layer);

/* ---- draft.c ---- */
/* Takes the layer's directory from layerdb: it is a draft again. */
int draft_withdraw(struct store *store, const struct layer *layer,
		   struct err *err);
/* Removes a draft, its overlay2 directory and link if it had got so far. */
int draft_discard(struct store *store, const char *cache_id,
		  struct err *err);

/* ---- put.c ---- */
/* A file that appears whole; not synced (see recover.c). */
int store_publish(struct store *store, int dir, const char *name,
		  const void *bytes, size_t len, mode_t mode,
		  struct err *err);

/* ---- kept.c ---- */
/* 1 there are some, 0 none, -1. */
int containers_of(struct store *store, const struct digest *image,
		  const struct container_use **out, struct err *err);
void containers_release(struct store *store);

/* ---- remove.c ---- */
/* All from one repository, with at most one tag; false for none. */
bool refs_are_single(const struct strv *refs);
void layer_uses_release(struct store *store);

/* ---- recover.c ---- */
/* Removes what a killed writer left; verifies what a crashed machine left. */
int store_recover(struct store *store, struct err *err);
/* To be called before anything that is not synced appears. */
int store_mark(struct store *store, struct err *err);
/* Puts a broken layer and all that stands on it out of sight. */
int store_retire(struct store *store, const struct digest *chain,
		 struct err *err);
