/* Parses any bytes as a Dockerfile, expands all words, and checks places. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dockerfile/dockerfile_json.h"
#include "dockerfile/expand.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char *lookup(void *arg, const char *name, size_t len)
{
	(void)arg;
	return len == 0 || name[0] == 'N' ? NULL : name[0] == 'E' ? "" : "a b";
}

static void require(bool fact)
{
	if (!fact)
		abort();
}

static void check_place(const struct place *at)
{
	require(at->line > 0 && at->column > 0);
	require(at->end_line >= at->line && at->end_column > 0);
	require(at->end_line > at->line || at->end_column >= at->column);
}

static void expand(const char *text, char escape)
{
	AUTO(strv_release) struct strv out = { 0 };
	AUTO_FREE char *word = NULL;
	struct err err = ERR_INIT;

	if (!text)
		return;
	word = expand_word(text, escape, lookup, NULL, &err);
	require((word != NULL) == (err.kind == ERR_NONE));
	err.kind = ERR_NONE;
	require((expand_words(text, escape, lookup, NULL, &out, &err) == 0) ==
		(word != NULL));
	expand_names(text, escape, &out);
}

static void check_instr(const struct instr *instr, char escape)
{
	check_place(&instr->at);
	for (size_t i = 0; i < instr->word_count; i++) {
		check_place(&instr->words[i].at);
		expand(instr->words[i].text, escape);
	}
	for (size_t i = 0; i < instr->pair_count; i++) {
		check_place(&instr->pairs[i].at);
		expand(instr->pairs[i].name, escape);
		expand(instr->pairs[i].value, escape);
	}
	for (size_t i = 0; i < instr->flag_count; i++)
		check_place(&instr->flags[i].at);
	if (instr->sub)
		check_instr(instr->sub, escape);
}

static void check_trigger(const struct instr *instr)
{
	struct err err = ERR_INIT;
	AUTO(instr_free) struct instr *trigger = NULL;

	if (!instr->onbuild)
		return;
	trigger = dockerfile_trigger(instr->onbuild, &err);
	require((trigger != NULL) == (err.kind == ERR_NONE));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	AUTO(dockerfile_free) struct dockerfile *file =
		dockerfile_parse((const char *)data, len);
	AUTO_FREE char *json = dockerfile_format_json(file, "Dockerfile");
	struct err err = ERR_INIT;
	bool good = dockerfile_check(file, "Dockerfile", &err) == 0;

	require(*json == '{');

	for (size_t i = 0; i < file->instr_count; i++) {
		check_instr(file->instrs[i], file->escape);
		check_trigger(file->instrs[i]);
	}
	for (size_t i = 0; i < file->diag_count; i++) {
		check_place(&file->diags[i].at);
		require(!good || file->diags[i].warning);
	}
	require(!good || file->stage_count > 0);
	if (good)
		require(dockerfile_steps(file, file->stage_count) ==
			file->instr_count);
	return 0;
}
