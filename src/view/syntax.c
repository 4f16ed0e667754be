/* Knows which part of a Dockerfile has which colour. */
#include "view/syntax.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct painter {
	struct syntax *out;
	const char *text;
	char escape;
};

static void find_lines(const char *text, size_t len, struct syntax *out)
{
	size_t at = 0;

	while (at < len || !out->line_count) {
		const char *end = len ? memchr(text + at, '\n', len - at) :
					NULL;

		MEM_PUSH(out->starts, out->line_count) = at;
		at = end ? (size_t)(end - text) + 1 : len;
	}
}

static size_t line_end(const struct syntax *syntax, size_t line)
{
	return line < syntax->line_count ? syntax->starts[line] : syntax->len;
}

static size_t offset_of(const struct syntax *syntax, int line, int column)
{
	size_t at, end;

	if (line < 1)
		return 0;
	if ((size_t)line > syntax->line_count)
		return syntax->len;
	end = line_end(syntax, (size_t)line);
	at = syntax->starts[line - 1] + (size_t)(column > 0 ? column - 1 : 0);
	return at < end ? at : end;
}

static void paint(struct painter *painter, size_t from, size_t to,
		  enum style style)
{
	if (to > painter->out->len)
		to = painter->out->len;
	if (from < to)
		memset(painter->out->styles + from, style, to - from);
}

static void paint_place(struct painter *painter, const struct place *at,
			enum style style)
{
	paint(painter, offset_of(painter->out, at->line, at->column),
	      offset_of(painter->out, at->end_line, at->end_column), style);
}

/* ---- inside an instruction ---- */

/* Length of a variable at text ("$X", "${X:-y}"), 0: none. */
static size_t variable(const char *text, size_t len)
{
	const char *end;
	size_t n = 1;

	if (len < 2 || text[0] != '$')
		return 0;
	if (text[1] == '{') {
		end = memchr(text, '}', len);
		return end ? (size_t)(end - text) + 1 : len;
	}
	while (n < len && (isalnum((unsigned char)text[n]) || text[n] == '_'))
		n++;
	return n > 1 ? n : 0;
}

/* A quote without an end is none. */
static size_t quoted(const char *text, size_t len, char escape)
{
	size_t n = 1;

	if (text[0] != '"' && text[0] != '\'')
		return 0;
	while (n < len && text[n] != text[0])
		n += text[n] == escape && text[0] == '"' && n + 1 < len ? 2 : 1;
	return n < len ? n + 1 : 0;
}

static void paint_variables(struct painter *painter, size_t from, size_t to)
{
	while (from < to) {
		size_t n = variable(painter->text + from, to - from);

		if (n)
			paint(painter, from, from + n, STYLE_VARIABLE);
		from += n ? n : painter->text[from] == painter->escape ? 2 : 1;
	}
}

static void paint_words(struct painter *painter, size_t from, size_t to)
{
	const char *text = painter->text;

	while (from < to) {
		size_t n = quoted(text + from, to - from, painter->escape);

		if (n) {
			paint(painter, from, from + n, STYLE_STRING);
			if (text[from] == '"')
				paint_variables(painter, from, from + n);
		} else if ((n = variable(text + from, to - from))) {
			paint(painter, from, from + n, STYLE_VARIABLE);
		}
		from += n ? n : text[from] == painter->escape ? 2 : 1;
	}
}

/* Comments may stand between the lines of an instruction; what continues
 * them is no word. */
static void paint_lines(struct painter *painter, const struct place *at)
{
	const struct syntax *out = painter->out;

	for (int line = at->line;
	     line <= at->end_line && (size_t)line <= out->line_count; line++) {
		size_t from = out->starts[line - 1];
		size_t to = line_end(out, (size_t)line), last = to;

		while (from < to && isspace((unsigned char)painter->text[from]))
			from++;
		while (last > from &&
		       isspace((unsigned char)painter->text[last - 1]))
			last--;
		if (line > at->line && from < to && painter->text[from] == '#')
			paint(painter, from, last, STYLE_COMMENT);
		else if (line < at->end_line && last > from &&
			 painter->text[last - 1] == painter->escape)
			paint(painter, last - 1, last, STYLE_DIM);
	}
}

static void paint_keyword(struct painter *painter, const struct instr *instr)
{
	size_t from = offset_of(painter->out, instr->at.line,
				instr->at.column);

	paint(painter, from, from + strlen(instr->keyword), STYLE_KEYWORD);
}

/* "AS" and the name of the stage. */
static void paint_stage(struct painter *painter, const struct instr *from)
{
	const struct place *name;
	size_t at, end;

	if (from->word_count < 2)
		return;
	name = &from->words[1].at;
	end = at = offset_of(painter->out, name->line, name->column);
	paint_place(painter, name, STYLE_TAG);
	while (end && isspace((unsigned char)painter->text[end - 1]))
		end--;
	if (end >= 2 && strncasecmp(painter->text + end - 2, "as", 2) == 0)
		paint(painter, end - 2, end, STYLE_KEYWORD);
}

static void paint_instr(struct painter *painter, const struct instr *instr)
{
	size_t from = offset_of(painter->out, instr->at.line,
				instr->at.column);
	size_t to = offset_of(painter->out, instr->at.end_line,
			      instr->at.end_column);

	paint_words(painter, from, to);
	paint_keyword(painter, instr);
	for (size_t i = 0; i < instr->flag_count; i++)
		paint_place(painter, &instr->flags[i].at, STYLE_KEY);
	if (instr->kind == INSTR_FROM)
		paint_stage(painter, instr);
	if (instr->sub && instr->sub->at.line >= instr->at.line)
		paint_keyword(painter, instr->sub);
	paint_lines(painter, &instr->at);
}

/* ---- the whole ---- */

static void paint_comments(struct painter *painter)
{
	const struct syntax *out = painter->out;

	for (size_t i = 0; i < out->line_count; i++) {
		size_t from = out->starts[i], to = line_end(out, i + 1);

		while (from < to && isspace((unsigned char)painter->text[from]))
			from++;
		if (from < to && painter->text[from] == '#')
			paint(painter, from, to, STYLE_COMMENT);
	}
}

/* A mistake without an extent is its word, or the line's first one. */
static void paint_mistakes(struct painter *painter,
			   const struct dockerfile *file)
{
	for (size_t i = 0; i < file->diag_count; i++) {
		const struct diag *diag = &file->diags[i];
		int line = diag->at.line > 0 ? diag->at.line : diag->line;
		size_t from = offset_of(painter->out, line, diag->at.column);
		size_t to = diag->at.end_line > 0 ?
			offset_of(painter->out, diag->at.end_line,
				  diag->at.end_column) : from;

		if (diag->warning || line < 1)
			continue;
		while (to <= from && from < painter->out->len &&
		       isspace((unsigned char)painter->text[from]) &&
		       painter->text[from] != '\n')
			from++;
		for (to = to > from ? to : from;
		     to <= from && to < painter->out->len; to++)
			while (to < painter->out->len &&
			       !isspace((unsigned char)painter->text[to]))
				to++;
		paint(painter, from, to, STYLE_ERROR);
	}
}

void syntax_make(const struct dockerfile *file, const char *text, size_t len,
		 struct syntax *out)
{
	struct painter painter = { out, text, file->escape };

	*out = (struct syntax){ .len = len };
	out->styles = mem_array(len + 1, 1);
	find_lines(text, len, out);
	paint_comments(&painter);
	for (size_t i = 0; i < file->instr_count; i++)
		paint_instr(&painter, file->instrs[i]);
	paint_mistakes(&painter, file);
}

void syntax_release(struct syntax *syntax)
{
	free(syntax->styles);
	free(syntax->starts);
	*syntax = (struct syntax){ 0 };
}

/* Tabs hang on the column: each part is what the line shows up to its end
 * without what it shows up to its beginning. */
void syntax_row(const struct syntax *syntax, const char *text, int line,
		struct row *out)
{
	size_t from, end, at, shown = 0;

	if (line < 1 || (size_t)line > syntax->line_count)
		return;
	at = from = syntax->starts[line - 1];
	end = line_end(syntax, (size_t)line);
	if (end > from && text[end - 1] == '\n')
		end--;
	if (end > from && text[end - 1] == '\r')
		end--;
	while (at < end) {
		AUTO_FREE char *part = NULL;
		enum style style = (enum style)syntax->styles[at];

		while (at < end && (enum style)syntax->styles[at] == style)
			at++;
		part = text_tabs(text + from, at - from);
		if (strlen(part) > shown)
			row_add(out, style, part + shown);
		shown = strlen(part);
	}
}
