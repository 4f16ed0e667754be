/* Knows the eighteen instructions: form, flags and checks of each. */
#include "dockerfile/instr.h"

#include <string.h>

#include "base/utf8.h"
#include "dockerfile/check.h"

/* The order of the checks decides which of two mistakes Docker names. */
static const struct instr_type types[] = {
	[INSTR_ADD] = { "ADD", FORM_LIST, { "chown", "chmod" },
			{ check_two, check_flags } },
	[INSTR_ARG] = { "ARG", FORM_ARGS, { NULL },
			{ check_any_pair, check_names } },
	[INSTR_CMD] = { "CMD", FORM_EXEC, { NULL }, { check_flags } },
	[INSTR_COPY] = { "COPY", FORM_LIST, { "chown", "from", "chmod" },
			 { check_two, check_flags } },
	[INSTR_ENTRYPOINT] = { "ENTRYPOINT", FORM_EXEC, { NULL },
			       { check_flags } },
	[INSTR_ENV] = { "ENV", FORM_PAIRS, { NULL },
			{ check_flags, check_any_pair, check_names } },
	[INSTR_EXPOSE] = { "EXPOSE", FORM_WORDS, { NULL },
			   { check_any, check_flags } },
	[INSTR_FROM] = { "FROM", FORM_WORDS, { "platform" },
			 { check_from, check_flags } },
	[INSTR_HEALTHCHECK] = { "HEALTHCHECK", FORM_HEALTH,
				{ "interval", "timeout", "start-period",
				  "retries" },
				{ check_any, check_health_none,
				  check_health_cmd } },
	[INSTR_LABEL] = { "LABEL", FORM_PAIRS, { NULL },
			  { check_flags, check_any_pair, check_labels } },
	[INSTR_MAINTAINER] = { "MAINTAINER", FORM_RAW, { NULL },
			       { check_one, check_flags } },
	[INSTR_ONBUILD] = { "ONBUILD", FORM_SUB, { NULL },
			    { check_any_sub, check_flags, check_trigger } },
	[INSTR_RUN] = { "RUN", FORM_EXEC, { "mount" },
			{ check_flags, check_mounts } },
	[INSTR_SHELL] = { "SHELL", FORM_EXEC, { NULL },
			  { check_flags, check_any, check_json } },
	[INSTR_STOPSIGNAL] = { "STOPSIGNAL", FORM_RAW, { NULL },
			       { check_one } },
	[INSTR_USER] = { "USER", FORM_RAW, { NULL },
			 { check_one, check_flags } },
	[INSTR_VOLUME] = { "VOLUME", FORM_LIST, { NULL },
			   { check_any, check_flags, check_volumes } },
	[INSTR_WORKDIR] = { "WORKDIR", FORM_RAW, { NULL },
			    { check_one, check_flags } },
	[INSTR_UNKNOWN] = { "UNKNOWN", FORM_NONE, { NULL },
			    { check_unknown } },
};

const struct instr_type *instr_type(enum instr_kind kind)
{
	return &types[kind];
}

const char *instr_name(enum instr_kind kind)
{
	return types[kind].name;
}

bool instr_copies(enum instr_kind kind)
{
	return kind == INSTR_COPY || kind == INSTR_ADD;
}

static bool same_letters(struct span lower, const char *upper)
{
	return lower.len == strlen(upper) &&
	       strncasecmp(lower.ptr, upper, lower.len) == 0;
}

enum instr_kind instr_find(struct span keyword)
{
	AUTO(buf_release) struct buf lower = BUF_INIT;
	enum instr_kind kind;

	if (keyword.len > 4 * strlen("HEALTHCHECK"))
		return INSTR_UNKNOWN;
	utf8_lower(&lower, keyword);
	for (kind = 0; kind < INSTR_UNKNOWN; kind++)
		if (same_letters((struct span){ lower.data, lower.len },
				 types[kind].name))
			break;
	return kind;
}

/* A history may hold a command of such a name in small letters. */
bool instr_text_is_config(const char *text)
{
	struct span first = { text, strcspn(text, " ") };
	enum instr_kind kind = instr_find(first);

	switch (kind) {
	case INSTR_ARG:
	case INSTR_CMD:
	case INSTR_ENTRYPOINT:
	case INSTR_ENV:
	case INSTR_EXPOSE:
	case INSTR_HEALTHCHECK:
	case INSTR_LABEL:
	case INSTR_MAINTAINER:
	case INSTR_ONBUILD:
	case INSTR_SHELL:
	case INSTR_STOPSIGNAL:
	case INSTR_USER:
	case INSTR_VOLUME:
		return strncmp(types[kind].name, text, first.len) == 0;
	case INSTR_ADD:
	case INSTR_COPY:
	case INSTR_FROM:
	case INSTR_RUN:
	case INSTR_WORKDIR:
	case INSTR_UNKNOWN:
		return false;
	}
	return false;
}

void instr_add_word(struct instr *instr, struct span text, struct place at)
{
	MEM_PUSH(instr->words, instr->word_count) = (struct instr_word){
		mem_strndup(text.ptr, text.len), at,
	};
}

void instr_add_flag(struct instr *instr, const char *word, struct place at)
{
	const char *name = word + strlen("--");
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);

	MEM_PUSH(instr->flags, instr->flag_count) = (struct instr_flag){
		mem_strndup(name, len),
		equals ? mem_strdup(equals + 1) : NULL, at,
	};
}

void instr_add_pair(struct instr *instr, struct span word, struct place at)
{
	const char *equals = memchr(word.ptr, '=', word.len);
	size_t len = equals ? (size_t)(equals - word.ptr) : word.len;

	MEM_PUSH(instr->pairs, instr->pair_count) = (struct instr_pair){
		mem_strndup(word.ptr, len),
		equals ? mem_strndup(equals + 1, word.len - len - 1) : NULL,
		at,
	};
}

const char *instr_flag_value(const struct instr *instr, const char *name)
{
	for (size_t i = 0; i < instr->flag_count; i++)
		if (strcmp(instr->flags[i].name, name) == 0)
			return instr->flags[i].value;
	return NULL;
}

void instr_free(struct instr *instr)
{
	if (!instr)
		return;
	for (size_t i = 0; i < instr->flag_count; i++) {
		free(instr->flags[i].name);
		free(instr->flags[i].value);
	}
	for (size_t i = 0; i < instr->word_count; i++)
		free(instr->words[i].text);
	for (size_t i = 0; i < instr->pair_count; i++) {
		free(instr->pairs[i].name);
		free(instr->pairs[i].value);
	}
	free(instr->flags);
	free(instr->words);
	free(instr->pairs);
	free(instr->keyword);
	free(instr->text);
	free(instr->tail);
	free(instr->rest);
	free(instr->onbuild);
	instr_free(instr->sub);
	free(instr);
}
