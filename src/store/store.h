/*
 * Docker's overlay2 data root (store.md sections 1, 2, 4). A root that varve
 * made carries <root>/varve/; any other is read and never written.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "spec/config.h"
#include "spec/tree.h"

enum store_mode {
	STORE_READ,  /* any root, nothing is written, no lock */
	STORE_WRITE, /* ours only; made if missing or empty; takes the lock */
};

struct store;

/* Default root (owned): $VARVE_ROOT, /var/lib/varve for root, else
 * ${XDG_DATA_HOME:-~/.local/share}/varve. */
char *store_default_root(void);
/*
 * STORE_READ of a root that does not exist gives an empty store.
 * ERR_DENIED: not ours; ERR_CONFLICT: another varve writes, or a dockerd runs
 * on this root; ERR_CORRUPT: repositories.json is damaged.
 *
 * One process writes at a time. A kill loses nothing that was finished; after
 * a crash of the machine the next writer verifies what was made shortly
 * before (recover.c) and says in the warnings what did not survive.
 */
int store_open(const char *root, enum store_mode mode, struct store **out,
	       struct err *err);
void store_free(struct store *store);
AUTO_DEFINE(struct store, store_free)
const char *store_root(const struct store *store);
bool store_is_ours(const struct store *store);
/* Ours, or nobody's so far. */
bool store_is_free(const struct store *store);
/* Descriptor of <root>/varve (borrowed) for journals and the like, or -1. */
int store_private_fd(const struct store *store);
/* Problems met while opening (a damaged image left out, …), as sentences. */
const struct strv *store_warnings(const struct store *store);

/* ---- images ---- */

struct image {
	struct digest id;
	struct digest parent;    /* unset: none recorded */
	struct strv tags;        /* familiar references (":tag", "@sha256:…"),
	                            in docker's order: by full name */
	struct image_config config; /* parsed on demand: see image_config_of */
	bool loaded;
	uint64_t size;           /* of all layers; UINT64_MAX: not known yet */
	struct image **children; /* by parent link, in order of id */
	size_t child_count;
	bool pulled_or_loaded;   /* no parent link though it has history;
	                            known once loaded */
};

/*
 * All images that are whole, sorted by id, owned by the store; valid until it
 * changes. The first call reads every configuration (and keeps it: loaded);
 * what is damaged is left out, with a warning, and out of its parent's
 * children. All other calls read only what they are asked for.
 */
int store_images(struct store *store, struct image *const **out,
		 size_t *count, struct err *err);
/*
 * The same without reading any: what is damaged is still among them. Then
 * read in pieces, for who must not wait: the next `most`; true: all were, and
 * the list is as store_images gives it.
 */
void store_images_unread(struct store *store, struct image *const **out,
			 size_t *count);
bool store_images_read(struct store *store, size_t most);
/* Takes the configurations that another opening of the same root has read: an
 * ID has the same one for ever. from is of no use afterwards. */
void store_adopt(struct store *store, struct store *from);
/* By exact id: 1/0/-1. It may turn out damaged when it is loaded. */
int store_image(struct store *store, const struct digest *id,
		struct image **out, struct err *err);
/* As a user names it: reference, full or short ID. 1/0/-1 (ambiguous: -1). */
int store_find(struct store *store, const char *name, struct image **out,
	       struct err *err);
/* The parsed configuration, loaded once. NULL and err if damaged. */
const struct image_config *store_config(struct store *store,
					struct image *image, struct err *err);
/* Raw configuration bytes. */
int store_config_bytes(struct store *store, const struct digest *id,
		       struct buf *out, struct err *err);
int store_image_size(struct store *store, struct image *image,
		     uint64_t *size, struct err *err);
/* Images without a parent link (candidates of FROM scratch). */
int store_orphans(struct store *store, struct image *const **out,
		  size_t *count, struct err *err);

/*
 * Writes a configuration; its digest is the ID. parent may be unset. Layers
 * must be there. An image of the same ID is left as it is (parent rewritten).
 */
int store_put_image(struct store *store, const char *json, size_t len,
		    const struct digest *parent, struct digest *id,
		    struct err *err);
/* The same for an image that was built here: daemons from 23.0.10 on take
 * only such images for their cache (metadata builtLocally). */
int store_put_built(struct store *store, const char *json, size_t len,
		    const struct digest *parent, struct digest *id,
		    struct err *err);
int store_set_parent(struct store *store, const struct digest *id,
		     const struct digest *parent, struct err *err);
/* ref: familiar with tag. moved_from (or NULL) gets the ID that lost it. */
int store_tag(struct store *store, const char *ref, const struct digest *id,
	      struct digest *moved_from, struct err *err);

/* When a tag was last set on the image, as it is written there (RFC 3339), or
 * NULL; owned. */
char *store_last_tagged(struct store *store, const struct digest *id);

/* The same without lastUpdated: names that come with pull and load. */
int store_tag_undated(struct store *store, const char *ref,
		      const struct digest *id, struct digest *moved_from,
		      struct err *err);

/* What a removal did, in Docker's order and words ("Untagged: …"). */
struct removal {
	struct strv lines;
};
/* docker rmi: name may be a tag or an ID. Docker's conflict texts. */
int store_remove(struct store *store, const char *name, bool force,
		 bool no_prune, struct removal *out, struct err *err);

/* Why docker would not remove an image by its ID: "2 children stand on it: …",
 * "a container uses it: …", "2 names mean it: …"; nothing if it would. */
int store_kept_by(struct store *store, const struct image *image,
		  struct strv *out, struct err *err);
/* Of a STORE_READ, what containers there are is read again when next asked. */
void store_look_again(struct store *store);

/* docker image prune: which images go (those without a name, or with all also
 * those that have one) and have no child. */
struct prune {
	bool all;
	struct moment until;          /* set: not made after it */
	const struct strv *labels;    /* "K" or "K=V", all of them; or NULL */
	const struct strv *not_labels;/* none of these; or NULL */
};
/* What something else needs is left. *freed: bytes of the layers that went. */
int store_prune(struct store *store, const struct prune *what,
		struct removal *out, uint64_t *freed, struct err *err);

/* ---- mirrors ---- */

/*
 * A root of ours that repeats the images of a store elsewhere. An image has
 * the ID that it has there, though its configuration is only what is known of
 * it; a layer is known by digest and size before its files are here.
 */
bool store_is_mirror(const struct store *store);
/* Of an open, fresh store. */
int store_mirror_make(struct store *store, struct err *err);
/* All layers of config that are not known, sizes in order, bottom first. */
int store_mirror_layers(struct store *store, const struct image_config *config,
			const uint64_t *sizes, struct err *err);
int store_mirror_put(struct store *store, const struct digest *id,
		     const char *json, size_t len, const struct digest *parent,
		     struct err *err);
/* When it was last tagged (RFC 3339), or NULL: never. */
int store_mirror_tagged(struct store *store, const struct digest *id,
			const char *when, struct err *err);
int store_mirror_drop(struct store *store, const struct digest *id,
		      struct err *err);
/* All names there are: refs.items[i] means ids[i]. */
int store_mirror_names(struct store *store, const struct strv *refs,
		       const struct digest *ids, struct err *err);
/* From here on layers whose files are not here do not count, so that they
 * are registered anew. */
int store_mirror_refill(struct store *store, struct err *err);
void store_mirror_refilled(struct store *store);
/* Whether one was cut off: any layer may be missing. */
bool store_mirror_torn(const struct store *store);

/* Gets the files of all layers up to chain into the same root. */
typedef int store_bring(void *arg, struct store *store,
			const struct digest *chain, struct err *err);
void store_on_absent(struct store *store, store_bring *bring, void *arg);
/* To be called before the files of these layers are looked at by path; all
 * functions of this folder do. */
int store_need(struct store *store, const struct digest *chain,
	       struct err *err);

/* ---- layers ---- */

struct layer {
	struct digest chain_id, diff_id, parent; /* parent chain, may be unset */
	char *cache_id;
	uint64_t size;
};
/* 1/0/-1. *out is owned by the store. */
int store_layer(struct store *store, const struct digest *chain_id,
		const struct layer **out, struct err *err);
/* The layers of an image, bottom first; owned array of borrowed layers. */
int store_layers_of(struct store *store, const struct image_config *config,
		    const struct layer ***out, size_t *count,
		    struct err *err);
/* <root>/overlay2/<cache-id>/diff, owned. */
char *store_layer_path(const struct store *store, const struct layer *layer);
/* Descriptor on the layer's tar-split, gzip'ed; -1 with err. */
int store_layer_split(struct store *store, const struct layer *layer,
		      struct err *err);
/* The exact layer tar. */
int store_layer_tar(struct store *store, const struct layer *layer,
		    int (*sink)(void *arg, const void *bytes, size_t len,
				struct err *err),
		    void *arg, struct err *err);

/*
 * A layer being made: an empty overlay directory that nobody sees until it is
 * committed. Freed uncommitted, all of it is removed.
 */
struct layer_draft;
int store_draft(struct store *store, const struct digest *parent_chain,
		struct layer_draft **out, struct err *err);
int layer_draft_diff_fd(const struct layer_draft *draft);     /* borrowed */
const char *layer_draft_diff_path(const struct layer_draft *draft);
const char *layer_draft_work_path(const struct layer_draft *draft);
int layer_draft_split_fd(const struct layer_draft *draft);    /* borrowed */
/* "trusted.overlay.opaque", or "user.overlay.opaque" in a user namespace */
const char *store_opaque_xattr(const struct store *store);
/* For overlay mounts: absolute diff directories, top first; owned. */
int store_lower_paths(struct store *store, const struct digest *chain,
		      struct strv *out, struct err *err);
/*
 * Makes it a layer. If the chain exists already the draft is dropped and the
 * old layer used. More than 125 layers: `max depth exceeded`.
 */
int layer_draft_commit(struct layer_draft *draft, const struct digest *diff_id,
		       uint64_t size, struct digest *chain_id,
		       struct err *err);
void layer_draft_free(struct layer_draft *draft);
AUTO_DEFINE(struct layer_draft, layer_draft_free)

/* ---- the files of an image ---- */

/* The merged tree of a chain (unset: empty), without mounting anything:
 * whiteouts and opaque directories applied. is_image is set. */
int store_tree(struct store *store, const struct digest *chain,
	       struct tree **out, struct err *err);
/* What one layer does to the files below it. */
enum layer_change { LAYER_ADDED, LAYER_CHANGED, LAYER_REMOVED };
struct layer_file {
	enum layer_change change;
	const char *path; /* without leading slash; valid during the call */
	mode_t mode;      /* 0 if removed */
	off_t size;       /* of regular files */
};
/* Non-zero ends the walk with that value. */
typedef int store_change_visit(void *arg, const struct layer_file *file,
			       struct err *err);
/* In bytewise order within each directory, a directory before what is in it;
 * what an opaque directory hides comes last. */
int store_layer_changes(struct store *store, const struct layer *layer,
			store_change_visit *visit, void *arg,
			struct err *err);
