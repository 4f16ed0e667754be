/* Knows what a cursor in a text goes past at a time. */
#include "tui/text_edit_state.h"

#include "base/utf8.h"
#include "view/row.h"

/* Length of the character at a place of a line, marks on it included. */
static size_t cluster(struct span line, size_t at)
{
	size_t n = 0;

	while (at + n < line.len) {
		uint32_t rune;
		bool valid;
		size_t one = utf8_decode(line.ptr + at + n, line.len - at - n,
					 &rune, &valid);

		if (n) {
			AUTO_FREE char *next = mem_strndup(
				line.ptr + at + n, one);
			if (!valid || rune < 0x300 || text_width(next))
				return n;
		}
		n += one;
		if (rune < ' ')
			return n;
	}
	return n;
}

size_t text_cluster_start(struct span line, size_t wanted)
{
	size_t at = 0;

	while (at < line.len) {
		size_t n = cluster(line, at);

		if (at + n > wanted)
			return at;
		at += n;
	}
	return at;
}

size_t text_back_from(const struct text_edit *edit)
{
	int line = text_line_of(edit, edit->at);
	size_t start = edit->starts[line];

	if (edit->at > start)
		return start + text_cluster_start(text_edit_line(edit, line),
					     edit->at - start - 1);
	if (!line)
		return edit->at;
	start = edit->starts[line - 1];
	return start + text_edit_line(edit, line - 1).len;
}

size_t text_forth_from(const struct text_edit *edit)
{
	int line = text_line_of(edit, edit->at);
	struct span span = text_edit_line(edit, line);
	size_t column = edit->at - edit->starts[line];

	if (column < span.len)
		return edit->at + cluster(span, column);
	return text_line_next(edit, line);
}

size_t text_word_back(const struct text_edit *edit)
{
	const char *text = edit->text.data;
	size_t at = edit->at;

	while (at && text_is_gap(text[at - 1]))
		at--;
	while (at && !text_is_gap(text[at - 1]))
		at--;
	return at;
}

static size_t word_forth(const struct text_edit *edit)
{
	const char *text = edit->text.data;
	size_t at = edit->at;

	while (at < edit->text.len && !text_is_gap(text[at]))
		at++;
	while (at < edit->text.len && text_is_gap(text[at]))
		at++;
	return at;
}

/* ---- moving ---- */

static int screen_column(const struct text_edit *edit, int line, size_t bytes)
{
	struct span span = text_edit_line(edit, line);
	AUTO_FREE char *shown =
		text_tabs(span.ptr, bytes < span.len ? bytes : span.len);

	return text_width(shown);
}

static bool move_line(struct text_edit *edit, int by)
{
	int line = text_line_of(edit, edit->at), to = line + by;
	struct span span;
	size_t at = 0;

	if (to < 0 || to >= edit->lines)
		return false;
	if (!edit->has_goal)
		edit->goal = (size_t)screen_column(
			edit, line, edit->at - edit->starts[line]);
	span = text_edit_line(edit, to);
	while (at < span.len) {
		size_t n = cluster(span, at);

		if ((size_t)screen_column(edit, to, at + n) > edit->goal)
			break;
		at += n;
	}
	edit->at = edit->starts[to] + at;
	edit->has_goal = true;
	return true;
}

static size_t target_of(const struct text_edit *edit, enum text_move move)
{
	int line = text_line_of(edit, edit->at);

	switch (move) {
	case TEXT_LEFT:
		return text_back_from(edit);
	case TEXT_RIGHT:
		return text_forth_from(edit);
	case TEXT_WORD_LEFT:
		return text_word_back(edit);
	case TEXT_WORD_RIGHT:
		return word_forth(edit);
	case TEXT_LINE_START:
		return edit->starts[line];
	case TEXT_LINE_END:
		return edit->starts[line] + text_edit_line(edit, line).len;
	case TEXT_START:
	case TEXT_UP:
		return 0;
	case TEXT_END:
	case TEXT_DOWN:
		return edit->text.len;
	}
	return edit->at;
}

bool text_edit_move(struct text_edit *edit, enum text_move move)
{
	size_t old = edit->at;

	edit->joins = false;
	if (move == TEXT_UP || move == TEXT_DOWN)
		return move_line(edit, move == TEXT_UP ? -1 : 1);
	edit->at = target_of(edit, move);
	edit->has_goal = false;
	return edit->at != old;
}
