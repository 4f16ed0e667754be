/* Knows how the arguments of each instruction are taken apart. */
#include "dockerfile/forms.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "dockerfile/exec_form.h"
#include "dockerfile/instr.h"
#include "dockerfile/split.h"
#include "spec/gofmt.h"

typedef void form_fn(const struct form_reader *reader, struct instr *instr,
		     struct span rest);

static struct place place_of(const struct form_reader *reader,
			     struct span part)
{
	return source_place(reader->source, part);
}

static void add_word(const struct form_reader *reader, struct instr *instr,
		     struct span word)
{
	instr_add_word(instr, word, place_of(reader, word));
}

static bool read_json(const struct form_reader *reader, struct instr *instr,
		      struct span rest)
{
	switch (exec_form_read(reader->source, rest, instr)) {
	case EXEC_TEXT:
		return false;
	case EXEC_ARRAY:
		break;
	case EXEC_MIXED:
		diag_error(reader->diags, DIAG_PARSE, reader->line,
			   place_of(reader, rest),
			   "when using JSON array syntax, arrays must be "
			   "comprised of strings only");
		break;
	}
	return true;
}

static void read_none(const struct form_reader *reader, struct instr *instr,
		      struct span rest)
{
	(void)reader;
	(void)instr;
	(void)rest;
}

static void read_raw(const struct form_reader *reader, struct instr *instr,
		     struct span rest)
{
	if (rest.len)
		add_word(reader, instr, rest);
}

static void read_words(const struct form_reader *reader, struct instr *instr,
		       struct span rest)
{
	struct span word;

	while (split_blank(&rest, &word))
		add_word(reader, instr, word);
}

static void read_exec(const struct form_reader *reader, struct instr *instr,
		      struct span rest)
{
	if (!read_json(reader, instr, rest))
		read_raw(reader, instr, rest);
}

static void read_list(const struct form_reader *reader, struct instr *instr,
		      struct span rest)
{
	if (!read_json(reader, instr, rest))
		read_words(reader, instr, rest);
}

/* `ENV name the value`: split once, quotes mean nothing. */
static void read_old_pair(const struct form_reader *reader,
			  struct instr *instr, struct span rest)
{
	struct span value = rest;
	struct span name = split_keyword(&value);

	if (value.len == 0) {
		diag_error(reader->diags, DIAG_PARSE, reader->line,
			   place_of(reader, rest), "%s must have two arguments",
			   instr_name(instr->kind));
		return;
	}
	MEM_PUSH(instr->pairs, instr->pair_count) = (struct instr_pair){
		mem_strndup(name.ptr, name.len),
		mem_strndup(value.ptr, value.len), place_of(reader, rest),
	};
}

static void no_equals(const struct form_reader *reader, struct span from,
		      const struct buf *word)
{
	AUTO(buf_release) struct buf quoted = BUF_INIT;

	gofmt_quote(&quoted, word->data, word->len);
	diag_error(reader->diags, DIAG_PARSE, reader->line,
		   place_of(reader, from), "Syntax error - can't find = in %s. "
		   "Must be of the form: name=value", quoted.data);
}

static void read_pairs(const struct form_reader *reader, struct instr *instr,
		       struct span rest)
{
	AUTO(buf_release) struct buf word = BUF_INIT;
	struct span left = rest, from;
	bool first = true;

	while (split_quoted(&left, reader->escape, &word, &from)) {
		struct span text = { word.data, word.len };
		bool equals = memchr(word.data, '=', word.len) != NULL;

		if (first && !equals) {
			read_old_pair(reader, instr, rest);
			return;
		}
		first = false;
		if (equals)
			instr_add_pair(instr, text, place_of(reader, from));
		else
			no_equals(reader, from, &word);
	}
}

static void read_args(const struct form_reader *reader, struct instr *instr,
		      struct span rest)
{
	AUTO(buf_release) struct buf word = BUF_INIT;
	struct span from;

	while (split_quoted(&rest, reader->escape, &word, &from))
		instr_add_pair(instr, (struct span){ word.data, word.len },
			       place_of(reader, from));
}

/* The type ends at the first byte that is a blank in Latin-1. */
static void read_health(const struct form_reader *reader, struct instr *instr,
			struct span rest)
{
	AUTO(buf_release) struct buf upper = BUF_INIT;
	struct span type = { rest.ptr, 0 };

	while (type.len < rest.len && !split_is_space(rest.ptr[type.len]))
		type.len++;
	if (type.len == 0)
		return;
	utf8_upper(&upper, type);
	instr_add_word(instr, (struct span){ upper.data, upper.len },
		       place_of(reader, type));
	rest.ptr += type.len;
	rest.len -= type.len;
	while (rest.len && split_is_space(*rest.ptr)) {
		rest.ptr++;
		rest.len--;
	}
	read_exec(reader, instr, rest);
}

static void read_sub(const struct form_reader *reader, struct instr *instr,
		     struct span rest);

static form_fn *const forms[] = {
	[FORM_NONE] = read_none,   [FORM_EXEC] = read_exec,
	[FORM_LIST] = read_list,   [FORM_WORDS] = read_words,
	[FORM_RAW] = read_raw,	   [FORM_PAIRS] = read_pairs,
	[FORM_ARGS] = read_args,   [FORM_HEALTH] = read_health,
	[FORM_SUB] = read_sub,
};

/* What is before the arguments. text is trimmed; rest is what follows. */
static struct instr *read_head(const struct form_reader *reader,
			       struct span text, struct span *rest)
{
	struct instr *instr = mem_alloc(sizeof(*instr));
	struct span keyword;

	*rest = text;
	keyword = split_keyword(rest);
	instr->kind = instr_find(keyword);
	instr->keyword = mem_strndup(keyword.ptr, keyword.len);
	instr->text = mem_strndup(text.ptr, text.len);
	instr->at = place_of(reader, text);
	split_flags(reader->source, rest, instr);
	*rest = utf8_trim(*rest);
	instr->rest = mem_strndup(rest->ptr, rest->len);
	return instr;
}

/*
 * ONBUILD in ONBUILD: Docker first looks at what is innermost, however deep,
 * before it refuses the chain. Only its mistakes are of interest.
 */
static void read_chain(const struct form_reader *reader, struct span text)
{
	AUTO(instr_free) struct instr *inner = NULL;
	struct span rest;

	while (text.len) {
		struct span keyword;

		rest = text;
		keyword = split_keyword(&rest);
		if (instr_find(keyword) != INSTR_ONBUILD)
			break;
		split_flags(reader->source, &rest, NULL);
		text = utf8_trim(rest);
	}
	if (text.len == 0)
		return;
	inner = read_head(reader, text, &rest);
	forms[instr_type(inner->kind)->form](reader, inner, rest);
}

static void read_sub(const struct form_reader *reader, struct instr *instr,
		     struct span rest)
{
	struct span inner;

	if (rest.len == 0)
		return;
	instr->sub = read_head(reader, rest, &inner);
	if (instr->sub->kind == INSTR_ONBUILD)
		read_chain(reader, inner);
	else
		forms[instr_type(instr->sub->kind)->form](reader, instr->sub,
							  inner);
}

static struct span skip_regex_space(struct span text)
{
	while (text.len && strchr(" \t\n\f\r", *text.ptr) && *text.ptr) {
		text.ptr++;
		text.len--;
	}
	return text;
}

/* What Docker keeps of an ONBUILD line: untrimmed at its end. */
static char *onbuild_source(const struct source *source)
{
	struct span whole = { source->text.data, source->text.len };
	struct span text = skip_regex_space(whole);
	size_t len = strlen("ONBUILD");

	if (text.len < len || strncasecmp(text.ptr, "ONBUILD", len) != 0)
		return mem_strndup(whole.ptr, whole.len);
	text.ptr += len;
	text.len -= len;
	text = skip_regex_space(text);
	return mem_strndup(text.ptr, text.len);
}

struct instr *form_read(const struct form_reader *reader)
{
	const struct source *source = reader->source;
	struct span whole = { source->text.data, source->text.len };
	struct span text = utf8_trim(whole);
	const char *end = text.ptr + text.len;
	struct span rest;
	struct instr *instr = read_head(reader, text, &rest);

	instr->tail = mem_strndup(end, (size_t)(whole.ptr + whole.len - end));
	instr->at = source_whole(source, text);
	forms[instr_type(instr->kind)->form](reader, instr, rest);
	if (instr->kind == INSTR_ONBUILD)
		instr->onbuild = onbuild_source(source);
	return instr;
}
