/* Knows quotes, escapes and variables inside one word, as Docker expands. */
#include "dockerfile/expand.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "spec/gofmt.h"

#define EXPAND_MAX (64 * 1024 * 1024) /* bytes put in by variables */
#define BOM "\xef\xbb\xbf"

#define MISSING_BRACE "syntax error: missing '}'"
#define NO_QUOTE "unexpected end of statement while looking for matching "

/* What is open: a double quote, or ${name:modifier up to its brace. */
struct frame {
	bool brace;
	bool colon;        /* ${name:?} as against ${name?} */
	uint32_t modifier;
	struct span name;
	size_t start;      /* of its text in out */
};

struct expander {
	const char *word;
	struct span rest;
	uint32_t escape;
	expand_lookup *lookup;
	void *arg;
	struct buf out;
	struct frame *frames; /* no recursion: the depth is the input's */
	size_t depth, braces;
	size_t added;         /* by variables, against EXPAND_MAX */
	struct strv *words;   /* or NULL: one word is made */
	struct buf field;     /* the word of words that is being made */
	struct err *err;
};

static void expander_release(struct expander *x)
{
	buf_release(&x->out);
	buf_release(&x->field);
	free(x->frames);
}
AUTO_DEFINE_IN_PLACE(struct expander, expander_release)

static int __attribute__((format(printf, 2, 3)))
fail(struct expander *x, const char *fmt, ...)
{
	AUTO(buf_release) struct buf quoted = BUF_INIT;
	AUTO_FREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	gofmt_quote(&quoted, x->word, strlen(x->word));
	/* At the end of the word each open ${ says that it is not closed. */
	return err_set(x->err, ERR_INPUT, "failed to process %s: %s",
		       quoted.data, x->braces && x->rest.len == 0 ?
		       MISSING_BRACE : text);
}

static uint32_t peek(const struct expander *x, size_t *len)
{
	uint32_t rune;
	bool valid;

	*len = utf8_decode(x->rest.ptr, x->rest.len, &rune, &valid);
	return rune;
}

static uint32_t next(struct expander *x)
{
	size_t len;
	uint32_t rune = peek(x, &len);

	x->rest.ptr += len;
	x->rest.len -= len;
	return rune;
}

static bool at(const struct expander *x, char c)
{
	return x->rest.len && *x->rest.ptr == c;
}

static void end_field(struct expander *x)
{
	if (x->field.len == 0)
		return;
	strv_addn(x->words, x->field.data, x->field.len);
	buf_clear(&x->field);
}

/* Splits what a variable or plain text gave; quoted text stays together. */
static void feed(struct expander *x, size_t start, bool raw)
{
	struct span text;

	if (!x->words || x->depth > 0 || x->out.len == start)
		return;
	text = (struct span){ x->out.data + start, x->out.len - start };
	if (raw) {
		buf_add(&x->field, text.ptr, text.len);
		return;
	}
	while (text.len) {
		uint32_t rune;
		bool valid;
		size_t n = utf8_decode(text.ptr, text.len, &rune, &valid);

		if (utf8_is_space(rune))
			end_field(x);
		else
			utf8_append(&x->field, rune);
		text.ptr += n;
		text.len -= n;
	}
}

static void put(struct expander *x, uint32_t rune, bool raw)
{
	size_t start = x->out.len;

	utf8_append(&x->out, rune);
	feed(x, start, raw);
}

static int add_value(struct expander *x, const char *value)
{
	size_t len = value ? strlen(value) : 0;

	x->added += len;
	if (x->added > EXPAND_MAX)
		return fail(x, "the result is longer than %d bytes",
			    EXPAND_MAX);
	buf_add(&x->out, value ? value : "", len);
	return 0;
}

static int put_value(struct expander *x, const char *value)
{
	size_t start = x->out.len;

	if (add_value(x, value) < 0)
		return -1;
	feed(x, start, false);
	return 0;
}

static struct frame *push(struct expander *x)
{
	struct frame *frame = &MEM_PUSH(x->frames, x->depth);

	frame->start = x->out.len;
	return frame;
}

static bool is_special(uint32_t rune)
{
	return rune && rune < 0x80 && strchr("@*#?-$!0", (char)rune);
}

/* Empty where no name begins. */
static struct span read_name(struct expander *x)
{
	struct span name = { x->rest.ptr, 0 };
	bool digits = false;

	while (x->rest.len) {
		size_t len;
		uint32_t rune = peek(x, &len);
		bool digit = utf8_is_digit(rune);

		if (name.len == 0 && !digit && is_special(rune)) {
			next(x);
			name.len = len;
			break;
		}
		digits |= name.len == 0 && digit;
		if (!digit && (digits || (!utf8_is_letter(rune) && rune != '_')))
			break;
		next(x);
		name.len += len;
	}
	return name;
}

static const char *value_of(struct expander *x, struct span name)
{
	return x->lookup(x->arg, name.ptr, name.len);
}

static int open_brace(struct expander *x)
{
	struct frame frame = { .brace = true };
	struct frame *top;
	uint32_t c;

	next(x);
	if (x->rest.len == 0)
		return fail(x, MISSING_BRACE);
	if (at(x, '{') || at(x, '}') || at(x, ':'))
		return fail(x, "syntax error: bad substitution");
	frame.name = read_name(x);
	c = x->rest.len ? next(x) : 0;
	if (c == '}')
		return put_value(x, value_of(x, frame.name));
	if (c != '?' && c != ':')
		return fail(x, "missing ':' in substitution");
	frame.modifier = c;
	frame.colon = c == ':';
	if (frame.colon && x->rest.len)
		frame.modifier = next(x);
	top = push(x);
	frame.start = top->start;
	*top = frame;
	x->braces++;
	return 0;
}

static int read_dollar(struct expander *x)
{
	struct span name;

	next(x);
	if (at(x, '{'))
		return open_brace(x);
	name = read_name(x);
	return put_value(x, name.len ? value_of(x, name) : "$");
}

static void drop_text(struct expander *x, const struct frame *frame)
{
	x->out.len = frame->start;
	if (x->out.data)
		x->out.data[frame->start] = '\0';
}

static int refuse(struct expander *x, const struct frame *frame,
		  const char *reason)
{
	AUTO_FREE char *word = mem_strndup(x->out.data + frame->start,
					   x->out.len - frame->start);

	return fail(x, "%.*s: %s", SPAN_ARG(frame->name),
		    *word ? word : reason);
}

/* Keeps the text in the braces, or puts the value in its place. */
static int settle(struct expander *x, const struct frame *frame)
{
	const char *value = value_of(x, frame->name);
	bool full = value && *value;
	AUTO(buf_release) struct buf modifier = BUF_INIT;

	switch (frame->modifier) {
	case '+':
		if (!full)
			drop_text(x, frame);
		return 0;
	case '-':
		if (!full)
			return 0;
		break;
	case '?':
		if (!value)
			return refuse(x, frame, "is not allowed to be unset");
		if (!full && frame->colon)
			return refuse(x, frame, "is not allowed to be empty");
		break;
	default:
		utf8_append(&modifier, frame->modifier);
		return fail(x, "unsupported modifier (%s) in substitution",
			    modifier.data);
	}
	drop_text(x, frame);
	return add_value(x, value);
}

static int close_brace(struct expander *x)
{
	struct frame frame = x->frames[x->depth - 1];

	next(x);
	x->depth--;
	x->braces--;
	buf_reserve(&x->out, 0);
	if (settle(x, &frame) < 0)
		return -1;
	feed(x, frame.start, false);
	return 0;
}

static int read_single(struct expander *x)
{
	const char *start = x->rest.ptr + 1;
	const char *end = memchr(start, '\'', x->rest.len - 1);
	size_t from = x->out.len;

	next(x);
	if (!end)
		x->rest.len = 0;
	if (!end)
		return fail(x, NO_QUOTE "single-quote");
	buf_reserve(&x->out, (size_t)(end - start));
	while (x->rest.ptr < end)
		utf8_append(&x->out, next(x));
	next(x);
	feed(x, from, true);
	return 0;
}

/* Inside "…": only $ and the escape of three characters are special. */
static int step_quoted(struct expander *x)
{
	size_t start = x->frames[x->depth - 1].start;
	uint32_t rune;

	if (x->rest.len == 0)
		return fail(x, NO_QUOTE "double-quote");
	if (at(x, '$'))
		return read_dollar(x);
	rune = next(x);
	if (rune == '"') {
		x->depth--;
		feed(x, start, true);
		return 0;
	}
	if (rune == x->escape) {
		if (x->rest.len == 0)
			return 0;
		if (at(x, '"') || at(x, '$') || at(x, (char)x->escape))
			rune = next(x);
	}
	utf8_append(&x->out, rune);
	return 0;
}

static int step_plain(struct expander *x, bool in_brace)
{
	uint32_t rune;

	if (x->rest.len == 0)
		return fail(x, MISSING_BRACE);
	if (in_brace && at(x, '}'))
		return close_brace(x);
	if (at(x, '\''))
		return read_single(x);
	if (at(x, '$'))
		return read_dollar(x);
	rune = next(x);
	if (rune == '"') {
		push(x);
		return 0;
	}
	if (rune != x->escape) {
		put(x, rune, false);
		return 0;
	}
	if (x->rest.len)
		put(x, next(x), true);
	return 0;
}

static int run(struct expander *x)
{
	if (x->rest.len >= strlen(BOM) &&
	    memcmp(x->rest.ptr, BOM, strlen(BOM)) == 0) {
		x->rest.ptr += strlen(BOM);
		x->rest.len -= strlen(BOM);
	}
	while (x->depth || x->rest.len) {
		const struct frame *top =
			x->depth ? &x->frames[x->depth - 1] : NULL;
		int rc = top && !top->brace ? step_quoted(x) :
					      step_plain(x, top != NULL);

		if (rc < 0)
			return -1;
	}
	return 0;
}

static struct expander expander_of(const char *word, char escape,
				   expand_lookup *lookup, void *arg,
				   struct err *err)
{
	return (struct expander){
		.word = word, .rest = span_of(word), .lookup = lookup,
		.arg = arg, .err = err, .escape = (unsigned char)escape,
	};
}

char *expand_word(const char *word, char escape, expand_lookup *lookup,
		  void *arg, struct err *err)
{
	AUTO(expander_release) struct expander x =
		expander_of(word, escape, lookup, arg, err);

	return run(&x) < 0 ? NULL : buf_steal(&x.out);
}

int expand_words(const char *word, char escape, expand_lookup *lookup,
		 void *arg, struct strv *out, struct err *err)
{
	AUTO(expander_release) struct expander x =
		expander_of(word, escape, lookup, arg, err);
	AUTO(strv_release) struct strv words = { 0 };

	x.words = &words;
	if (run(&x) < 0)
		return -1;
	end_field(&x);
	for (size_t i = 0; i < words.count; i++)
		strv_add(out, words.items[i]);
	return 0;
}

/* Every name is asked for, and nothing is ever missing. */
static const char *note_name(void *arg, const char *name, size_t len)
{
	if (len)
		strv_addn(arg, name, len);
	return "x";
}

void expand_names(const char *word, char escape, struct strv *out)
{
	AUTO(strv_release) struct strv names = { 0 };
	struct err ignored = ERR_INIT;
	AUTO(expander_release) struct expander x =
		expander_of(word, escape, note_name, &names, &ignored);

	(void)run(&x);
	strv_sort(&names);
	for (size_t i = 0; i < names.count; i++)
		if (i == 0 || strcmp(names.items[i], names.items[i - 1]) != 0)
			strv_add(out, names.items[i]);
}
