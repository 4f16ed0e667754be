/*
 * What every verb is made of: a row in the table of verbs, a table of options,
 * a run function. Help texts and getopt tables are made from these rows.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

enum opt_kind {
	OPT_BOOL,    /* --rm, --rm=false: a bool */
	OPT_STRING,  /* a const char *, the last one counts */
	OPT_LIST,    /* repeatable: a struct strv */
	OPT_COMMAS,  /* repeatable, each a comma list: a struct strv */
	OPT_NUMBER,  /* an int64_t */
	OPT_BYTES,   /* "64m", "1.5 GiB", "512b": an int64_t of bytes */
	OPT_BYTES_OR_NONE, /* the same, or -1: no limit */
};

struct opt {
	char letter;        /* or 0 */
	const char *name;
	enum opt_kind kind;
	size_t offset;      /* into the verb's options struct */
	const char *arg;    /* placeholder in the help, NULL for OPT_BOOL */
	const char *help;   /* NULL: accepted, not shown */
};
#define OPT_END { .name = NULL }

struct verb {
	const char *name, *synopsis, *help;
	const struct opt *opts; /* ends with OPT_END */
	int (*run)(const struct verb *verb, int argc, char **argv);
};

extern const struct verb verb_build, verb_plan, verb_why, verb_parse,
	verb_tree, verb_images, verb_history, verb_inspect, verb_import,
	verb_load, verb_save, verb_tag, verb_rmi, verb_prune, verb_fsck,
	verb_context, verb_advise, verb_files, verb_diff, verb_blame,
	verb_waste, verb_df, verb_copy, verb_learn, verb_pull, verb_push,
	verb_login, verb_logout, verb_shell;

/*
 * Reads the options of argv into the struct at values. Strings are borrowed
 * from argv. 0: go on, *rest is the index of the first operand (argv is
 * permuted); 1: --help was printed, exit 0; -1: usage error, said already.
 */
int opts_parse(const struct verb *verb, int argc, char **argv, void *values,
	       int *rest);
void opts_help(const struct verb *verb);
/* "varve: <text>" and where help is; returns 2. */
int usage_error(const struct verb *verb, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Prints "varve: <message>" on stderr; returns the exit code of err. */
int fail(const struct err *err);
