/*
 * `varve plan --serve`: an editor's text goes in, its plan comes out, over a
 * store and a context that are read once. It ends with its standard input;
 * who wants a fresh look at the disk starts another.
 *
 * It says "ready\n" when it has read them. A request is any number of lines
 *	touch PATH | set-arg K=V | move A:B | drop N | insert N:TEXT |
 *	ignore PATTERN | unignore N
 * as the flags of those names, then "text N\n" and N bytes, the Dockerfile.
 * The answer is "plan N\n" or "error N\n" and N bytes: JSON as of `varve plan
 * --format json`, or why there is none. With --resolve a registry is asked
 * for an image once.
 */
#pragma once

#include "cli/build_flags.h"

/* The exit status. */
int serve(struct build_flags *flags, const char *context);
