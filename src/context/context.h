/*
 * A build context: what the docker client would send (classic-builder.md 3.2,
 * section 6), as a tree. Nothing is read but directories and attributes until
 * a sum is asked for, and a file whose stat is as the cache knows it is not
 * read at all.
 */
#pragma once

#include <stdint.h>

#include "spec/tree.h"

#define IGNORE_NAME ".dockerignore"
#define IGNORE_FILE_MAX (16 << 20) /* bytes */

struct context_options {
	/* Name of the Dockerfile inside the context ("Dockerfile",
	 * "sub/D"), to apply the rules that keep or drop it; NULL: none. */
	const char *dockerfile;
	/* Directory for the stat cache, or NULL for none. */
	const char *cache_dir;
	/* Type bits in modes as the 20.10 client sends them (default) or
	 * none as clients from 23 on do. */
	bool no_type_bits;
	/* Extra entry that the client adds for a Dockerfile outside the
	 * context; see classic-builder.md 6.1. NULL: none. */
	const char *extra_ignore;
	/* Remember what is not sent, for context_ignored. */
	bool keep_ignored;
	/* As if .dockerignore held this, there or not; NULL: what it holds. */
	const char *ignore_text;
};

/* Default cache directory: $XDG_CACHE_HOME/varve or ~/.cache/varve; owned,
 * NULL if neither is known. */
char *context_cache_dir(void);

/* Opens and walks a directory. Errors in Docker's words where it has them. */
int context_open_dir(const char *path, const struct context_options *options,
		     struct tree **out, struct err *err);
/* The directory of a context as if its .dockerignore held this text. Sums that
 * the context knows are known to the new one. */
int context_open_ignoring(struct tree *like, const char *ignore_text,
			  struct tree **out, struct err *err);
/* A tar (plain or compressed) from fd, read to its end. Nothing is unpacked:
 * the contents lie in one nameless file until tree_free, all sums are known.
 * dockerfile counts of the options, nothing else. */
int context_open_tar(int fd, const struct context_options *options,
		     struct tree **out, struct err *err);
/* Writes what was learnt to the stat cache; failure to do so is no error. */
void context_save_cache(struct tree *tree);

struct context_stats {
	size_t files, dirs, links, ignored;
	uint64_t bytes;      /* content of regular files */
	uint64_t tar_bytes;  /* length of the tar the client would send */
};
void context_get_stats(struct tree *tree, struct context_stats *out);

/* The size of the Dockerfile that extra_ignore stands for, for tar_bytes. */
void context_add_dockerfile(struct tree *tree, uint64_t size);

/* What the client sends, in its order, build files that are taken out again
 * and directories that the daemon makes included; NULL past the end. */
const struct node *context_entry(struct tree *tree, size_t i);

/* What it does not send. A directory into which the client does not look
 * counts all that is below it. */
struct context_ignored {
	const char *path;
	int line;       /* of .dockerignore; 0: a socket */
	mode_t mode;
	size_t files;   /* itself, or all below that is no directory */
	uint64_t bytes; /* of regular files */
};
/* In walk order, borrowed; none without keep_ignored. What cannot be looked
 * into counts as empty. */
const struct context_ignored *context_ignored(struct tree *tree,
					      size_t *count);

/* The .dockerignore rules of the context, borrowed; NULL if there are none. */
struct ignore;
const struct ignore *context_ignore(struct tree *tree);
/* Their text, borrowed; NULL if there is no such file. */
const char *context_ignore_text(struct tree *tree);
/* Directory descriptor of the context root (borrowed), -1 if there is none. */
int context_root_fd(struct tree *tree);
