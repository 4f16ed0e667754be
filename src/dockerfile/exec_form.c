/* Knows JSON arrays as Go reads them (RFC 8259; bad text becomes U+FFFD). */
#include "dockerfile/exec_form.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "dockerfile/instr.h"

#define ESCAPE_LEN 6 /* \uXXXX */
#define GO_MAX_DEPTH 10000 /* jansson's limit is lower */

/* The code unit of \uXXXX at text, or -1. */
static int32_t code_unit(struct span text)
{
	int32_t unit = 0;

	if (text.len < ESCAPE_LEN || memcmp(text.ptr, "\\u", 2) != 0)
		return -1;
	for (int i = 2; i < ESCAPE_LEN; i++) {
		const char *digits = "0123456789abcdef";
		char c = text.ptr[i] | 0x20;
		const char *digit = c ? strchr(digits, c) : NULL;

		if (!digit || text.ptr[i] < '0')
			return -1;
		unit = unit * 16 + (int32_t)(digit - digits);
	}
	return unit;
}

static bool is_high(int32_t unit)
{
	return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low(int32_t unit)
{
	return unit >= 0xdc00 && unit < 0xe000;
}

/* Copies one escape; a surrogate without its partner is replaced. */
static size_t clean_escape(struct buf *out, struct span text)
{
	int32_t unit = code_unit(text);
	size_t len = unit < 0 ? 2 : ESCAPE_LEN;

	if (is_high(unit)) {
		struct span next = { text.ptr + len, text.len - len };

		if (is_low(code_unit(next)))
			len += ESCAPE_LEN;
		else
			unit = -2;
	} else if (is_low(unit)) {
		unit = -2;
	}
	if (len > text.len)
		len = text.len;
	if (unit == -2)
		buf_adds(out, "\\ufffd");
	else
		buf_add(out, text.ptr, len);
	return len;
}

/* What jansson refuses and Go repairs: bad UTF-8 and lone surrogates. */
static void clean(struct buf *out, struct span text)
{
	buf_reserve(out, text.len);
	while (text.len) {
		uint32_t rune;
		bool valid;
		size_t n;

		if (*text.ptr == '\\') {
			n = clean_escape(out, text);
		} else {
			n = utf8_decode(text.ptr, text.len, &rune, &valid);
			utf8_append(out, rune);
		}
		text.ptr += n;
		text.len -= n;
	}
}

/* The next string of a well-formed array of strings, quotes included. */
static struct span next_string(struct span *text)
{
	struct span string;

	while (*text->ptr != '"') {
		text->ptr++;
		text->len--;
	}
	string.ptr = text->ptr++;
	while (*text->ptr != '"')
		text->ptr += *text->ptr == '\\' ? 2 : 1;
	text->ptr++;
	string.len = (size_t)(text->ptr - string.ptr);
	text->len -= string.len;
	return string;
}

static enum exec_form look(const json_t *array)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
		if (!json_is_string(item))
			return EXEC_MIXED;
	return EXEC_ARRAY;
}

static void add_words(const struct source *source, struct span text,
		      const json_t *array, struct instr *instr)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item) {
		struct span value = { json_string_value(item),
				      json_string_length(item) };
		AUTO(buf_release) struct buf word = BUF_INIT;

		utf8_hide_nul(&word, value);
		instr_add_word(instr, (struct span){ word.data, word.len },
			       source_place(source, next_string(&text)));
	}
}

/* Called where jansson gave up: is it deep for Go as well? */
static bool too_deep(struct span text)
{
	bool quoted = false;
	int depth = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '"')
			quoted = !quoted;
		else if (quoted)
			i += c == '\\';
		else if (c == '[' || c == '{')
			depth++;
		else if ((c == ']' || c == '}') && --depth == 0)
			break;
		if (depth > GO_MAX_DEPTH)
			return true;
	}
	return false;
}

enum exec_form exec_form_read(const struct source *source, struct span text,
			      struct instr *instr)
{
	AUTO(buf_release) struct buf cleaned = BUF_INIT;
	enum exec_form form;
	json_error_t error;
	json_t *array;

	text = utf8_trim_left(text);
	if (text.len == 0 || *text.ptr != '[')
		return EXEC_TEXT;
	clean(&cleaned, text);
	array = json_loadb(cleaned.data, cleaned.len,
			   JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL |
				   JSON_DECODE_INT_AS_REAL,
			   &error);
	if (!array)
		return json_error_code(&error) == json_error_stack_overflow &&
				       !too_deep(text) ?
			EXEC_MIXED : EXEC_TEXT;
	form = look(array);
	if (form == EXEC_ARRAY) {
		add_words(source, text, array, instr);
		instr->json = true;
	}
	json_decref(array);
	return form;
}
