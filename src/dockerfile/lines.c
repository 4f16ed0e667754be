/* Knows physical lines, continuations, comments and directives. */
#include "dockerfile/lines.h"

#include <string.h>

#include "base/utf8.h"

#define BOM "\xef\xbb\xbf"

struct physical {
	struct span text; /* without its line ending */
	int line, column; /* of the first byte of text */
};

void source_release(struct source *source)
{
	buf_release(&source->text);
	free(source->pieces);
	*source = (struct source){ 0 };
}

static const struct piece *find_piece(const struct source *source, size_t at)
{
	size_t low = 0, high = source->piece_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (source->pieces[middle].offset <= at)
			low = middle;
		else
			high = middle;
	}
	return &source->pieces[low];
}

struct place source_place(const struct source *source, struct span part)
{
	size_t start = (size_t)(part.ptr - source->text.data);
	size_t last = part.len ? start + part.len - 1 : start;
	const struct piece *from = find_piece(source, start);
	const struct piece *to = find_piece(source, last);

	return (struct place){
		.line = from->line,
		.column = from->column + (int)(start - from->offset),
		.end_line = to->line,
		.end_column = to->column + (int)(last - to->offset) +
			      (part.len > 0),
	};
}

struct place source_whole(const struct source *source, struct span part)
{
	struct place place = source_place(source, part);

	place.line = source->pieces[0].line;
	place.column = source->pieces[0].column;
	return place;
}

void lines_init(struct lines *lines, struct span text, struct diag_list *diags)
{
	*lines = (struct lines){
		.rest = text, .escape = '\\', .diags = diags,
	};
}

static bool read_physical(struct lines *lines, struct physical *out)
{
	struct span *rest = &lines->rest;
	const char *newline;

	if (rest->len == 0)
		return false;
	newline = memchr(rest->ptr, '\n', rest->len);
	out->text.ptr = rest->ptr;
	out->text.len = newline ? (size_t)(newline - rest->ptr) : rest->len;
	rest->ptr += out->text.len + (newline != NULL);
	rest->len -= out->text.len + (newline != NULL);
	out->line = ++lines->number;
	out->column = 1;
	return true;
}

static void skip(struct physical *line, size_t len)
{
	line->text.ptr += len;
	line->text.len -= len;
	line->column += (int)len;
}

/* Drops what is no part of the text: the mark before line 1, one "\r". */
static void trim_ends(struct physical *line)
{
	if (line->line == 1 && line->text.len >= strlen(BOM) &&
	    memcmp(line->text.ptr, BOM, strlen(BOM)) == 0)
		skip(line, strlen(BOM));
	if (line->text.len && line->text.ptr[line->text.len - 1] == '\r')
		line->text.len--;
}

static void trim_left(struct physical *line)
{
	skip(line, line->text.len - utf8_trim_left(line->text).len);
}

static bool is_comment(struct span text)
{
	text = utf8_trim_left(text);
	return text.len && *text.ptr == '#';
}

static bool is_blank(struct span text)
{
	return utf8_trim_left(text).len == 0;
}

/* Cuts the escape character off that continues the line, if there is one. */
static bool cut_continuation(struct span *text, char escape)
{
	size_t end = text->len;

	while (end && (text->ptr[end - 1] == ' ' || text->ptr[end - 1] == '\t'))
		end--;
	if (!end || text->ptr[end - 1] != escape ||
	    (end > 1 && text->ptr[end - 2] == escape))
		return false;
	text->len = end - 1;
	return true;
}

static struct place place_of(const struct physical *line, struct span part)
{
	int column = line->column + (int)(part.ptr - line->text.ptr);

	return (struct place){ line->line, column, line->line,
			       column + (int)part.len };
}

static bool is_regex_space(char c) /* Go's \s */
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static struct span skip_regex_space(struct span text)
{
	while (text.len && is_regex_space(*text.ptr)) {
		text.ptr++;
		text.len--;
	}
	return text;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* `# key = value`; a value of blanks only is the last of the blanks. */
static bool split_directive(struct span text, struct span *key,
			    struct span *value)
{
	size_t n = 0;

	text.ptr++; /* the # */
	text.len--;
	text = skip_regex_space(text);
	while (n < text.len && (is_letter(text.ptr[n]) ||
				(n > 0 && is_digit(text.ptr[n]))))
		n++;
	if (n == 0)
		return false;
	*key = (struct span){ text.ptr, n };
	text = skip_regex_space((struct span){ text.ptr + n, text.len - n });
	if (text.len < 2 || *text.ptr != '=')
		return false;
	*value = skip_regex_space((struct span){ text.ptr + 1, text.len - 1 });
	if (value->len == 0)
		*value = (struct span){ value->ptr - 1, 1 };
	while (value->len > 1 && is_regex_space(value->ptr[value->len - 1]))
		value->len--;
	return true;
}

static void set_escape(struct lines *lines, const struct physical *line,
		       struct span value)
{
	if (span_equal(value, "`") || span_equal(value, "\\")) {
		lines->escape = *value.ptr;
		return;
	}
	lines->bad_directive = true;
	diag_error(lines->diags, DIAG_PARSE, line->line, place_of(line, value),
		   "invalid escape token '%.*s' does not match ` or \\",
		   SPAN_ARG(value));
}

static bool key_is(struct span key, const char *name)
{
	return key.len == strlen(name) &&
	       strncasecmp(key.ptr, name, key.len) == 0;
}

static void read_directive(struct lines *lines, const struct physical *line)
{
	struct span key, value;
	bool escape, *seen;

	if (lines->past_directives)
		return;
	lines->past_directives = true;
	if (!split_directive(line->text, &key, &value))
		return;
	escape = key_is(key, "escape");
	if (!escape && !key_is(key, "syntax"))
		return;
	lines->past_directives = false;
	seen = escape ? &lines->had_escape : &lines->had_syntax;
	lines->bad_directive |= *seen;
	if (*seen)
		diag_error(lines->diags, DIAG_PARSE, line->line,
			   place_of(line, line->text),
			   "only one %s parser directive can be used",
			   escape ? "escape" : "syntax");
	else if (escape)
		set_escape(lines, line, value);
	*seen = true;
}

/* Docker ends here; what the line would have continued on is left out. */
static bool skip_too_long(struct lines *lines, struct physical *line)
{
	bool more;

	if (line->text.len <= LINE_MAX_BYTES)
		return false;
	diag_error(lines->diags, DIAG_PARSE, line->line,
		   place_of(line, line->text),
		   "dockerfile line greater than max allowed size of %d",
		   LINE_MAX_BYTES);
	trim_ends(line);
	more = !is_comment(line->text) &&
	       cut_continuation(&line->text, lines->escape);
	while (more && read_physical(lines, line)) {
		trim_ends(line);
		if (!is_comment(line->text) && !is_blank(line->text))
			more = cut_continuation(&line->text, lines->escape);
	}
	return true;
}

static void add_piece(struct source *out, const struct physical *line)
{
	MEM_PUSH(out->pieces, out->piece_count) = (struct piece){
		out->text.len, line->line, line->column,
	};
	buf_add(&out->text, line->text.ptr, line->text.len);
}

static void read_continuations(struct lines *lines, struct source *out)
{
	struct physical line;
	bool more = true;

	while (more && read_physical(lines, &line)) {
		if (skip_too_long(lines, &line))
			return;
		trim_ends(&line);
		if (is_comment(line.text))
			continue;
		if (is_blank(line.text)) {
			if (!out->blank.line)
				out->blank = place_of(&line, line.text);
			continue;
		}
		more = cut_continuation(&line.text, lines->escape);
		add_piece(out, &line);
	}
}

bool lines_next(struct lines *lines, struct source *out)
{
	struct physical line;

	buf_clear(&out->text);
	out->piece_count = 0;
	out->blank = (struct place){ 0 };
	while (read_physical(lines, &line)) {
		bool more;

		if (skip_too_long(lines, &line)) {
			lines->past_directives = true;
			lines->cut_early |= !lines->any;
			continue;
		}
		trim_ends(&line);
		trim_left(&line);
		if (line.text.len && *line.text.ptr == '#') {
			read_directive(lines, &line);
			continue;
		}
		lines->past_directives = true;
		more = cut_continuation(&line.text, lines->escape);
		if (!more && line.text.len == 0)
			continue;
		lines->any = true;
		add_piece(out, &line);
		if (more)
			read_continuations(lines, out);
		return true;
	}
	return false;
}
