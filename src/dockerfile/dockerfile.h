/*
 * A Dockerfile as Docker 20.10 reads it (classic-builder.md section 5).
 *
 * Parsing never stops at the first mistake: it gives a tree and a list of
 * diagnostics. The first diagnostic carries the text that Docker would say.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

enum instr_kind {
	INSTR_ADD, INSTR_ARG, INSTR_CMD, INSTR_COPY, INSTR_ENTRYPOINT,
	INSTR_ENV, INSTR_EXPOSE, INSTR_FROM, INSTR_HEALTHCHECK, INSTR_LABEL,
	INSTR_MAINTAINER, INSTR_ONBUILD, INSTR_RUN, INSTR_SHELL,
	INSTR_STOPSIGNAL, INSTR_USER, INSTR_VOLUME, INSTR_WORKDIR,
	INSTR_UNKNOWN, /* only inside ONBUILD, or with a diagnostic */
};
const char *instr_name(enum instr_kind kind); /* "COPY" */
bool instr_copies(enum instr_kind kind); /* COPY, ADD */
/* Whether a history's text, without what a builder puts before it, is one of
 * an instruction that changes the configuration alone. */
bool instr_text_is_config(const char *text);

/*
 * 1-based lines; 1-based columns in bytes of the line as it is in the file (a
 * byte order mark counts); the end is one past the last.
 */
struct place {
	int line, column, end_line, end_column;
};

struct instr_flag {
	char *name, *value; /* --name=value; without "=" value is NULL */
	struct place at;
};

/* One word of the source with its place, before any expansion. */
struct instr_word {
	char *text;
	struct place at;
};

/* A name=value pair of ENV, LABEL, ARG, raw (quotes still in). */
struct instr_pair {
	char *name, *value; /* ARG without "=": value is NULL */
	struct place at;
};

struct instr {
	enum instr_kind kind;
	char *keyword;       /* as written */
	struct place at;     /* the whole instruction, continuations included */
	char *text;          /* lines joined and trimmed: Docker's Step line */
	char *tail;          /* the blanks that were behind it, or NULL */
	char *rest;          /* argument text after keyword and flags, trimmed */
	struct instr_flag *flags;
	size_t flag_count;
	bool json;           /* exec form */
	/*
	 * RUN CMD ENTRYPOINT SHELL: the list, or one shell line.
	 * ADD COPY: sources then destination. VOLUME EXPOSE: words, in the
	 * order of the source (EXPOSE is sorted when its key is made).
	 * MAINTAINER USER WORKDIR STOPSIGNAL: one argument.
	 * FROM: image, then the stage name (lower-cased) if there is one.
	 * HEALTHCHECK: "CMD" or "NONE", then list or shell line (json tells).
	 */
	struct instr_word *words;
	size_t word_count;
	struct instr_pair *pairs; /* ENV LABEL ARG */
	size_t pair_count;
	struct instr *sub;        /* ONBUILD: what it holds */
	char *onbuild;            /* ONBUILD: source text after the word */
	/* HEALTHCHECK flags, parsed: nanoseconds, count; 0 = not given. */
	int64_t interval, timeout, start_period, retries;
};
const char *instr_flag_value(const struct instr *instr, const char *name);

struct stage {
	struct instr *from;     /* without words only if there is an error */
	char *name;             /* lower-case, or NULL */
	struct instr **instrs;  /* after FROM, in order */
	size_t count;
};

enum diag_prefix {
	DIAG_PLAIN, /* the text stands alone */
	DIAG_EMPTY, /* `the Dockerfile (<dockerfile name>) ` */
	DIAG_PARSE, /* `failed to parse <dockerfile name>: ` */
	DIAG_LINE,  /* `dockerfile parse error line <n>: ` */
};
struct diag {
	bool warning; /* Docker builds all the same: empty continuation lines,
		       * triggers that will fail where they are used */
	enum diag_prefix prefix;
	int line;     /* the <n> of DIAG_LINE: where the instruction begins */
	struct place at;
	char *text;
};

struct dockerfile {
	char escape;            /* '\\' or '`' */
	struct instr **meta_args; /* ARGs before the first FROM */
	size_t meta_arg_count;
	struct stage *stages;
	size_t stage_count;
	struct instr **instrs;  /* all of them in order, owned here */
	size_t instr_count;
	/* If there is an error, Docker's first; the others in order of place. */
	struct diag *diags;
	size_t diag_count;
	/*
	 * Docker's empty-continuation warning, or NULL: the text to print,
	 * newline included, without the escapes of the error colour.
	 */
	char *continuation_warning;
};

#define DOCKERFILE_MAX (16 * 1024 * 1024) /* bytes */

/* Always gives a tree, also a partial one. Never fails: see diags. */
struct dockerfile *dockerfile_parse(const char *text, size_t len);
/* The instruction that has a line, counted from 1, or NULL; file may be NULL. */
const struct instr *dockerfile_instr_at(const struct dockerfile *file,
					int line);
void dockerfile_free(struct dockerfile *file);
AUTO_DEFINE(struct dockerfile, dockerfile_free)

/*
 * Docker's own first error, as the client shows it after "Error response from
 * daemon: ", or 0 if the file is good. name is the Dockerfile's name.
 */
int dockerfile_check(const struct dockerfile *file, const char *name,
		     struct err *err);
/* One diagnostic with its prefix, as Docker would say it. Owned. */
char *diag_format(const struct diag *diag, const char *name);

/* Parses one ONBUILD trigger text (always with '\\' as escape). NULL and err
 * on a mistake (`unknown instruction: FOO`). */
struct instr *dockerfile_trigger(const char *text, struct err *err);
void instr_free(struct instr *instr);
AUTO_DEFINE(struct instr, instr_free)

/*
 * Number of steps Docker counts up to and with stage index last: global ARGs,
 * FROMs and instructions.
 */
size_t dockerfile_steps(const struct dockerfile *file, size_t last);
