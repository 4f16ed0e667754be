/* Knows Go's shell patterns, well formed and not. */
#include "context/glob.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

/* The end of the pattern up to its next star outside brackets. */
static const char *chunk_end(const char *chunk)
{
	bool in_range = false;

	for (; *chunk; chunk++) {
		if (*chunk == '\\') {
			if (chunk[1])
				chunk++;
		} else if (*chunk == '[') {
			in_range = true;
		} else if (*chunk == ']') {
			in_range = false;
		} else if (*chunk == '*' && !in_range) {
			break;
		}
	}
	return chunk;
}

/* One end of a range. The bracket must go on behind it. */
static bool range_end(const char **at, const char *end, uint32_t *rune)
{
	bool valid;

	if (*at == end || **at == '-' || **at == ']')
		return false;
	if (**at == '\\' && ++*at == end)
		return false;
	*at += utf8_decode(*at, (size_t)(end - *at), rune, &valid);
	return valid && *at < end;
}

/* Behind "[": false if malformed; *has tells whether rune is in it. */
static bool bracket(const char **at, const char *end, uint32_t rune, bool *has)
{
	bool negated = *at < end && **at == '^', found = false;
	uint32_t low, high;

	*at += negated;
	for (int count = 0;; count++) {
		if (*at < end && **at == ']' && count > 0)
			break;
		if (!range_end(at, end, &low))
			return false;
		high = low;
		if (**at == '-') {
			++*at;
			if (!range_end(at, end, &high))
				return false;
		}
		found = found || (low <= rune && rune <= high);
	}
	++*at;
	*has = found != negated;
	return true;
}

/* 1 the chunk matches the start of *name, which moves behind it; 0 not; -1
 * malformed, which is told wherever the mismatch was. */
static int match_chunk(const char *at, const char *end, const char **name)
{
	const char *s = *name;
	bool failed = false, valid, has;
	uint32_t rune;

	while (at < end) {
		size_t len = 0;

		failed = failed || *s == '\0';
		if (!failed)
			len = utf8_decode(s, strlen(s) < 4 ? strlen(s) : 4,
					  &rune, &valid);
		switch (*at++) {
		case '[':
			if (!bracket(&at, end, failed ? 0 : rune, &has))
				return -1;
			failed = failed || !has;
			break;
		case '?':
			failed = failed || *s == '/';
			break;
		case '\\':
			if (at == end)
				return -1;
			at++;
			/* fallthrough */
		default:
			failed = failed || *s != at[-1];
			len = 1;
		}
		if (!failed)
			s += len;
	}
	if (failed)
		return 0;
	*name = s;
	return 1;
}

/* Behind a star: skips bytes up to the next slash until the chunk fits. */
static int match_behind_star(const char *at, const char *end,
			     const char **name)
{
	for (const char *from = *name; *from && *from != '/'; from++) {
		const char *s = from + 1;
		int found = match_chunk(at, end, &s);

		if (found < 0)
			return -1;
		if (found && (*end || *s == '\0')) {
			*name = s;
			return 1;
		}
	}
	return 0;
}

static bool rest_is_valid(const char *pattern)
{
	while (*pattern) {
		const char *name = "", *end;

		pattern += strspn(pattern, "*");
		end = chunk_end(pattern);
		if (match_chunk(pattern, end, &name) < 0)
			return false;
		pattern = end;
	}
	return true;
}

bool glob_valid(const char *pattern)
{
	return rest_is_valid(pattern);
}

bool glob_match(const char *pattern, const char *name)
{
	while (*pattern) {
		size_t stars = strspn(pattern, "*");
		const char *chunk = pattern + stars, *end = chunk_end(chunk);
		const char *s = name;
		int found;

		if (stars && *chunk == '\0')
			return strchr(name, '/') == NULL;
		found = match_chunk(chunk, end, &s);
		if (found < 0)
			return false;
		if (found && (*s == '\0' || *end)) {
			name = s;
			pattern = end;
			continue;
		}
		if (!stars || match_behind_star(chunk, end, &name) <= 0)
			return false;
		pattern = end;
	}
	return *name == '\0';
}

bool glob_has_wildcard(const char *word)
{
	for (; *word; word++) {
		if (*word == '\\') {
			if (*++word == '\0')
				return false;
		} else if (strchr("*?[", *word)) {
			return true;
		}
	}
	return false;
}
