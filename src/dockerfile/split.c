/* Knows where Docker sees the ends of keywords, flags and words. */
#include "dockerfile/split.h"

#include <string.h>

#include "base/utf8.h"
#include "dockerfile/instr.h"

static void advance(struct span *text, size_t n)
{
	text->ptr += n;
	text->len -= n;
}

static void skip_blanks(struct span *text)
{
	while (text->len && utf8_is_blank(*text->ptr))
		advance(text, 1);
}

struct span split_keyword(struct span *text)
{
	struct span word = { text->ptr, 0 };

	while (text->len && !utf8_is_blank(*text->ptr)) {
		advance(text, 1);
		word.len++;
	}
	skip_blanks(text);
	return word;
}

bool split_blank(struct span *text, struct span *word)
{
	if (text->len == 0)
		return false;
	*word = split_keyword(text);
	return true;
}

bool split_is_space(char c)
{
	return utf8_is_space((unsigned char)c);
}

/*
 * One flag word, byte by byte, each taken for a Latin-1 character. The escape
 * is always a backslash here, whatever the directive says.
 */
static struct span take_flag(struct span *text, struct buf *word)
{
	struct span from = { text->ptr, 0 };
	char quote = 0;

	while (text->len && (quote || !split_is_space(*text->ptr))) {
		char c = *text->ptr;

		advance(text, 1);
		if (!quote && (c == '\'' || c == '"')) {
			quote = c;
			continue;
		}
		if (quote && c == quote) {
			quote = 0;
			continue;
		}
		if (c == '\\') {
			if (text->len == 0)
				break;
			c = *text->ptr;
			advance(text, 1);
		}
		utf8_append(word, (unsigned char)c);
	}
	from.len = (size_t)(text->ptr - from.ptr);
	return from;
}

void split_flags(const struct source *source, struct span *text,
		 struct instr *instr)
{
	AUTO(buf_release) struct buf word = BUF_INIT;
	struct span from;

	for (;;) {
		while (text->len && split_is_space(*text->ptr))
			advance(text, 1);
		if (text->len < 2 || memcmp(text->ptr, "--", 2) != 0)
			return;
		buf_clear(&word);
		from = take_flag(text, &word);
		if (strcmp(word.data, "--") == 0)
			return;
		if (instr)
			instr_add_flag(instr, word.data,
				       source_place(source, from));
	}
}

bool split_quoted(struct span *text, char escape, struct buf *word,
		  struct span *from)
{
	uint32_t rune, quote = 0;
	bool valid;

	buf_clear(word);
	*text = utf8_trim_left(*text);
	from->ptr = text->ptr;
	while (text->len) {
		size_t n = utf8_decode(text->ptr, text->len, &rune, &valid);

		if (!quote && utf8_is_space(rune))
			break;
		advance(text, n);
		if (rune == (unsigned char)escape && quote != '\'') {
			if (text->len == 0)
				break;
			utf8_append(word, rune);
			n = utf8_decode(text->ptr, text->len, &rune, &valid);
			advance(text, n);
		} else if (!quote && (rune == '\'' || rune == '"')) {
			quote = rune;
		} else if (rune == quote) {
			quote = 0;
		}
		utf8_append(word, rune);
	}
	from->len = (size_t)(text->ptr - from->ptr);
	return word->len > 0;
}
