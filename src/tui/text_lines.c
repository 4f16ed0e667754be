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

static bool delete_line(struct text_edit *edit)
{
	int line = text_line_of(edit, edit->at);
	size_t from = edit->starts[line], to = text_line_next(edit, line);

	if (from == to)
		return false;
	text_replace(edit, from, to - from, "", 0, from);
	return true;
}

static bool duplicate(struct text_edit *edit)
{
	int line = text_line_of(edit, edit->at);
	size_t from = edit->starts[line], next = text_line_next(edit, line);
	AUTO(buf_release) struct buf text = BUF_INIT;

	buf_add(&text, edit->text.data + from, next - from);
	if (!text.len || text.data[text.len - 1] != '\n')
		buf_addc(&text, '\n');
	text_replace(edit, from, 0, text.data, text.len,
		      edit->at + text.len);
	return true;
}

/* Two neighbours change places; the line ends stay where they are. */
static bool swap_lines(struct text_edit *edit, int by)
{
	int line = text_line_of(edit, edit->at), first = by < 0 ? line - 1 : line;
	struct span a = text_edit_line(edit, first);
	struct span b = text_edit_line(edit, first + 1);
	AUTO(buf_release) struct buf text = BUF_INIT;
	size_t column = edit->at - edit->starts[line], start, second;

	if (first < 0 || first + 1 >= edit->lines)
		return false;
	/* The empty line after the last newline is no line to go past. */
	if (first + 2 == edit->lines &&
	    edit->starts[first + 1] == edit->text.len)
		return false;
	start = edit->starts[first];
	second = edit->starts[first + 1];
	buf_add(&text, b.ptr, b.len);
	buf_add(&text, a.ptr + a.len, second - start - a.len);
	buf_add(&text, a.ptr, a.len);
	text_replace(edit, start, second - start + b.len, text.data,
		      text.len, 0);
	edit->at = edit->starts[line + by] + column;
	edit->changes[edit->done - 1].after = edit->at;
	return true;
}

static bool join(struct text_edit *edit)
{
	int line = text_line_of(edit, edit->at);
	struct span a = text_edit_line(edit, line), b;
	size_t from, to;
	bool blank;

	if (line + 1 >= edit->lines)
		return false;
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

static bool comment(struct text_edit *edit)
{
	int line = text_line_of(edit, edit->at);
	struct span span = text_edit_line(edit, line);
	size_t blank = 0, n, place, cursor = edit->at;

	while (blank < span.len && text_is_gap(span.ptr[blank]))
		blank++;
	place = edit->starts[line] + blank;
	if (blank == span.len || span.ptr[blank] != '#') {
		text_replace(edit, place, 0, "# ", 2,
			      cursor < place ? cursor : cursor + 2);
		return true;
	}
	n = blank + 1 < span.len && span.ptr[blank + 1] == ' ' ? 2 : 1;
	if (cursor > place)
		cursor = cursor > place + n ? cursor - n : place;
	text_replace(edit, place, n, "", 0, cursor);
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
		return delete_line(edit);
	case TEXT_DUPLICATE:
		return duplicate(edit);
	case TEXT_LINE_ABOVE:
		return swap_lines(edit, -1);
	case TEXT_LINE_BELOW:
		return swap_lines(edit, 1);
	case TEXT_JOIN:
		return join(edit);
	case TEXT_COMMENT:
		return comment(edit);
	}
	return false;
}
