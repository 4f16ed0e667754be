/*
 * The part of RE2's syntax that can leak out of a .dockerignore pattern
 * (github.com/google/re2/wiki/Syntax, with Go's Perl flags; no captures, no
 * flags, no \p classes). Matching is linear in the text.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct arena;
struct regex;
/* What is returned lives in arena. NULL: Go refuses the expression, or it is
 * larger than REGEX_CODE_MAX. */
#define REGEX_CODE_MAX 20000
struct regex *regex_compile(struct arena *arena, struct span text);
/* Whether it matches anywhere in text. */
bool regex_match(const struct regex *regex, struct span text);
