/*
 * .dockerignore as the 20.10 client applies it (classic-builder.md section 6),
 * regex leaks and all.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct ignore;
/* `error checking context: syntax error in pattern` and the like. */
int ignore_parse(const char *text, size_t len, struct ignore **out,
		 struct err *err);
void ignore_free(struct ignore *ignore);
AUTO_DEFINE(struct ignore, ignore_free)
/* A pattern for this path and no other, as a line without "!"; owned. */
char *ignore_escape(const char *path);
void ignore_append(struct ignore *ignore, const char *pattern); /* "!x" */

struct ignore_verdict {
	bool ignored;
	int line; /* of the .dockerignore line that decided, 0: none */
};
/* The pattern of that line as it was understood, without its "!"; NULL: none. */
const char *ignore_pattern(const struct ignore *ignore, int line, bool *keep);
struct ignore_verdict ignore_match(const struct ignore *ignore,
				   const char *path);
/* Whether an ignored directory must still be walked (some "!" below it). */
bool ignore_may_hold(const struct ignore *ignore, const char *dir);
