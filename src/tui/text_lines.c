/* Knows what is done to whole lines of a text, or around its cursor. */
#include "tui/text_edit_state.h"

/* ---- whole lines ---- */

static bool newline(struct text_edit *edit)
{
	int line = text_line_of(edit, edit->at);
	struct span span = text_edit_line(edit, line);
	bool crlf = text_line_next(edit, line) >
		    edit->starts[line] + span.len + 1;

	text_edit_insert(edit, crlf ? "\r\n" : "\n", crlf ? 2 : 1);
	return true;
}

/* Bytes of a line without the sign that it goes on, if it does. */
static size_t less_escape(struct span line, char escape)
{
	size_t len = line.len;

	while (len && text_is_gap(line.ptr[len - 1]))
		len--;
	return escape && len && line.ptr[len - 1] == escape ? len - 1 :
							      line.len;
}

static size_t indent(struct span line)
{
	size_t blank = 0;

	while (blank < line.len && text_is_gap(line.ptr[blank]))
		blank++;
	return blank;
}

static bool is_comment(struct span line)
{
	size_t at = indent(line);

	return at < line.len && line.ptr[at] == '#';
}

/* So many lines from a line on, without the last one's end. */
static struct span lines_at(const struct text_edit *edit, int line, int count)
{
	struct span last = text_edit_line(edit, line + count - 1);
	struct span span = text_edit_line(edit, line);

	span.len = (size_t)(last.ptr + last.len - span.ptr);
	return span;
}

/* Lines of a block that there are. */
static int lines_of(const struct text_edit *edit, int line,
		    const struct text_block *block)
{
	int rest = edit->lines - line;

	return block->lines < 1 ? 1 : block->lines < rest ? block->lines : rest;
}

/* Bytes of a line that are a part of what goes on over several. */
static size_t part(struct span line, const struct text_block *block)
{
	size_t len = less_escape(line, block->escape);

	while (len < line.len && len && text_is_gap(line.ptr[len - 1]))
		len--;
	return len;
}

static bool goes_on(struct span line, const struct text_block *block)
{
	return less_escape(line, block->escape) < line.len;
}

static bool is_part(struct span line)
{
	return indent(line) < line.len && !is_comment(line);
}

/* What went on with the last part ends with the one before it. */
static bool delete_last(struct text_edit *edit, const struct text_block *block,
			int line)
{
	struct span before;
	AUTO(buf_release) struct buf text = BUF_INIT;
	size_t from, to = edit->starts[line];
	int last = line - 1;

	while (last > 0 && !is_part(text_edit_line(edit, last)))
		last--;
	before = text_edit_line(edit, last);
	from = edit->starts[last] + part(before, block);
	/* Comments between them stay. */
	buf_add(&text, before.ptr + before.len,
		to - edit->starts[last] - before.len);
	text_replace(edit, from, text_line_next(edit, line) - from, text.data,
		     text.len, from + text.len);
	return true;
}

static bool delete_lines(struct text_edit *edit,
			 const struct text_block *block)
{
	int line = text_line_of(edit, edit->at);
	int last = line + lines_of(edit, line, block) - 1;
	size_t from = edit->starts[line], to = text_line_next(edit, last);

	if (from == to)
		return false;
	if (block->inside && line && is_part(text_edit_line(edit, line)) &&
	    !goes_on(text_edit_line(edit, line), block))
		return delete_last(edit, block, line);
	text_replace(edit, from, to - from, "", 0, from);
	return true;
}

static bool duplicate(struct text_edit *edit, const struct text_block *block)
{
	int line = text_line_of(edit, edit->at);
	int last = line + lines_of(edit, line, block) - 1;
	size_t from = edit->starts[line], next = text_line_next(edit, last);
	struct span here = text_edit_line(edit, line);
	AUTO(buf_release) struct buf text = BUF_INIT;

	if (block->inside && block->escape && is_part(here) &&
	    !goes_on(here, block))
		buf_addf(&text, "%.*s %c", SPAN_ARG(here), block->escape);
	else
		here.len = 0;
	buf_add(&text, edit->text.data + from + here.len,
		next - from - here.len);
	if (!text.len || text.data[text.len - 1] != '\n')
		buf_addc(&text, '\n');
	text_replace(edit, from, 0, text.data, text.len,
		     edit->at + text.len);
	return true;
}

/* Two neighbours change places; the line ends stay where they are, and inside
 * of an instruction the signs that it goes on. */
static bool swap(struct text_edit *edit, const struct text_block *block,
		 int first, int upper, int lower, int by)
{
	int line = text_line_of(edit, edit->at), second = first + upper;
	size_t column = edit->at - edit->starts[line], old_len;
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct span a, b;

	/* The empty line after the last newline is no line to go past. */
	if (first < 0 || second + lower > edit->lines ||
	    edit->starts[second] == edit->text.len)
		return false;
	a = lines_at(edit, first, upper);
	b = lines_at(edit, second, lower);
	if (block->inside && is_part(a) && is_part(b)) {
		a.len = part(a, block);
		b.len = part(b, block);
	}
	old_len = (size_t)(b.ptr - a.ptr) + b.len;
	buf_add(&text, b.ptr, b.len);
	buf_add(&text, a.ptr + a.len, (size_t)(b.ptr - a.ptr) - a.len);
	buf_add(&text, a.ptr, a.len);
	text_replace(edit, edit->starts[first], old_len, text.data, text.len,
		     0);
	text_edit_go(edit, line + by, (int)column);
	edit->changes[edit->done - 1].after = edit->at;
	return true;
}

static bool move_above(struct text_edit *edit, const struct text_block *block)
{
	int line = text_line_of(edit, edit->at);

	return swap(edit, block, line - block->other, block->other,
		    lines_of(edit, line, block), -block->other);
}

static bool move_below(struct text_edit *edit, const struct text_block *block)
{
	int line = text_line_of(edit, edit->at);

	return swap(edit, block, line, lines_of(edit, line, block),
		    block->other, block->other);
}

static bool join(struct text_edit *edit, const struct text_block *block)
{
	int line = text_line_of(edit, edit->at);
	struct span a = text_edit_line(edit, line), b;
	size_t from, to;
	bool blank;

	if (line + 1 >= edit->lines)
		return false;
	a.len = less_escape(a, block->escape);
	b = text_edit_line(edit, line + 1);
	from = edit->starts[line] + a.len;
	to = edit->starts[line + 1];
	for (size_t i = 0; i < b.len && text_is_gap(b.ptr[i]); i++)
		to++;
	blank = a.len && !text_is_gap(a.ptr[a.len - 1]) &&
		to < edit->starts[line + 1] + b.len;
	text_replace(edit, from, to - from, " ", blank, from);
	return true;
}

/* ---- comments ---- */

/* The comment's sign and the blank behind it. */
static size_t sign(struct span line)
{
	size_t at = indent(line);

	return at + 1 < line.len && line.ptr[at + 1] == ' ' ? 2 : 1;
}

/* A line that became a comment with those that it goes on with comes back
 * with them. */
static int comments_at(const struct text_edit *edit, int line, char escape)
{
	int count = 1;

	for (;; count++) {
		struct span at = text_edit_line(edit, line + count - 1);

		if (less_escape(at, escape) == at.len ||
		    line + count >= edit->lines ||
		    !is_comment(text_edit_line(edit, line + count)))
			return count;
	}
}

static bool comment(struct text_edit *edit, const struct text_block *block)
{
	int line = text_line_of(edit, edit->at);
	struct span first = text_edit_line(edit, line);
	bool was = is_comment(first);
	int count = was ? comments_at(edit, line, block->escape) :
			  lines_of(edit, line, block);
	size_t place = edit->starts[line] + indent(first), n = sign(first);
	size_t cursor = edit->at, from = edit->starts[line];
	AUTO(buf_release) struct buf text = BUF_INIT;

	for (int i = 0; i < count; i++) {
		struct span at = text_edit_line(edit, line + i);
		size_t blank = indent(at), skip = was ? sign(at) : 0;
		size_t next = text_line_next(edit, line + i);

		buf_add(&text, at.ptr, blank);
		if (!was && (blank < at.len || count == 1))
			buf_adds(&text, "# ");
		buf_add(&text, at.ptr + blank + skip,
			next - edit->starts[line + i] - blank - skip);
	}
	if (!was)
		cursor += cursor < place ? 0 : 2;
	else if (cursor > place)
		cursor = cursor > place + n ? cursor - n : place;
	text_replace(edit, from, text_line_next(edit, line + count - 1) - from,
		     text.data, text.len, cursor);
	return true;
}

static bool erase_to(struct text_edit *edit, size_t a, size_t b)
{
	if (a == b)
		return false;
	text_erase(edit, a < b ? a : b, a < b ? b : a);
	return true;
}

bool text_edit_change(struct text_edit *edit, enum text_change change)
{
	return text_edit_change_block(edit, change,
				      &(struct text_block){ 1, 1, '\0', false });
}

bool text_edit_change_block(struct text_edit *edit, enum text_change change,
			    const struct text_block *block)
{
	switch (change) {
	case TEXT_NEWLINE:
		return newline(edit);
	case TEXT_BACKSPACE:
		return erase_to(edit, text_back_from(edit), edit->at);
	case TEXT_DELETE:
		return erase_to(edit, edit->at, text_forth_from(edit));
	case TEXT_DELETE_WORD:
		return erase_to(edit, text_word_back(edit), edit->at);
	case TEXT_DELETE_LINE:
		return delete_lines(edit, block);
	case TEXT_DUPLICATE:
		return duplicate(edit, block);
	case TEXT_LINE_ABOVE:
		return move_above(edit, block);
	case TEXT_LINE_BELOW:
		return move_below(edit, block);
	case TEXT_JOIN:
		return join(edit, block);
	case TEXT_COMMENT:
		return comment(edit, block);
	}
	return false;
}
