/*
 * Private to this floor: the physical lines of a Dockerfile joined to one
 * source text per instruction, and where each byte of it came from
 * (classic-builder.md 5.1).
 */
#pragma once

#include "base/buf.h"
#include "dockerfile/diag.h"

/* From offset on the joined text comes from this line and column. */
struct piece {
	size_t offset;
	int line, column;
};

/* One instruction: lines joined, continuations, comments, blanks removed. */
struct source {
	struct buf text;
	struct piece *pieces; /* at least one */
	size_t piece_count;
	struct place blank;   /* its first empty continuation line, or line 0 */
};
void source_release(struct source *source);
AUTO_DEFINE_IN_PLACE(struct source, source_release)

/* Where a part of the joined text lies in the file. */
struct place source_place(const struct source *source, struct span part);
/* From the first byte of the first line to the end of part. */
struct place source_whole(const struct source *source, struct span part);

#define LINE_MAX_BYTES 65535 /* Docker's limit, without the newline */

struct lines {
	struct span rest;
	int number;      /* of the physical line read last */
	char escape;
	bool past_directives, had_escape, had_syntax, bad_directive;
	bool any;        /* an instruction was found … */
	bool cut_early;  /* … or before that a line too long: Docker's end */
	struct diag_list *diags;
};
void lines_init(struct lines *lines, struct span text,
		struct diag_list *diags);
/* false at the end. out is reused from call to call. */
bool lines_next(struct lines *lines, struct source *out);
