/* Knows how a file of any size is shown row by row. */
#include "view/peek.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEEK_STEP 256    /* rows from mark to mark */
#define ROW_MAX 1024     /* bytes of a row; a longer line has several */
#define HEX_MOST 16      /* bytes of a row, where there is room */
#define HEX_COLUMNS 77   /* which it takes */
#define PROBE 8000       /* bytes in which a NUL means that it is no text */

/* As much as there is, at most len; what cannot be read ends the file. */
static size_t read_at(const struct peek *peek, char *out, size_t len,
		      uint64_t at)
{
	size_t have = 0;

	while (have < len) {
		ssize_t n = pread(peek->fd, out + have, len - have,
				  (off_t)(at + have));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	return have;
}

/* Cuts text into rows. */
struct cutter {
	uint64_t at;       /* where the row that is open begins */
	size_t len;        /* bytes of it so far */
};

/* Whether the byte ends a row. */
static bool ends(struct cutter *cutter, char c, uint64_t at)
{
	cutter->len++;
	if (c != '\n' && (cutter->len < ROW_MAX ||
			  ((unsigned char)c & 0xc0) == 0x80))
		return false;
	cutter->at = at + 1;
	cutter->len = 0;
	return true;
}

static void mark(struct peek *peek, uint64_t at)
{
	if (peek->lines % PEEK_STEP == 0)
		MEM_PUSH(peek->marks, peek->mark_count) = at;
	peek->lines++;
}

static void cut_lines(struct peek *peek)
{
	static const size_t room = 65536;
	AUTO_FREE char *bytes = mem_alloc(room);
	struct cutter cutter = { 0 };
	uint64_t at = 0;
	size_t n;

	while (at < PEEK_TEXT_MAX && (n = read_at(peek, bytes, room, at))) {
		for (size_t i = 0; i < n; i++) {
			uint64_t begin = cutter.at;

			if (ends(&cutter, bytes[i], at + i))
				mark(peek, begin);
		}
		at += n;
	}
	if (cutter.len)
		mark(peek, cutter.at);
	peek->cut = at < peek->size;
}

int peek_open(int fd, struct peek *out, struct err *err)
{
	char probe[PROBE];
	struct stat st;
	size_t n;

	*out = (struct peek){ .fd = fd, .hex_bytes = HEX_MOST };
	if (fstat(fd, &st) < 0) {
		err_sys(err, errno, "cannot look at the file");
		peek_release(out);
		return -1;
	}
	out->size = (uint64_t)st.st_size;
	n = read_at(out, probe, sizeof(probe), 0);
	out->hex = memchr(probe, 0, n) != NULL;
	cut_lines(out);
	return 0;
}

void peek_release(struct peek *peek)
{
	if (peek->fd >= 0)
		close(peek->fd);
	free(peek->marks);
	*peek = (struct peek){ .fd = -1 };
}

size_t peek_count(const struct peek *peek)
{
	if (!peek->hex)
		return peek->lines + peek->cut;
	return (size_t)((peek->size + peek->hex_bytes - 1) / peek->hex_bytes);
}

size_t peek_fit(struct peek *peek, int columns, size_t index)
{
	size_t was = peek->hex_bytes;

	peek->hex_bytes = columns < HEX_COLUMNS ? HEX_MOST / 2 : HEX_MOST;
	return peek->hex ? index * was / peek->hex_bytes : index;
}

static void hex_row(const struct peek *peek, size_t index, struct row *out)
{
	unsigned char bytes[HEX_MOST];
	uint64_t at = (uint64_t)index * peek->hex_bytes;
	size_t n = read_at(peek, (char *)bytes, peek->hex_bytes, at);
	char text[HEX_MOST + 1] = "";

	row_addf(out, STYLE_DIM, "%08llx ", (unsigned long long)at);
	for (size_t i = 0; i < peek->hex_bytes; i++) {
		if (i < n)
			row_addf(out, bytes[i] ? STYLE_PLAIN : STYLE_DIM,
				 "%s%02x", i % 8 ? " " : "  ", bytes[i]);
		else
			row_addf(out, STYLE_PLAIN, "%s  ",
				 i % 8 ? " " : "  ");
		if (i < n)
			text[i] = bytes[i] >= ' ' && bytes[i] < 0x7f ?
					  (char)bytes[i] : '.';
	}
	row_addf(out, STYLE_STRING, "  %s", text);
}

/* The bytes from one mark to the next, and where rows begin in them; the last
 * of starts is the end. */
struct block {
	struct buf text;
	size_t starts[PEEK_STEP + 1], count;
};

static void block_read(const struct peek *peek, size_t n, struct block *out)
{
	uint64_t from = peek->marks[n];
	uint64_t to = n + 1 < peek->mark_count ? peek->marks[n + 1] :
		      peek->size < PEEK_TEXT_MAX ? peek->size : PEEK_TEXT_MAX;
	struct cutter cutter = { .at = 0 };
	size_t rows = peek->lines - n * PEEK_STEP;

	out->text = (struct buf)BUF_INIT;
	out->count = 0;
	/* The file may have grown or shrunk meanwhile. */
	if (to < from)
		to = from;
	if (to - from > (uint64_t)PEEK_STEP * (ROW_MAX + 4))
		to = from + (uint64_t)PEEK_STEP * (ROW_MAX + 4);
	buf_reserve(&out->text, (size_t)(to - from) + 1);
	out->text.len = read_at(peek, out->text.data, (size_t)(to - from),
				from);
	out->text.data[out->text.len] = '\0';
	out->starts[0] = 0;
	for (size_t i = 0; i < out->text.len && out->count < PEEK_STEP; i++)
		if (ends(&cutter, out->text.data[i], i))
			out->starts[++out->count] = i + 1;
	if (cutter.len && out->count < PEEK_STEP)
		out->starts[++out->count] = out->text.len;
	if (rows < out->count)
		out->count = rows;
}

static char *block_line(const struct block *block, size_t n)
{
	const char *text = block->text.data + block->starts[n];
	size_t len = block->starts[n + 1] - block->starts[n];

	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	return text_tabs(text, len);
}

void peek_row(const struct peek *peek, size_t index, struct row *out)
{
	struct block block;

	if (peek->hex) {
		hex_row(peek, index, out);
		return;
	}
	if (index >= peek->lines) {
		row_add(out, STYLE_DIM,
			"it goes on: as bytes all of it is seen");
		return;
	}
	block_read(peek, index / PEEK_STEP, &block);
	if (index % PEEK_STEP < block.count) {
		AUTO_FREE char *text = block_line(&block, index % PEEK_STEP);

		row_add(out, STYLE_PLAIN, text);
	}
	buf_release(&block.text);
}

/* ---- search ---- */

struct hunt {
	const char *text;
	bool exact;
	int dir;
};

/* In one block, rows from `from` on in the hunt's direction; SIZE_MAX. */
static size_t find_in_block(const struct peek *peek, const struct hunt *hunt,
			    size_t n, size_t from)
{
	size_t found = SIZE_MAX;
	struct block block;

	block_read(peek, n, &block);
	for (size_t i = 0; i < block.count && found == SIZE_MAX; i++) {
		size_t row = hunt->dir > 0 ? i : block.count - 1 - i;
		AUTO_FREE char *text = block_line(&block, row);

		if (hunt->dir > 0 ? row < from : row > from)
			continue;
		if (hunt->exact ? strstr(text, hunt->text) != NULL
				: strcasestr(text, hunt->text) != NULL)
			found = n * PEEK_STEP + row;
	}
	buf_release(&block.text);
	return found;
}

static size_t find_text(const struct peek *peek, const struct hunt *hunt,
			size_t index)
{
	size_t blocks = peek->mark_count, n, from;

	if (index >= peek->lines)
		index = hunt->dir > 0 ? 0 : peek->lines - 1;
	n = index / PEEK_STEP;
	from = index % PEEK_STEP;
	for (size_t i = 0; i <= blocks && blocks; i++) {
		size_t at = (n + (hunt->dir > 0 ? i : 2 * blocks - i)) %
			    blocks;
		size_t found = find_in_block(peek, hunt, at,
					     i ? hunt->dir > 0 ? 0 : SIZE_MAX
					       : from);

		if (found != SIZE_MAX)
			return found;
	}
	return peek_count(peek);
}

/* The row in whose bytes the text begins; windows overlap by its length. */
static size_t find_bytes(const struct peek *peek, const struct hunt *hunt,
			 size_t index)
{
	static const size_t room = 65536;
	size_t len = strlen(hunt->text), rows = peek_count(peek);
	AUTO_FREE char *bytes = mem_alloc(room + len);
	size_t windows = (rows * peek->hex_bytes + room - 1) / room;
	size_t first = index * peek->hex_bytes / room, found = rows;

	for (size_t i = 0; i <= windows && found == rows; i++) {
		size_t n = (first + (hunt->dir > 0 ? i : 2 * windows - i)) %
			   windows;
		size_t have = read_at(peek, bytes, room + len,
				      (uint64_t)n * room);
		const char *at = bytes, *end = bytes + have;

		while ((at = memmem(at, (size_t)(end - at), hunt->text, len))) {
			size_t row = (n * room + (size_t)(at - bytes)) /
				     peek->hex_bytes;
			bool ahead = i > 0 || (hunt->dir > 0 ? row >= index
							     : row <= index);

			if (ahead)
				found = row;
			if (ahead && hunt->dir > 0)
				break;
			at++;
		}
	}
	return found;
}

size_t peek_find(const struct peek *peek, const char *text, size_t index,
		 int dir)
{
	struct hunt hunt = { text, false, dir };

	for (const char *p = text; *p; p++)
		hunt.exact = hunt.exact || isupper((unsigned char)*p);
	if (!*text || !peek_count(peek))
		return peek_count(peek);
	return peek->hex ? find_bytes(peek, &hunt, index)
			 : find_text(peek, &hunt, index);
}
