/* Knows the character classes and escapes of RE2. */
#include "context/regex_class.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

#define RUNE_MAX 0x10ffff

bool regex_next(struct regex_text *text, uint32_t *rune)
{
	bool valid;

	if (text->at >= text->end)
		return false;
	text->at += utf8_decode(text->at, (size_t)(text->end - text->at), rune,
				&valid);
	return true;
}

static void add_range(struct arena *arena, struct regex_class *class,
		      uint32_t low, uint32_t high)
{
	struct regex_range *range = arena_alloc(arena, sizeof(*range));

	range->low = low;
	range->high = high;
	range->next = class->ranges;
	class->ranges = range;
}

/* ranges is a list of pairs, ascending; negated adds the gaps instead. */
static void add_ranges(struct arena *arena, struct regex_class *class,
		       const char *ranges, bool negated)
{
	uint32_t next = 0;

	for (; ranges[0]; ranges += 2) {
		uint32_t low = (unsigned char)ranges[0];
		uint32_t high = (unsigned char)ranges[1];

		if (!negated)
			add_range(arena, class, low, high);
		else if (low > next)
			add_range(arena, class, next, low - 1);
		next = high + 1;
	}
	if (negated)
		add_range(arena, class, next, RUNE_MAX);
}

static const char *ranges_of_letter(char letter)
{
	switch (letter | 0x20) {
	case 'd':
		return "09";
	case 's':
		return "\t\n\f\r  ";
	case 'w':
		return "09AZ__az";
	}
	return NULL;
}

bool regex_perl_class(struct arena *arena, char letter,
		      struct regex_class *out)
{
	const char *ranges = ranges_of_letter(letter);

	if (!ranges)
		return false;
	add_ranges(arena, out, ranges, (letter & 0x20) == 0);
	return true;
}

/* "[:alpha:]" behind "[": 1 taken, 0 none there, -1 unknown name. */
static int named_class(struct arena *arena, struct regex_text *text,
		       struct regex_class *out)
{
	static const struct {
		const char *name, *ranges;
	} named[] = {
		{ "alnum", "09AZaz" },	{ "alpha", "AZaz" },
		{ "blank", "\t\t  " },	{ "digit", "09" },
		{ "graph", "!~" },	{ "lower", "az" },
		{ "print", " ~" },	{ "punct", "!/:@[`{~" },
		{ "space", "\t\r  " },	{ "upper", "AZ" },
		{ "word", "09AZ__az" }, { "xdigit", "09AFaf" },
		/* NUL ends the lists, so these two begin at 1: no name in a
		 * file system has it. */
		{ "ascii", "\x01\x7f" }, { "cntrl", "\x01\x1f\x7f\x7f" },
	};
	size_t left = (size_t)(text->end - text->at);
	const char *close = left > 2 && text->at[0] == '[' &&
					    text->at[1] == ':'
				    ? memmem(text->at + 2, left - 2, ":]", 2)
				    : NULL;
	bool negated = close && text->at[2] == '^';
	struct span name;

	if (!close)
		return 0;
	name.ptr = text->at + 2 + negated;
	name.len = (size_t)(close - name.ptr);
	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++) {
		if (!span_equal(name, named[i].name))
			continue;
		add_ranges(arena, out, named[i].ranges, negated);
		text->at = close + 2;
		return 1;
	}
	return -1;
}

static int hex_value(uint32_t c)
{
	if (c >= '0' && c <= '9')
		return (int)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (int)(c - 'a' + 10) : -1;
}

/* Behind "\x": two digits, or any number of them in braces. */
static bool hex_escape(struct regex_text *text, uint32_t *rune)
{
	bool braces = text->at < text->end && *text->at == '{';
	int digits = 0;

	*rune = 0;
	text->at += braces;
	for (; text->at < text->end && (braces || digits < 2); digits++) {
		int value = hex_value((unsigned char)*text->at);

		if (value < 0)
			break;
		*rune = *rune * 16 + (uint32_t)value;
		if (*rune > RUNE_MAX)
			return false;
		text->at++;
	}
	if (!braces)
		return digits == 2;
	return digits > 0 && text->at < text->end && *text->at++ == '}';
}

static bool octal_escape(struct regex_text *text, uint32_t first,
			 uint32_t *rune)
{
	*rune = first - '0';
	if (first != '0' && (text->at >= text->end || *text->at < '0' ||
			     *text->at > '7'))
		return false; /* a back reference */
	for (int i = 0; i < 2 && text->at < text->end && *text->at >= '0' &&
			*text->at <= '7'; i++)
		*rune = *rune * 8 + (uint32_t)(*text->at++ - '0');
	return true;
}

bool regex_escape(struct regex_text *text, uint32_t *rune)
{
	static const char letters[] = "afnrtv", values[] = "\a\f\n\r\t\v";
	const char *letter;
	uint32_t c;

	if (!regex_next(text, &c) || c >= 0x80)
		return false;
	if (c == 'x')
		return hex_escape(text, rune);
	if (c >= '0' && c <= '7')
		return octal_escape(text, c, rune);
	letter = c ? strchr(letters, (int)c) : NULL;
	if (letter) {
		*rune = (uint32_t)values[letter - letters];
		return true;
	}
	*rune = c;
	return !((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		 (c >= 'a' && c <= 'z'));
}

static bool bracket_char(struct regex_text *text, uint32_t *rune)
{
	if (!regex_next(text, rune))
		return false;
	return *rune != '\\' || regex_escape(text, rune);
}

/* One element of a bracket: a named or lettered class, or a range. */
static bool bracket_item(struct arena *arena, struct regex_text *text,
			 struct regex_class *out)
{
	int named = named_class(arena, text, out);
	uint32_t low, high;

	if (named != 0)
		return named > 0;
	if (text->end - text->at >= 2 && text->at[0] == '\\' &&
	    regex_perl_class(arena, text->at[1], out)) {
		text->at += 2;
		return true;
	}
	if (!bracket_char(text, &low))
		return false;
	high = low;
	if (text->end - text->at >= 2 && text->at[0] == '-' &&
	    text->at[1] != ']') {
		text->at++;
		if (!bracket_char(text, &high))
			return false;
	}
	if (high < low)
		return false;
	add_range(arena, out, low, high);
	return true;
}

bool regex_bracket(struct arena *arena, struct regex_text *text,
		   struct regex_class *out)
{
	bool first = true;

	*out = (struct regex_class){ 0 };
	if (text->at < text->end && *text->at == '^') {
		out->negated = true;
		text->at++;
	}
	for (; text->at < text->end && (first || *text->at != ']');
	     first = false)
		if (!bracket_item(arena, text, out))
			return false;
	return text->at < text->end && *text->at++ == ']';
}

bool regex_class_has(const struct regex_class *class, uint32_t rune)
{
	for (const struct regex_range *r = class->ranges; r; r = r->next)
		if (rune >= r->low && rune <= r->high)
			return !class->negated;
	return class->negated;
}
