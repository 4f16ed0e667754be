/* Knows how a text is changed, and how each change is taken back. */
#include "tui/text_edit_state.h"

#include <string.h>

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

size_t text_line_next(const struct text_edit *edit, int line)
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
	span.len = text_line_next(edit, line) - edit->starts[line];
	if (span.len && span.ptr[span.len - 1] == '\n')
		span.len--;
	else
		return span;
	if (span.len && span.ptr[span.len - 1] == '\r')
		span.len--;
	return span;
}

int text_line_of(const struct text_edit *edit, size_t at)
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
	*line = text_line_of(edit, edit->at);
	*column = (int)(edit->at - edit->starts[*line]);
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
		   text_cluster_start(span, column < 0 ? 0 : (size_t)column);
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

void text_replace(struct text_edit *edit, size_t at, size_t old_len,
			  const char *text, size_t len, size_t cursor)
{
	edit->group++;
	replace(edit, at, old_len, text, len, cursor);
	edit->joins = false;
}

bool text_is_gap(char c)
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
		       (text_is_gap(*text) ||
			!text_is_gap(last->new[last->new_len - 1]));

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

void text_erase(struct text_edit *edit, size_t from, size_t to)
{
	const struct change *last =
		edit->done ? &edit->changes[edit->done - 1] : NULL;
	bool goes_on = edit->joins && last && last->after == edit->at &&
		       !last->new_len && to - from == 1 &&
		       !text_is_gap(edit->text.data[from]);

	if (!goes_on)
		edit->group++;
	replace(edit, from, to - from, "", 0, from);
	edit->joins = true;
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
	text_replace(edit, head, old_len - tail - head, text + head,
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
