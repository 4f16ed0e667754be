/* Knows how Docker's client reads .dockerignore and decides by it. */
#include "context/ignore.h"

#include <string.h>

#include "base/fs.h"
#include "base/utf8.h"
#include "context/glob.h"
#include "context/regex.h"

#define LINE_MAX_LEN 65535 /* bufio.Scanner's token size */
#define SPECIAL "*?[]\\^+(){}|"

enum pattern_kind {
	PATTERN_LITERAL, /* nothing special in it */
	PATTERN_STARS,   /* characters and single stars */
	PATTERN_REGEX,
};

struct pattern {
	char *text;   /* without the "!" */
	size_t len;
	bool keep;    /* it had a "!" */
	int line;
	size_t parts; /* components */
	enum pattern_kind kind;
	const struct regex *regex;
	/* What a match must begin and end with; empty if that is not known. */
	struct span prefix, suffix;
};

struct ignore {
	struct arena *arena;
	struct pattern *patterns;
	size_t count;
	bool keeps; /* some pattern has a "!" */
};

void ignore_free(struct ignore *ignore)
{
	if (!ignore)
		return;
	for (size_t i = 0; i < ignore->count; i++)
		free(ignore->patterns[i].text);
	free(ignore->patterns);
	arena_free(ignore->arena);
	free(ignore);
}

/* "**" and "**" "/" alike; at the end of the pattern anything goes. */
static const char *translate_stars(const char *at, struct buf *out)
{
	if (at[1] != '*') {
		buf_adds(out, "[^/]*");
		return at + 1;
	}
	at += 2;
	if (*at == '/')
		at++;
	buf_adds(out, *at ? "(.*/)?" : ".*");
	return at;
}

/* classic-builder.md section 6: what is not named here is copied raw, and
 * whatever it means to the expression, it means. */
static void translate(const char *pattern, struct buf *out)
{
	const char *end = pattern + strlen(pattern);

	buf_addc(out, '^');
	while (*pattern) {
		uint32_t rune;
		bool valid;

		if (*pattern == '*') {
			pattern = translate_stars(pattern, out);
			continue;
		}
		if (*pattern == '?') {
			buf_adds(out, "[^/]");
			pattern++;
			continue;
		}
		if (*pattern == '.' || *pattern == '$')
			buf_addc(out, '\\');
		else if (*pattern == '\\') {
			buf_addc(out, *pattern++);
			if (*pattern == '\0')
				break;
		}
		pattern += utf8_decode(pattern, (size_t)(end - pattern), &rune,
				       &valid);
		utf8_append(out, rune);
	}
	buf_addc(out, '$');
}

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

/*
 * Most patterns are told from most paths by their first or last bytes. An
 * alternation breaks the anchors, an escape may be anything, and bytes above
 * ASCII may be malformed on either side, so those go to the expression.
 */
static void find_shortcuts(struct pattern *p)
{
	size_t head = strcspn(p->text, SPECIAL), tail = p->len;

	p->kind = PATTERN_REGEX;
	if (!is_ascii(p->text) || strpbrk(p->text, "|\\"))
		return;
	if (head == p->len) {
		p->kind = PATTERN_LITERAL;
		return;
	}
	if (!strpbrk(p->text, "?[]^+(){}") && !strstr(p->text, "**"))
		p->kind = PATTERN_STARS;
	/* A repetition may take the character before it away. */
	if (head > 0 && (p->text[head] == '+' || p->text[head] == '{'))
		head--;
	while (tail > 0 && !strchr(SPECIAL, p->text[tail - 1]))
		tail--;
	if (tail < p->len && p->text[tail] == '/') /* "**" eats it */
		tail++;
	p->prefix = (struct span){ p->text, head };
	p->suffix = (struct span){ p->text + tail, p->len - tail };
}

static int bad_pattern(struct err *err)
{
	return err_set(err, ERR_INPUT,
		       "error checking context: syntax error in pattern");
}

/* text is a line as dockerignore.ReadAll gives it to the matcher. */
static int add_pattern(struct ignore *ignore, const char *text, int line,
		       struct err *err)
{
	struct span trimmed = utf8_trim(span_of(text));
	AUTO_FREE char *bare = mem_strndup(trimmed.ptr, trimmed.len);
	AUTO_FREE char *clean = fs_clean_path(bare);
	AUTO(buf_release) struct buf expression = BUF_INIT;
	struct pattern pattern = { .line = line, .parts = 1 };

	if (trimmed.len == 0)
		return 0;
	pattern.keep = clean[0] == '!';
	if (pattern.keep && clean[1] == '\0')
		return err_set(err, ERR_INPUT,
			       "error checking context: illegal exclusion "
			       "pattern: \"!\"");
	if (!glob_valid(clean + pattern.keep))
		return bad_pattern(err);
	translate(clean + pattern.keep, &expression);
	pattern.regex = regex_compile(ignore->arena,
				      (struct span){ expression.data,
						     expression.len });
	if (!pattern.regex)
		return bad_pattern(err);
	pattern.text = mem_strdup(clean + pattern.keep);
	pattern.len = strlen(pattern.text);
	for (const char *at = pattern.text; *at; at++)
		pattern.parts += *at == '/';
	find_shortcuts(&pattern);
	ignore->keeps = ignore->keeps || pattern.keep;
	MEM_PUSH(ignore->patterns, ignore->count) = pattern;
	return 0;
}

/* One line of the file, its line end gone; NULL: nothing is on it. */
static char *read_line(struct span line)
{
	AUTO_FREE char *clean = NULL;
	AUTO_FREE char *bare = NULL;
	const char *path;
	bool keep;

	if (line.len > 0 && line.ptr[0] == '#')
		return NULL;
	line = utf8_trim(line);
	if (line.len == 0)
		return NULL;
	keep = line.ptr[0] == '!';
	if (keep)
		line = utf8_trim((struct span){ line.ptr + 1, line.len - 1 });
	if (line.len == 0)
		return mem_strdup("!");
	bare = mem_strndup(line.ptr, line.len);
	path = clean = fs_clean_path(bare);
	if (path[0] == '/' && path[1])
		path++;
	return mem_printf("%s%s", keep ? "!" : "", path);
}

static struct span next_line(const char **at, const char *end)
{
	const char *newline = memchr(*at, '\n', (size_t)(end - *at));
	struct span line = { *at, (size_t)((newline ? newline : end) - *at) };

	*at = newline ? newline + 1 : end;
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

int ignore_parse(const char *text, size_t len, struct ignore **out,
		 struct err *err)
{
	AUTO(ignore_free) struct ignore *ignore = mem_alloc(sizeof(*ignore));
	const char *at = text, *end = text + len;

	ignore->arena = arena_new();
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	for (int number = 1; at < end; number++) {
		struct span line = next_line(&at, end);
		AUTO_FREE char *pattern = NULL;

		if (line.len > LINE_MAX_LEN)
			return err_set(err, ERR_INPUT,
				       "Error reading .dockerignore: "
				       "bufio.Scanner: token too long");
		pattern = read_line(line);
		if (pattern && add_pattern(ignore, pattern, number, err) < 0)
			return -1;
	}
	*out = STEAL(ignore);
	return 0;
}

char *ignore_escape(const char *path)
{
	struct buf out = BUF_INIT;
	size_t len = strlen(path);

	buf_adds(&out, "");
	for (size_t i = 0; i < len; i++) {
		bool end = i == 0 || i + 1 == len;

		if (path[i] == '\n' || path[i] == '\r')
			buf_addc(&out, '?'); /* no line can hold it */
		else if (end && strchr(" \t\v\f", path[i]))
			buf_addf(&out, "[%c]", path[i]);
		else if (strchr(SPECIAL, path[i]) ||
			 (i == 0 && strchr("!#", path[i])))
			buf_addf(&out, "\\%c", path[i]);
		else
			buf_addc(&out, path[i]);
	}
	return buf_steal(&out);
}

void ignore_append(struct ignore *ignore, const char *pattern)
{
	struct err err = ERR_INIT;

	/* A name that is no pattern cannot be matched by one: leave it. */
	(void)add_pattern(ignore, pattern, 0, &err);
}

/* "*" takes all but "/". The last star alone need be tried again: an earlier
 * one that took more would only leave less for those behind it. */
static bool match_stars(const char *p, const char *p_end, struct span text)
{
	const char *s = text.ptr, *end = text.ptr + text.len;
	const char *star = NULL, *retry = NULL;

	while (s < end) {
		if (p < p_end && *p == '*') {
			star = ++p;
			retry = s;
		} else if (p < p_end && *p == *s) {
			p++;
			s++;
		} else if (star && *retry != '/') {
			p = star;
			s = ++retry;
		} else {
			return false;
		}
	}
	while (p < p_end && *p == '*')
		p++;
	return p == p_end;
}

/* One byte decides nearly always. */
static bool begins_with(struct span text, struct span prefix)
{
	return prefix.len == 0 ||
	       (text.len >= prefix.len && text.ptr[0] == prefix.ptr[0] &&
		memcmp(text.ptr, prefix.ptr, prefix.len) == 0);
}

static bool ends_with(struct span text, struct span suffix)
{
	return suffix.len == 0 ||
	       (text.len >= suffix.len &&
		text.ptr[text.len - 1] == suffix.ptr[suffix.len - 1] &&
		memcmp(text.ptr + text.len - suffix.len, suffix.ptr,
		       suffix.len) == 0);
}

static bool hits(const struct pattern *p, struct span text)
{
	if (p->kind == PATTERN_LITERAL)
		return text.len == p->len &&
		       memcmp(text.ptr, p->text, p->len) == 0;
	if (!begins_with(text, p->prefix) || !ends_with(text, p->suffix))
		return false;
	if (p->kind == PATTERN_STARS)
		return match_stars(p->text, p->text + p->len, text);
	return regex_match(p->regex, text);
}

/* The first parts components of path, if it has more than those. */
static struct span leading(const char *path, size_t parts)
{
	const char *at = path;

	while ((at = strchr(at, '/')) && --parts > 0)
		at++;
	return (struct span){ path, at ? (size_t)(at - path) : 0 };
}

struct ignore_verdict ignore_match(const struct ignore *ignore,
				   const char *path)
{
	struct span whole = span_of(path);
	/* Most patterns have one component or two. */
	struct span first = leading(path, 1), second = leading(path, 2);

	for (size_t i = ignore->count; i-- > 0;) {
		const struct pattern *p = &ignore->patterns[i];
		struct span parents = p->parts == 1   ? first
				      : p->parts == 2 ? second
						      : leading(path, p->parts);

		if (hits(p, whole) || (parents.len > 0 && hits(p, parents)))
			return (struct ignore_verdict){ !p->keep, p->line };
	}
	return (struct ignore_verdict){ false, 0 };
}

bool ignore_may_hold(const struct ignore *ignore, const char *dir)
{
	size_t len = strlen(dir);

	if (!ignore->keeps)
		return false;
	for (size_t i = 0; i < ignore->count; i++) {
		const struct pattern *p = &ignore->patterns[i];

		/* The text and "/" begin with "<dir>/". */
		if (p->keep && strncmp(p->text, dir, len) == 0 &&
		    (p->text[len] == '/' || p->text[len] == '\0'))
			return true;
	}
	return false;
}

const char *ignore_pattern(const struct ignore *ignore, int line, bool *keep)
{
	size_t low = 0, high = ignore->count;

	/* What was appended has no line and stands at the end. */
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct pattern *p = &ignore->patterns[mid];

		if (p->line == line) {
			*keep = p->keep;
			return p->text;
		}
		if (p->line && p->line < line)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}
