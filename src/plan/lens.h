/*
 * What a build context holds: what is sent and what .dockerignore keeps out,
 * by which line, how much it is, which steps read it, what of it changed since
 * those steps were last built; or what it would hold by another .dockerignore.
 * Made from a walked plan; nothing is written.
 */
#pragma once

#include "plan/whatif.h"

enum lens_state {
	LENS_IN,      /* sent */
	LENS_HIDDEN,  /* sent, taken out again before the first step */
	LENS_IMPLIED, /* a directory that is not sent, but something below it */
	LENS_OUT,     /* not sent */
	LENS_GONE,    /* was there at the last build, and is no more */
};
const char *lens_state_name(enum lens_state state); /* "in" */

struct lens_sum {
	size_t files;   /* all but directories */
	uint64_t bytes;
};

/* A line of .dockerignore that decides. */
struct lens_rule {
	const char *pattern; /* as it was understood, without "!" */
	bool keep;           /* it has a "!" */
	int line;            /* of the file as it is; 0: it is imagined */
	bool dropped;        /* it is imagined away */
	struct lens_sum sum; /* what it keeps out, or (keep) in */
};

/* Where another .dockerignore is imagined. */
enum lens_move {
	LENS_STAYS,
	LENS_COMES, /* it was not sent */
	LENS_GOES,  /* it, or something below it, was sent */
};
const char *lens_move_name(enum lens_move move); /* "comes" */

struct lens_node {
	const char *path, *name; /* "" and "." at the root */
	mode_t mode;             /* 0: not known (gone) */
	enum lens_state state;
	const struct lens_rule *rule; /* that decided, or NULL */
	enum lens_move move;
	char change;             /* '+' '-' '~', or 0 */
	/* Of itself and all below it. */
	struct lens_sum in, out;
	size_t changed;
	/* Step numbers, rising: that read it with all below it, and that read
	 * something below it. Those of its parents count too. */
	int *reads, *reads_inside;
	size_t read_count, inside_count;
	struct lens_node *parent;
	struct lens_node **children;
	size_t child_count;
};

/* A step that reads the context. */
struct lens_step {
	const struct step *step;  /* borrowed from the plan */
	struct digest compared;   /* image with the old files; unset: none */
};

#define LENS_BIGGEST 5

struct lens {
	struct lens_node *root;
	struct lens_rule *rules;  /* in the order of their lines */
	size_t rule_count;
	bool imagined;            /* .dockerignore is */
	struct lens_sum before;   /* what is sent as it is */
	struct lens_step *steps;
	size_t step_count;
	struct context_stats stats;
	bool outside_file;        /* the Dockerfile is sent along */
	struct lens_sum unread;   /* sent, and no step reads it */
	bool whole;               /* the plan came to its last step */
	/* Directories by bytes sent, largest first. */
	const struct lens_node *biggest[LENS_BIGGEST];
	size_t biggest_count;
	struct arena *arena;
};

enum lens_sort { LENS_BY_NAME, LENS_BY_SIZE };

/* imagined: another .dockerignore, if it has one; or NULL. plan: of these,
 * walked, or NULL where the Dockerfile has mistakes: no step is told. What is
 * out is there if the workspace was opened with keep_ignored. All must outlive
 * the lens. Files may be read to compare them. */
int lens_make(struct workspace *workspace, const struct imagined *imagined,
	      struct plan *plan, enum lens_sort sort, struct lens **out,
	      struct err *err);
void lens_free(struct lens *lens);
AUTO_DEFINE(struct lens, lens_free)

/* The steps that read all of it, its parents' counted, rising; count numbers,
 * owned, NULL if there are none. */
int *lens_readers(const struct lens_node *node, size_t *count);

/* As doc/context.schema.json says; owned. */
char *lens_format_json(const struct lens *lens);
/* The same, an object a line: {"rule":…}, {"entry":…}, {"summary":…}. */
char *lens_format_jsonl(const struct lens *lens);

/* Reads these lines back, as they come. Steps are not read. */
struct lens_reader;
struct lens_reader *lens_reader_new(void);
int lens_reader_add(struct lens_reader *reader, const char *line, size_t len,
		    struct err *err);
/* ERR_INPUT: they broke off. */
int lens_reader_end(struct lens_reader *reader, struct lens **out,
		    struct err *err);
void lens_reader_free(struct lens_reader *reader);
AUTO_DEFINE(struct lens_reader, lens_reader_free)
