/*
 * The plan as if: files of the context had other content, build arguments
 * another value, the Dockerfile other lines. Nothing is written; the decision
 * is that of plan_open() over an input that is made up here.
 */
#pragma once

#include "plan/workspace.h"

/*
 * What is to be imagined, as a user wrote it. Lines are those of the file as
 * it is, however many edits there are; a line of a continued instruction
 * stands for all of it. One past the last line is the end.
 */
struct whatif {
	struct strv touch;    /* PATH of the context, directory or pattern */
	struct strv set_args; /* K=V: as if --build-arg K=V */
	struct strv move;     /* LINE:LINE: the first before the second */
	struct strv drop;     /* LINE */
	struct strv insert;   /* LINE:TEXT: before that line */
	struct strv ignore;   /* a line at the end of .dockerignore */
	struct strv unignore; /* LINE of it */
	const char *text;     /* the Dockerfile as it stands in an editor, before
	                       * the edits above; or NULL; borrowed */
};
void whatif_release(struct whatif *whatif);
AUTO_DEFINE_IN_PLACE(struct whatif, whatif_release)
bool whatif_is_set(const struct whatif *whatif);
/* What is imagined, an item each: "touch go.sum". These words are the request
 * lines of `varve plan --serve`, too (cli/serve.h). */
void whatif_words(const struct whatif *whatif, struct strv *out);

/* The text of a Dockerfile after the edits; owned. NULL and ERR_USAGE where
 * an edit cannot be read or names no line. */
char *whatif_text(const struct whatif *whatif, const char *text,
		  struct err *err);

/* .dockerignore after the edits; now: its text, or NULL. */
struct whatif_ignore {
	char *text;
	int *was;     /* number of each line before, 0: it is new */
	size_t count; /* of lines */
};
int whatif_ignore(const struct whatif *whatif, const char *now,
		  struct whatif_ignore *out, struct err *err);
void whatif_ignore_release(struct whatif_ignore *ignore);
bool whatif_ignores(const struct whatif *whatif); /* there are such edits */

struct whatif_files {
	const struct strv *touch;
	const char *name, *text; /* a file with these bytes; or NULL */
};
/*
 * A tree with other content in the files that the patterns name: their sums
 * differ from all others. What lies below a named directory is named. A name
 * that is on the disk but not in the context changes nothing and is said in
 * notes; one that is nowhere is ERR_NOT_FOUND. below is borrowed and must
 * outlive *out.
 */
int whatif_tree(struct tree *below, const struct whatif_files *files,
		struct strv *notes, struct tree **out, struct err *err);

/* A workspace as if: borrows that which it was made of. */
struct imagined {
	struct plan_input input; /* for plan_open */
	struct dockerfile *file; /* or NULL: as it was */
	char *text;              /* of file */
	struct tree *context;    /* other contents, or NULL: as it was */
	struct tree *ignoring;   /* by another .dockerignore, below that; or
				  * NULL; the workspace's */
	struct whatif_ignore ignore; /* which one */
	struct build_arg *args;
	size_t arg_count;
	struct strv notes;       /* what has no effect, and why */
};
/* The context by another .dockerignore is kept in the workspace, for as long
 * as the same is asked for: until then imagined is good. */
int whatif_open(const struct whatif *whatif, struct workspace *now,
		struct imagined **out, struct err *err);
void imagined_free(struct imagined *imagined);
AUTO_DEFINE(struct imagined, imagined_free)
