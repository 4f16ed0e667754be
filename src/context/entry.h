/*
 * What the files of a context share: its entries and where their content is.
 * Only src/context includes this.
 */
#pragma once

#include <stdint.h>

#include "base/mem.h"
#include "context/context.h"
#include "context/ignore.h"
#include "spec/layertar.h"

#define CAPABILITY_UNKNOWN (-1)

/* One entry; the node comes first, so that each leads to the other. Lives in
 * the context's arena. */
struct entry {
	struct node node;
	uid_t owner;         /* on the disk; node.uid is 0 */
	gid_t group;
	nlink_t links;
	int capability;      /* length as sent, or CAPABILITY_UNKNOWN */
	bool unstable;       /* changed while it was read: never cached */
	bool from_cache;     /* node.sum comes from the stat cache */
	const char *content; /* instead of the file's, or NULL */
	/* In a tar context: */
	off_t offset;        /* of the content in the spool */
	const char *capability_bytes;
	bool dead;           /* replaced by a later entry */
};

/* Build files that .dockerignore takes away again: at most itself and the
 * Dockerfile. */
#define HIDDEN_MAX 2

struct tar_index;

struct context {
	struct tree tree;
	struct arena *arena;
	struct arena **arenas; /* of the threads that read it */
	size_t arena_count;
	int root_fd;        /* -1 in a tar context */
	char *root_path;
	bool no_type_bits;
	const char *dockerfile; /* as in the options, or NULL */
	const char *ignore_text;
	struct ignore *ignore;  /* what the file says, or NULL */
	struct ignore *applied; /* with the exceptions the client adds */
	struct entry *root;
	/* All but the root in walk order, hidden ones included. */
	struct entry **entries;
	size_t count;
	const struct entry *hidden[HIDDEN_MAX];
	size_t hidden_count;
	struct context_stats stats;
	bool keep_ignored;
	bool measured;
	struct context_ignored *left;
	size_t left_count;
	/* What the client adds for a Dockerfile from elsewhere: the line, and
	 * all of it in bytes. */
	const char *extra;
	uint64_t extra_bytes;
	/* stat cache */
	char *cache_dir;
	struct timespec walk_start;
	bool cache_dirty;
	/* tar context */
	int spool_fd;
	struct tar_index *index;
};

static inline struct context *context_of(struct tree *tree)
{
	return (struct context *)(void *)tree;
}

/* Nodes are const to the outside; here is who made them. */
static inline struct entry *entry_of(const struct node *node)
{
	union {
		const struct node *node;
		struct entry *entry;
	} both = { .node = node };

	return both.entry;
}

/* Whether bytes of a file enter its sum. */
static inline bool entry_has_content(const struct entry *entry)
{
	return S_ISREG(entry->node.mode) && !entry->node.hardlink &&
	       entry->node.size > 0;
}

/* An empty context with its operations; freed by tree_free. */
struct context *context_new(void);
/* Those of the Dockerfile, and of the one from elsewhere. */
void context_set_names(struct context *context,
		       const struct context_options *options);
/* path must live as long as the entry. */
struct entry *entry_new(struct arena *arena, const char *path);
/* Walk order: a directory's content comes before what follows its name. */
int path_order(const char *a, size_t a_len, const char *b);

/* scan.c: fills root, entries and stats. content: instead of that of
 * .dockerignore, which is made if it is not there; or NULL. */
int context_walk(struct context *context, const char *content,
		 struct err *err);
/* walk.c. */
/* The entries below the root in order, hard links told; sets children. */
void context_number(struct context *context);
/* The content is this, whatever the disk has; a copy is made. */
void entry_set_content(struct context *context, struct entry *entry,
		       const char *content);
/* If both are one path's, and the file is as it was. */
void entry_lend_sum(const struct entry *known, struct entry *to);
/* Takes the ignored build files out of their directories. */
void context_hide(struct context *context);
/* The line that the client adds to .dockerignore: context->extra. */
void context_add_ignore(struct context *context);
/* The rules of .dockerignore, and their text. */
int context_take_ignore(struct context *context, const struct buf *text,
			struct err *err);

/* header.c: the tar header as the client sends it. Strings are borrowed but
 * for xattrs: release with entry_header_release. 1; 0 it has none; -1. */
int entry_header(struct context *context, struct entry *entry,
		 struct tar_entry *out, struct buf *name, struct err *err);
void entry_header_release(struct tar_entry *header);
/* security.capability as the client sends it: 1, 0, -1. */
int entry_capability(struct context *context, struct entry *entry,
		     struct buf *out, struct err *err);
/* Blocks of header and content in the client's tar. */
uint64_t entry_tar_bytes(struct context *context, struct entry *entry);

/* cache.c: gives entries the sums that are still theirs. */
void stat_cache_load(struct context *context);
void stat_cache_save(struct context *context);

/* tar_index.c, tar.c: where things are in a tar context. */
int tar_index_find(struct context *context, const char *path,
		   const struct node **out);
void tar_index_free(struct tar_index *index);
int tar_open(struct context *context, const struct entry *entry,
	     struct err *err);
