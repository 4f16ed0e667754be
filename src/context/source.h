/*
 * From the words of a COPY or ADD to what they name and to the source part of
 * the cache key (classic-builder.md 3.3 to 3.6). Works on any tree.
 */
#pragma once

#include <stdint.h>

#include "spec/tree.h"

/* One thing a source word resolved to, in Docker's order. */
struct source_item {
	char *word;              /* after normalising, links not resolved */
	const struct node *node; /* what it landed on */
	char *resolved;          /* its path */
	char *name;              /* last part of word: the destination's name */
	bool is_dir;
	bool from_wildcard;
	struct tree *tree;       /* a download: where it lies; NULL: the set's */
	char *key;               /* "file:…" or "dir:…", NULL until known */
};

/* One file that went into a key, for the journal and for reasons. */
struct source_file {
	const struct node *entry; /* the thing itself: no link is followed */
	const struct node *node;  /* NULL: only its path text was hashed */
	const char *sum;          /* 64 hex digits or the path text */
};

struct source_set {
	struct source_item *items;
	size_t count;
	char *key; /* the word after COPY/ADD, or NULL until made */
};
void source_set_release(struct source_set *set);
AUTO_DEFINE_IN_PLACE(struct source_set, source_set_release)

/*
 * Resolves the words (already expanded). verb is "COPY" or "ADD" for Docker's
 * messages. No content is read.
 */
int source_find(struct tree *tree, const char *verb, const struct strv *words,
		struct source_set *out, struct err *err);

/* The same for one word more: what it names is appended to set, and a pattern
 * that matches nothing is no error. */
int source_add(struct tree *tree, const char *verb, const char *word,
	       struct source_set *set, struct err *err);

/* Whether all sums are known without reading: 1 yes, 0 no, -1. */
int source_known(struct tree *tree, const struct source_set *set,
		 struct err *err);

/* Makes set->key, reading what must be read. tree may be NULL if all items are
 * downloads, whose keys are bare sums. */
int source_make_key(struct tree *tree, struct source_set *set,
		    struct err *err);

/* The size of the layer that copies them, as Docker counts: content of files,
 * each inode once, and the texts of links. Nothing is read but directories;
 * -1. */
int64_t source_bytes(struct tree *tree, const struct source_set *set,
		     struct err *err);

/* Every file below the items with its sum (which must be known), in walk
 * order; calls visit for each. */
typedef int source_visit(void *arg, const struct source_file *file,
			 struct err *err);
int source_each(struct tree *tree, const struct source_set *set,
		source_visit *visit, void *arg, struct err *err);
