/* Knows which texts Go takes for expressions, and how they nest. */
#include "context/regex_parse.h"

#include <string.h>

#include "base/mem.h"
#include "context/regex_class.h"

#define DEPTH_MAX 250
#define REPEAT_MAX 1000

struct parser {
	struct arena *arena;
	struct regex_text text;
	int depth;
};

static struct regex_node *node_new(struct parser *p, enum regex_kind kind)
{
	struct regex_node *node = arena_alloc(p->arena, sizeof(*node));

	node->kind = kind;
	return node;
}

static void add_child(struct regex_node *parent, struct regex_node *child)
{
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
}

static bool at_char(const struct parser *p, char c)
{
	return p->text.at < p->text.end && *p->text.at == c;
}

static void add_char(struct parser *p, struct regex_node *cat, uint32_t rune)
{
	struct regex_node *node = node_new(p, REGEX_CHAR);

	node->rune = rune;
	add_child(cat, node);
}

/* "\Q" up to "\E", or to the end. */
static void parse_quoted(struct parser *p, struct regex_node *cat)
{
	struct regex_text quoted = p->text;
	const char *close = memmem(quoted.at, (size_t)(quoted.end - quoted.at),
				   "\\E", 2);
	uint32_t rune;

	if (close)
		quoted.end = close;
	p->text.at = close ? close + 2 : quoted.end;
	while (regex_next(&quoted, &rune))
		add_char(p, cat, rune);
}

/* What stands behind a backslash. */
static bool parse_escape(struct parser *p, struct regex_node *cat)
{
	static const struct {
		char letter;
		enum regex_kind kind;
	} asserts[] = {
		{ 'A', REGEX_BEGIN }, { 'z', REGEX_END },
		{ 'b', REGEX_WORD }, { 'B', REGEX_NO_WORD },
	};
	struct regex_class class = { 0 };
	struct regex_node *node;
	char letter = p->text.at < p->text.end ? *p->text.at : '\0';
	uint32_t rune;

	for (size_t i = 0; i < sizeof(asserts) / sizeof(*asserts); i++)
		if (letter == asserts[i].letter) {
			p->text.at++;
			add_child(cat, node_new(p, asserts[i].kind));
			return true;
		}
	if (letter == 'Q') {
		p->text.at++;
		parse_quoted(p, cat);
		return true;
	}
	if (regex_perl_class(p->arena, letter, &class)) {
		p->text.at++;
		node = node_new(p, REGEX_CLASS);
		node->class = memcpy(arena_alloc(p->arena, sizeof(class)),
				     &class, sizeof(class));
		add_child(cat, node);
		return true;
	}
	if (!regex_escape(&p->text, &rune))
		return false;
	add_char(p, cat, rune);
	return true;
}

static bool parse_class(struct parser *p, struct regex_node *cat)
{
	struct regex_class *class = arena_alloc(p->arena, sizeof(*class));
	struct regex_node *node = node_new(p, REGEX_CLASS);

	if (!regex_bracket(p->arena, &p->text, class))
		return false;
	node->class = class;
	add_child(cat, node);
	return true;
}

static bool repeat_number(struct regex_text *text, int *out)
{
	const char *start = text->at;
	int value = 0;

	for (; text->at < text->end && *text->at >= '0' && *text->at <= '9';
	     text->at++)
		if (value <= REPEAT_MAX)
			value = value * 10 + (*text->at - '0');
	*out = value;
	return text->at > start && (*start != '0' || text->at == start + 1);
}

/* "n}", "n,}" or "n,m}" behind "{"; otherwise the brace is a character. */
static bool braces(struct regex_text *text, int *min, int *max)
{
	struct regex_text t = *text;

	if (!repeat_number(&t, min))
		return false;
	*max = *min;
	if (t.at < t.end && *t.at == ',') {
		t.at++;
		*max = -1;
		if (t.at < t.end && *t.at != '}' && !repeat_number(&t, max))
			return false;
	}
	if (t.at >= t.end || *t.at++ != '}')
		return false;
	*text = t;
	return true;
}

/* 1 an operator was read, 0 none is there, -1 a wrong one. */
static int quantifier(struct parser *p, int *min, int *max)
{
	struct regex_text after = p->text;
	uint32_t c;

	if (!regex_next(&after, &c))
		return 0;
	*min = c == '+';
	*max = c == '?' ? 1 : -1;
	if (c == '{') {
		if (!braces(&after, min, max))
			return 0;
		if (*min > REPEAT_MAX || *max > REPEAT_MAX ||
		    (*max >= 0 && *min > *max))
			return -1;
	} else if (c != '*' && c != '+' && c != '?') {
		return 0;
	}
	p->text = after;
	if (at_char(p, '?')) /* not greedy: matches the same texts */
		p->text.at++;
	return 1;
}

/* Wraps the last child. Operators do not stack: "a**" is refused. */
static bool parse_repeat(struct parser *p, struct regex_node *cat)
{
	struct regex_node *repeat, *sub = cat->last;
	int min, max, found = quantifier(p, &min, &max);

	if (found <= 0)
		return found == 0;
	if (!sub)
		return false;
	repeat = node_new(p, REGEX_REPEAT);
	repeat->min = min;
	repeat->max = max;
	/* The child's content moves down, so that no link must be found. */
	repeat->first = repeat->last = node_new(p, REGEX_EMPTY);
	*repeat->first = *sub;
	repeat->first->next = NULL;
	repeat->next = NULL;
	*sub = *repeat;
	return quantifier(p, &min, &max) == 0;
}

static struct regex_node *parse_alt(struct parser *p);

static bool parse_group(struct parser *p, struct regex_node *cat)
{
	struct regex_node *inner;

	if (at_char(p, '?') || ++p->depth > DEPTH_MAX)
		return false;
	inner = parse_alt(p);
	if (!inner || !at_char(p, ')'))
		return false;
	p->text.at++;
	p->depth--;
	add_child(cat, inner);
	return true;
}

static bool parse_item(struct parser *p, struct regex_node *cat, uint32_t c)
{
	switch (c) {
	case '\\':
		return parse_escape(p, cat);
	case '[':
		return parse_class(p, cat);
	case '(':
		return parse_group(p, cat);
	case '*':
	case '+':
	case '?':
		return false; /* nothing to repeat */
	case '^':
		add_child(cat, node_new(p, REGEX_BEGIN));
		return true;
	case '$':
		add_child(cat, node_new(p, REGEX_END));
		return true;
	case '.':
		add_child(cat, node_new(p, REGEX_ANY));
		return true;
	}
	add_char(p, cat, c);
	return true;
}

static struct regex_node *parse_cat(struct parser *p)
{
	struct regex_node *cat = node_new(p, REGEX_CAT);
	int min, max;
	uint32_t c;

	/* A repetition of nothing; "{" alone would be a character. */
	if (at_char(p, '{') && quantifier(p, &min, &max) != 0)
		return NULL;
	while (!at_char(p, '|') && !at_char(p, ')') &&
	       regex_next(&p->text, &c)) {
		if (!parse_item(p, cat, c) || !parse_repeat(p, cat))
			return NULL;
	}
	return cat;
}

static struct regex_node *parse_alt(struct parser *p)
{
	struct regex_node *alt = node_new(p, REGEX_ALT), *cat;

	for (;;) {
		cat = parse_cat(p);
		if (!cat)
			return NULL;
		add_child(alt, cat);
		if (!at_char(p, '|'))
			return alt;
		p->text.at++;
	}
}

struct regex_node *regex_parse(struct arena *arena, struct span text)
{
	struct parser p = { arena, { text.ptr, text.ptr + text.len }, 0 };
	struct regex_node *root = parse_alt(&p);

	return p.text.at == p.text.end ? root : NULL;
}
