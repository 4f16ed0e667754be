/*
 * An image made of a static busybox, and runs in it.
 */
#pragma once

#include "base/buf.h"
#include "sandbox/sandbox.h"

struct box {
	char dir[64];               /* all is below it */
	struct sandbox_spec spec;   /* complete but for argv */
	struct buf out, err;        /* what the command said */
	int created;                /* times that SANDBOX_CREATED came */
	struct sandbox_result result;
	struct err error;
	int cancel_fd;
	const char *stop_at;        /* a chunk with this in it cancels */
};

/* NULL, or why there can be no run here. An ordinary user enters his
 * namespace. */
const char *box_unable(void);

struct box *box_new(void);
void box_free(struct box *box);
AUTO_DEFINE(struct box, box_free)

/* Sets argv to sh -c script and runs; as sandbox_run. Upper starts empty. */
int box_sh(struct box *box, const char *script);
/* Empties the directories, as those two do first. */
void box_empty(struct box *box);
/* The same with the argv of the spec. */
int box_run(struct box *box);
void box_argv(struct box *box, const char *first, const char *second);
/* Paths below upper, sorted, one a line; owned. */
char *box_upper(const struct box *box);
