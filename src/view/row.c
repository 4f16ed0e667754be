/* Knows how styled spans make rows, and which glyphs there are. */
#include "view/row.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void row_release(struct row *row)
{
	for (size_t i = 0; i < row->count; i++)
		free(row->spans[i].text);
	free(row->spans);
	row->spans = NULL;
	row->count = 0;
}

void rows_release(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		row_release(&rows->items[i]);
	free(rows->items);
	*rows = (struct rows){ 0 };
}

struct row *rows_add(struct rows *rows, int link)
{
	struct row *row = &MEM_PUSH(rows->items, rows->count);

	row->link = link;
	return row;
}

static void row_take(struct row *row, enum style style, char *text)
{
	struct row_span *span;

	if (!*text) {
		free(text);
		return;
	}
	span = &MEM_PUSH(row->spans, row->count);
	span->style = style;
	span->text = text;
}

void row_add(struct row *row, enum style style, const char *text)
{
	row_take(row, style, text_safe(text, strlen(text)));
}

void row_addf(struct row *row, enum style style, const char *fmt, ...)
{
	AUTO_FREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	row_add(row, style, text);
}

void row_append(struct row *row, const struct row *more)
{
	for (size_t i = 0; i < more->count; i++)
		row_add(row, more->spans[i].style, more->spans[i].text);
}

int row_width(const struct row *row)
{
	int width = 0;

	for (size_t i = 0; i < row->count; i++)
		width += text_width(row->spans[i].text);
	return width;
}

char *row_text(const struct row *row)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < row->count; i++)
		buf_adds(&out, row->spans[i].text);
	return buf_steal(&out);
}

void row_fit(struct row *row, int columns, bool ascii)
{
	int used = 0, width, later;
	size_t i, keep;

	if (columns <= 0 || row_width(row) <= columns)
		return;
	for (i = 0; i < row->count; i++) {
		width = text_width(row->spans[i].text);
		if (used + width >= columns)
			break;
		used += width;
	}
	/* Span i reaches the edge; text_fit only marks what it cuts itself,
	 * so what follows the edge must be seen by it as one text. */
	for (keep = i + 1, later = 0; keep < row->count; keep++)
		later += text_width(row->spans[keep].text);
	if (i < row->count) {
		AUTO_FREE char *whole = mem_printf(
			"%s%s", row->spans[i].text, later ? "  " : "");
		char *cut = text_fit(whole, columns - used, false, ascii);

		free(row->spans[i].text);
		row->spans[i].text = cut;
	}
	for (keep = i + 1; keep < row->count; keep++)
		free(row->spans[keep].text);
	if (i + 1 < row->count)
		row->count = i + 1;
}

void flow_end(struct flow *flow)
{
	flow->column = 0;
}

/* A word longer than a row is cut into pieces that fill one each. */
static size_t flow_piece(const struct flow *flow, const char *text, size_t len,
			 int room, int *columns)
{
	size_t at = 0, n;
	int width;

	*columns = 0;
	while (at < len && (n = text_cluster(text + at, &width))) {
		if (flow->width && *columns + width > room && at)
			break;
		*columns += width;
		at += n;
	}
	return at;
}

static void flow_put(struct flow *flow, enum style style, const char *text,
		     size_t len, bool blank)
{
	while (len) {
		AUTO_FREE char *piece = NULL;
		struct row *row;
		int room = flow->width - flow->indent, columns;
		bool fresh = flow->column == 0;
		size_t n = flow_piece(flow, text, len, room < 8 ? 8 : room,
				      &columns);

		if (!fresh && flow->width &&
		    flow->column + columns + (blank ? 1 : 0) > flow->width)
			fresh = true;
		if (fresh) {
			row = rows_add(flow->rows, flow->link);
			row_addf(row, STYLE_PLAIN, "%*s", flow->indent, "");
			flow->column = flow->indent;
		} else {
			row = &flow->rows->items[flow->rows->count - 1];
			if (blank) {
				/* Not one change of style per word. */
				bool same = row->count &&
					row->spans[row->count - 1].style ==
						style;

				row_add(row, same ? style : STYLE_PLAIN, " ");
				flow->column++;
			}
		}
		piece = mem_strndup(text, n);
		row_add(row, style, piece);
		flow->column += columns;
		/* An indent of 0 and an empty word: still a started row. */
		if (!flow->column)
			flow->column = 1;
		text += n;
		len -= n;
		blank = true;
	}
}

void flow_words(struct flow *flow, enum style style, const char *text)
{
	AUTO_FREE char *line = text_line(text, strlen(text));
	const char *at = line;

	while (*at) {
		size_t len = strcspn(at, " ");

		if (len)
			flow_put(flow, style, at, len, true);
		at += len;
		at += strspn(at, " ");
	}
}

void flow_word(struct flow *flow, enum style style, const char *text)
{
	AUTO_FREE char *safe = text_safe(text, strlen(text));

	flow_put(flow, style, safe, strlen(safe), true);
}

/* Glyphs whose width no East Asian terminal doubles, but for the lines. */
static const struct glyphs utf8_glyphs = {
	.hit = "✓", .miss = "✗", .late = "?", .pull = "⇣",
	.error = "!", .none = " ",
	.branch = "├─", .last = "└─", .bar = "│ ", .blank = "  ",
	.branch_derived = "├┄", .last_derived = "└┄",
	.node = "▪", .ghost = "▫", .dangling = "◦", .dot = "·", .cut = "…",
	.horizontal = "─", .vertical = "│", .folded = "▸", .open = "▾",
};
static const struct glyphs ascii_glyphs = {
	.hit = "=", .miss = "x", .late = "?", .pull = "v",
	.error = "!", .none = " ",
	.branch = "|-", .last = "`-", .bar = "| ", .blank = "  ",
	.branch_derived = "|~", .last_derived = "`~",
	.node = "o", .ghost = "+", .dangling = ".", .dot = "|", .cut = ">",
	.horizontal = "-", .vertical = "|", .folded = "+", .open = "-",
};

const struct glyphs *glyphs_get(bool ascii)
{
	return ascii ? &ascii_glyphs : &utf8_glyphs;
}
