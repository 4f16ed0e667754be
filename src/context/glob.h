/*
 * Shell patterns as Go's filepath.Match reads them (pkg.go.dev/path/filepath,
 * Match): "*" and "?" stop at "/", "[a-z]" does not.
 */
#pragma once

#include <stdbool.h>

/* Whether the pattern is well formed. */
bool glob_valid(const char *pattern);
/* A pattern that is not well formed matches nothing. */
bool glob_match(const char *pattern, const char *name);
/* Whether the builder takes the word for a pattern: a "*", "?" or "[" that
 * no backslash precedes. */
bool glob_has_wildcard(const char *word);
