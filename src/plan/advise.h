/*
 * Advice on a Dockerfile: what a change of the context costs, which edit
 * would have saved most over its last changes, and what else is found.
 *
 * Verdicts, durations and readers come from plans: the one of the Dockerfile
 * and one of each edit. Only edits that keep the meaning are made; each says
 * by which rule. Nothing is written.
 */
#pragma once

#include "plan/workspace.h"

struct advise_options {
	int changes;     /* of the context that are looked at; 0: 50 */
	int older_than;  /* days, of a download that is told */
	bool no_git;
};

/* What a change of a file costs: all files that the same steps read. */
struct advise_path {
	struct strv paths;   /* the files, in tree order */
	int step;            /* n of the first that misses */
	int steps;           /* that run again */
	int64_t ms;          /* they took; -1 not known of any */
};

enum advise_kind { ADVISE_SPLIT, ADVISE_REORDER, ADVISE_ARG };
struct advise_edit {
	enum advise_kind kind;
	int line;            /* of the instruction that is moved or split */
	char *what, *rule;   /* sentences: the edit; why it keeps the meaning */
	char *diff;          /* unified */
	/* Of all looked at changes, or of one change of the argument. */
	int64_t before_ms, after_ms;
	char *plan_json;     /* the plan of the edit */
	struct plan_summary before, after; /* the next build */
};
const char *advise_kind_name(enum advise_kind kind); /* "split" */

struct advise_finding {
	const char *code;    /* "git-in-context" */
	int line, step;      /* 0: none */
	char *text;
};

enum advise_source { ADVISE_FROM_GIT, ADVISE_FROM_JOURNALS, ADVISE_FROM_FILES };
const char *advise_source_name(enum advise_source source);

struct advise {
	struct advise_path *paths;
	size_t path_count;
	enum advise_source source;
	size_t change_count;
	int64_t change_ms;          /* cost of all of them as it is; -1 */
	struct advise_edit *edits;  /* what saves most first */
	size_t edit_count;
	struct advise_finding *findings;
	size_t finding_count;
};
/* plan: walked, of the workspace. */
int advise_make(struct workspace *workspace, struct plan *plan,
		const struct advise_options *options, struct advise **out,
		struct err *err);
void advise_free(struct advise *advise);
AUTO_DEFINE(struct advise, advise_free)
/* As doc/advise.schema.json says; owned. */
char *advise_format_json(const struct advise *advise);
