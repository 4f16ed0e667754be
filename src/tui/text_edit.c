/* Knows how a text is changed, and how each change is taken back. */
#include "tui/text_edit.h"

#include <string.h>

#include "base/utf8.h"
#include "view/row.h"

/* Bytes at a place that gave way to others. */
struct change {
	size_t at, old_len, new_len;
	char *old, *new;
	size_t before, after; /* the cursor */
	unsigned group;       /* taken back together */
};

struct text_edit {
	struct buf text;
	size_t at;
	size_t goal;          /* columns of the screen that up and down keep */
	bool has_goal;
	struct change *changes;
	size_t count, done;   /* changes[done..count) were taken back */
	unsigned group;
	bool joins;           /* the next insertion may go on with the last */
	char *saved;
	size_t saved_len;
	size_t *starts;       /* of the lines */
	int lines;
};

static void find_lines(struct text_edit *edit)
{
	const char *text = edit->text.data;
	size_t n = 1;

	for (size_t i = 0; i < edit->text.len; i++)
		n += text[i] == '\n';
	edit->starts = mem_grow(edit->starts, n, sizeof(*edit->starts));
	edit->starts[0] = 0;
	edit->lines = 1;
	for (size_t i = 0; i < edit->text.len; i++)
		if (text[i] == '\n')
			edit->starts[edit->lines++] = i + 1;
}

struct text_edit *text_edit_new(const char *text, size_t len)
{
	struct text_edit *edit = mem_alloc(sizeof(*edit));

	buf_adds(&edit->text, "");
	buf_add(&edit->text, text, len);
	text_edit_saved(edit);
	find_lines(edit);
	return edit;
}

static void change_release(struct change *change)
{
	free(change->old);
	free(change->new);
}

void text_edit_free(struct text_edit *edit)
{
	if (!edit)
		return;
	for (size_t i = 0; i < edit->count; i++)
		change_release(&edit->changes[i]);
	free(edit->changes);
	free(edit->saved);
	free(edit->starts);
	buf_release(&edit->text);
	free(edit);
}

const char *text_edit_text(const struct text_edit *edit, size_t *len)
{
	if (len)
		*len = edit->text.len;
	return edit->text.data;
}

bool text_edit_modified(const struct text_edit *edit)
{
	return edit->text.len != edit->saved_len ||
	       memcmp(edit->text.data, edit->saved, edit->saved_len) != 0;
}

void text_edit_saved(struct text_edit *edit)
{
	free(edit->saved);
	edit->saved = mem_dup(edit->text.data, edit->text.len + 1);
	edit->saved_len = edit->text.len;
	edit->joins = false;
}

/* ---- lines ---- */

int text_edit_lines(const struct text_edit *edit)
{
	return edit->lines;
}

/* Past the line's end, its newline included. */
static size_t line_next(const struct text_edit *edit, int line)
{
	return line + 1 < edit->lines ? edit->starts[line + 1] :
					edit->text.len;
}

struct span text_edit_line(const struct text_edit *edit, int line)
{
	struct span span = { edit->text.data, 0 };

	if (line < 0 || line >= edit->lines)
		return span;
	span.ptr += edit->starts[line];
	span.len = line_next(edit, line) - edit->starts[line];
	if (span.len && span.ptr[span.len - 1] == '\n')
		span.len--;
	else
		return span;
	if (span.len && span.ptr[span.len - 1] == '\r')
		span.len--;
	return span;
}

static int line_of(const struct text_edit *edit, size_t at)
{
	int low = 0, high = edit->lines - 1;

	while (low < high) {
		int mid = (low + high + 1) / 2;

		if (edit->starts[mid] <= at)
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}

void text_edit_where(const struct text_edit *edit, int *line, int *column)
{
	*line = line_of(edit, edit->at);
	*column = (int)(edit->at - edit->starts[*line]);
}

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

static size_t cluster_start(struct span line, size_t wanted)
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

void text_edit_go(struct text_edit *edit, int line, int column)
{
	struct span span;

	if (line >= edit->lines)
		line = edit->lines - 1;
	if (line < 0)
		line = 0;
	span = text_edit_line(edit, line);
	edit->at = edit->starts[line] +
		   cluster_start(span, column < 0 ? 0 : (size_t)column);
	edit->has_goal = false;
	edit->joins = false;
}

/* ---- changing ---- */

static void splice(struct text_edit *edit, size_t at, size_t old_len,
		   const char *text, size_t len)
{
	struct buf *buf = &edit->text;

	buf_reserve(buf, len + 1);
	memmove(buf->data + at + len, buf->data + at + old_len,
		buf->len - at - old_len);
	if (len)
		memcpy(buf->data + at, text, len);
	buf->len += len - old_len;
	buf->data[buf->len] = '\0';
	find_lines(edit);
}

static void forget_undone(struct text_edit *edit)
{
	for (size_t i = edit->done; i < edit->count; i++)
		change_release(&edit->changes[i]);
	edit->count = edit->done;
}

static void replace(struct text_edit *edit, size_t at, size_t old_len,
		    const char *text, size_t len, size_t cursor)
{
	struct change *change;

	forget_undone(edit);
	change = &MEM_PUSH(edit->changes, edit->count);
	*change = (struct change){
		.at = at, .old_len = old_len, .new_len = len,
		.old = mem_strndup(edit->text.data + at, old_len),
		.new = mem_strndup(len ? text : "", len),
		.before = edit->at, .after = cursor, .group = edit->group };
	edit->done = edit->count;
	splice(edit, at, old_len, change->new, len);
	edit->at = cursor;
	edit->has_goal = false;
}

/* A change of its own. */
static void replace_alone(struct text_edit *edit, size_t at, size_t old_len,
			  const char *text, size_t len, size_t cursor)
{
	edit->group++;
	replace(edit, at, old_len, text, len, cursor);
	edit->joins = false;
}

static bool is_gap(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* The blank that ends a word belongs to it; the next word is another. */
void text_edit_insert(struct text_edit *edit, const char *text, size_t len)
{
	const struct change *last =
		edit->done ? &edit->changes[edit->done - 1] : NULL;
	bool typed = len <= 4 && !memchr(text, '\n', len);
	bool goes_on = edit->joins && edit->done == edit->count && last &&
		       last->after == edit->at && last->new_len && typed &&
		       (is_gap(*text) ||
			!is_gap(last->new[last->new_len - 1]));

	if (!len)
		return;
	if (!goes_on)
		edit->group++;
	replace(edit, edit->at, 0, text, len, edit->at + len);
	edit->joins = true;
}

void text_edit_pause(struct text_edit *edit)
{
	edit->joins = false;
}

static void erase(struct text_edit *edit, size_t from, size_t to)
{
	const struct change *last =
		edit->done ? &edit->changes[edit->done - 1] : NULL;
	bool goes_on = edit->joins && last && last->after == edit->at &&
		       !last->new_len && to - from == 1 &&
		       !is_gap(edit->text.data[from]);

	if (!goes_on)
		edit->group++;
	replace(edit, from, to - from, "", 0, from);
	edit->joins = true;
}

static size_t back_from(const struct text_edit *edit)
{
	int line = line_of(edit, edit->at);
	size_t start = edit->starts[line];

	if (edit->at > start)
		return start + cluster_start(text_edit_line(edit, line),
					     edit->at - start - 1);
	if (!line)
		return edit->at;
	start = edit->starts[line - 1];
	return start + text_edit_line(edit, line - 1).len;
}

static size_t forth_from(const struct text_edit *edit)
{
	int line = line_of(edit, edit->at);
	struct span span = text_edit_line(edit, line);
	size_t column = edit->at - edit->starts[line];

	if (column < span.len)
		return edit->at + cluster(span, column);
	return line_next(edit, line);
}

static size_t word_back(const struct text_edit *edit)
{
	const char *text = edit->text.data;
	size_t at = edit->at;

	while (at && is_gap(text[at - 1]))
		at--;
	while (at && !is_gap(text[at - 1]))
		at--;
	return at;
}

static size_t word_forth(const struct text_edit *edit)
{
	const char *text = edit->text.data;
	size_t at = edit->at;

	while (at < edit->text.len && !is_gap(text[at]))
		at++;
	while (at < edit->text.len && is_gap(text[at]))
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
	int line = line_of(edit, edit->at), to = line + by;
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
	int line = line_of(edit, edit->at);

	switch (move) {
	case TEXT_LEFT:
		return back_from(edit);
	case TEXT_RIGHT:
		return forth_from(edit);
	case TEXT_WORD_LEFT:
		return word_back(edit);
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

/* ---- whole lines ---- */

static bool newline(struct text_edit *edit)
{
	int line = line_of(edit, edit->at);
	struct span span = text_edit_line(edit, line);
	bool crlf = line_next(edit, line) >
		    edit->starts[line] + span.len + 1;

	text_edit_insert(edit, crlf ? "\r\n" : "\n", crlf ? 2 : 1);
	return true;
}

static bool delete_line(struct text_edit *edit)
{
	int line = line_of(edit, edit->at);
	size_t from = edit->starts[line], to = line_next(edit, line);

	if (from == to)
		return false;
	replace_alone(edit, from, to - from, "", 0, from);
	return true;
}

static bool duplicate(struct text_edit *edit)
{
	int line = line_of(edit, edit->at);
	size_t from = edit->starts[line], next = line_next(edit, line);
	AUTO(buf_release) struct buf text = BUF_INIT;

	buf_add(&text, edit->text.data + from, next - from);
	if (!text.len || text.data[text.len - 1] != '\n')
		buf_addc(&text, '\n');
	replace_alone(edit, from, 0, text.data, text.len,
		      edit->at + text.len);
	return true;
}

/* Two neighbours change places; the line ends stay where they are. */
static bool swap_lines(struct text_edit *edit, int by)
{
	int line = line_of(edit, edit->at), first = by < 0 ? line - 1 : line;
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
	replace_alone(edit, start, second - start + b.len, text.data,
		      text.len, 0);
	edit->at = edit->starts[line + by] + column;
	edit->changes[edit->done - 1].after = edit->at;
	return true;
}

static bool join(struct text_edit *edit)
{
	int line = line_of(edit, edit->at);
	struct span a = text_edit_line(edit, line), b;
	size_t from, to;
	bool blank;

	if (line + 1 >= edit->lines)
		return false;
	b = text_edit_line(edit, line + 1);
	from = edit->starts[line] + a.len;
	to = edit->starts[line + 1];
	for (size_t i = 0; i < b.len && is_gap(b.ptr[i]); i++)
		to++;
	blank = a.len && !is_gap(a.ptr[a.len - 1]) &&
		to < edit->starts[line + 1] + b.len;
	replace_alone(edit, from, to - from, " ", blank, from);
	return true;
}

static bool comment(struct text_edit *edit)
{
	int line = line_of(edit, edit->at);
	struct span span = text_edit_line(edit, line);
	size_t blank = 0, n, place, cursor = edit->at;

	while (blank < span.len && is_gap(span.ptr[blank]))
		blank++;
	place = edit->starts[line] + blank;
	if (blank == span.len || span.ptr[blank] != '#') {
		replace_alone(edit, place, 0, "# ", 2,
			      cursor < place ? cursor : cursor + 2);
		return true;
	}
	n = blank + 1 < span.len && span.ptr[blank + 1] == ' ' ? 2 : 1;
	if (cursor > place)
		cursor = cursor > place + n ? cursor - n : place;
	replace_alone(edit, place, n, "", 0, cursor);
	return true;
}

static bool erase_to(struct text_edit *edit, size_t a, size_t b)
{
	if (a == b)
		return false;
	erase(edit, a < b ? a : b, a < b ? b : a);
	return true;
}

bool text_edit_change(struct text_edit *edit, enum text_change change)
{
	switch (change) {
	case TEXT_NEWLINE:
		return newline(edit);
	case TEXT_BACKSPACE:
		return erase_to(edit, back_from(edit), edit->at);
	case TEXT_DELETE:
		return erase_to(edit, edit->at, forth_from(edit));
	case TEXT_DELETE_WORD:
		return erase_to(edit, word_back(edit), edit->at);
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

/* What lies between the equal beginning and the equal end gives way; the
 * cursor stays on its text. */
bool text_edit_take(struct text_edit *edit, const char *text, size_t len)
{
	const char *old = edit->text.data;
	size_t old_len = edit->text.len, head = 0, tail = 0;
	size_t least = old_len < len ? old_len : len, cursor = edit->at;

	while (head < least && old[head] == text[head])
		head++;
	while (tail < least - head &&
	       old[old_len - 1 - tail] == text[len - 1 - tail])
		tail++;
	if (head == old_len && head == len)
		return false;
	if (cursor >= old_len - tail)
		cursor = cursor + len - old_len;
	else if (cursor > head)
		cursor = head;
	replace_alone(edit, head, old_len - tail - head, text + head,
		      len - tail - head, cursor);
	return true;
}

/* ---- back and forth ---- */

bool text_edit_undo(struct text_edit *edit)
{
	unsigned group;

	if (!edit->done)
		return false;
	group = edit->changes[edit->done - 1].group;
	while (edit->done && edit->changes[edit->done - 1].group == group) {
		const struct change *change = &edit->changes[--edit->done];

		splice(edit, change->at, change->new_len, change->old,
		       change->old_len);
		edit->at = change->before;
	}
	edit->joins = edit->has_goal = false;
	return true;
}

bool text_edit_redo(struct text_edit *edit)
{
	unsigned group;

	if (edit->done == edit->count)
		return false;
	group = edit->changes[edit->done].group;
	while (edit->done < edit->count &&
	       edit->changes[edit->done].group == group) {
		const struct change *change = &edit->changes[edit->done++];

		splice(edit, change->at, change->old_len, change->new,
		       change->new_len);
		edit->at = change->after;
	}
	edit->joins = edit->has_goal = false;
	return true;
}
