/* Knows what Docker demands of each instruction, and its words for it. */
#include "dockerfile/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "dockerfile/instr.h"
#include "spec/gofmt.h"

void check_fail(struct checker *checker, struct place at, const char *fmt, ...)
{
	AUTO_FREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	if (checker->trigger)
		diag_warn(checker->diags, checker->line, at,
			  "this trigger will fail: %s", text);
	else
		diag_error(checker->diags, DIAG_LINE, checker->line, at, "%s",
			   text);
}

static int find_flag(const struct instr_type *type, const char *name)
{
	for (int i = 0; type->flags[i]; i++)
		if (strcmp(type->flags[i], name) == 0)
			return i;
	return -1;
}

void check_flags(struct checker *checker, struct instr *instr)
{
	const struct instr_type *type = instr_type(instr->kind);
	bool seen[INSTR_FLAGS_MAX] = { false };

	for (size_t i = 0; i < instr->flag_count; i++) {
		const struct instr_flag *flag = &instr->flags[i];
		int known = find_flag(type, flag->name);
		bool many = instr->kind == INSTR_RUN; /* --mount */

		if (known < 0)
			check_fail(checker, flag->at, "Unknown flag: %s",
				   flag->name);
		else if (seen[known] && !many)
			check_fail(checker, flag->at,
				   "Duplicate flag specified: %s", flag->name);
		else if (!flag->value)
			check_fail(checker, flag->at,
				   "Missing a value on flag: %s", flag->name);
		if (known >= 0)
			seen[known] = true;
	}
}

static void need_any(struct checker *checker, const struct instr *instr,
		     bool any)
{
	if (!any)
		check_fail(checker, instr->at, "%s requires at least one argument",
			   instr_name(instr->kind));
}

void check_any(struct checker *checker, struct instr *instr)
{
	need_any(checker, instr, instr->word_count > 0);
}

void check_any_pair(struct checker *checker, struct instr *instr)
{
	/* `ENV A` gave no pair, and was named while the file was parsed. */
	need_any(checker, instr, instr->pair_count > 0 || *instr->rest);
}

void check_any_sub(struct checker *checker, struct instr *instr)
{
	need_any(checker, instr, instr->sub != NULL);
}

void check_one(struct checker *checker, struct instr *instr)
{
	if (instr->word_count != 1)
		check_fail(checker, instr->at,
			   "%s requires exactly one argument",
			   instr_name(instr->kind));
}

void check_two(struct checker *checker, struct instr *instr)
{
	if (instr->word_count < 2)
		check_fail(checker, instr->at,
			   "%s requires at least two arguments, but only one "
			   "was provided. Destination could not be determined",
			   instr_name(instr->kind));
}

void check_names(struct checker *checker, struct instr *instr)
{
	for (size_t i = 0; i < instr->pair_count; i++)
		if (!*instr->pairs[i].name)
			check_fail(checker, instr->pairs[i].at,
				   "%s names can not be blank",
				   instr_name(instr->kind));
}

/* The one place where what Docker keeps is more than our JSON reader takes. */
void check_labels(struct checker *checker, struct instr *instr)
{
	check_names(checker, instr);
	for (size_t i = 0; i < instr->pair_count; i++)
		if (utf8_has_nul(instr->pairs[i].name))
			check_fail(checker, instr->pairs[i].at,
				   "a NUL in the name of a label is more than "
				   "varve can keep");
}

/* strings.EqualFold(text, "as"): the long s folds with s. */
static bool is_as(const char *text)
{
	return strcasecmp(text, "as") == 0 || strcmp(text, "aſ") == 0 ||
	       strcmp(text, "Aſ") == 0;
}

static bool is_stage_name(const char *name)
{
	if (*name < 'a' || *name > 'z')
		return false;
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.")] ==
	       '\0';
}

/* Leaves the image and the lower-cased stage name as the words. */
static void take_stage_name(struct checker *checker, struct instr *from)
{
	struct instr_word *word = &from->words[2];
	AUTO(buf_release) struct buf quoted = BUF_INIT;
	AUTO(buf_release) struct buf lower = BUF_INIT;

	utf8_lower(&lower, span_of(word->text));
	if (!is_stage_name(lower.data)) {
		gofmt_quote(&quoted, word->text, strlen(word->text));
		check_fail(checker, word->at,
			   "invalid name for build stage: %s, name can't start "
			   "with a number or contain symbols", quoted.data);
		return;
	}
	free(from->words[1].text);
	free(word->text);
	from->words[1].text = buf_steal(&lower);
	from->words[1].at = word->at;
	from->word_count = 2;
}

void check_from(struct checker *checker, struct instr *instr)
{
	if (instr->word_count == 3 && is_as(instr->words[1].text))
		take_stage_name(checker, instr);
	else if (instr->word_count != 1)
		check_fail(checker, instr->at,
			   "FROM requires either one or three arguments");
}

void check_json(struct checker *checker, struct instr *instr)
{
	if (!instr->json && instr->word_count > 0)
		check_fail(checker, instr->at,
			   "SHELL requires the arguments to be in JSON form");
}

/* The paths lose their outer blanks, which only JSON can give them. */
void check_volumes(struct checker *checker, struct instr *instr)
{
	for (size_t i = 0; i < instr->word_count; i++) {
		struct instr_word *word = &instr->words[i];
		struct span path = utf8_trim(span_of(word->text));

		if (path.len == 0)
			check_fail(checker, word->at, "VOLUME specified can "
				   "not be an empty string");
		memmove(word->text, path.ptr, path.len);
		word->text[path.len] = '\0';
	}
}

void check_trigger(struct checker *checker, struct instr *instr)
{
	AUTO(buf_release) struct buf upper = BUF_INIT;
	AUTO(buf_release) struct buf lower = BUF_INIT;

	if (!instr->sub)
		return;
	/* As Docker does it: one letter more becomes an I than folds to it. */
	utf8_lower(&lower, span_of(instr->sub->keyword));
	utf8_upper(&upper, (struct span){ lower.data, lower.len });
	if (strcmp(upper.data, "ONBUILD") == 0)
		check_fail(checker, instr->sub->at,
			   "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
	else if (strcmp(upper.data, "FROM") == 0 ||
		 strcmp(upper.data, "MAINTAINER") == 0)
		check_fail(checker, instr->sub->at,
			   "%s isn't allowed as an ONBUILD trigger",
			   upper.data);
}

void check_unknown(struct checker *checker, struct instr *instr)
{
	AUTO(buf_release) struct buf lower = BUF_INIT;
	AUTO(buf_release) struct buf upper = BUF_INIT;

	utf8_lower(&lower, span_of(instr->keyword));
	utf8_upper(&upper, (struct span){ lower.data, lower.len });
	check_fail(checker, instr->at, "unknown instruction: %s", upper.data);
}

static void run_checks(struct checker *checker, struct instr *instr)
{
	const struct instr_type *type = instr_type(instr->kind);

	for (int i = 0; type->checks[i]; i++)
		type->checks[i](checker, instr);
}

void check_instr(struct diag_list *diags, struct instr *instr)
{
	struct checker checker = { diags, instr->at.line, false };
	struct instr *sub = instr->sub;

	run_checks(&checker, instr);
	if (!sub || sub->kind == INSTR_ONBUILD || sub->kind == INSTR_FROM ||
	    sub->kind == INSTR_MAINTAINER)
		return;
	checker.trigger = true;
	run_checks(&checker, sub);
}
