/* Knows the JSON form of a parsed Dockerfile. */
#include "dockerfile/dockerfile_json.h"

#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"

/* Text that is not UTF-8 becomes U+FFFD: JSON can hold nothing else. */
static void add_string(struct buf *out, const char *text)
{
	struct span rest = span_of(text);

	if (!text) {
		buf_adds(out, "null");
		return;
	}
	buf_addc(out, '"');
	while (rest.len) {
		uint32_t rune;
		bool valid;
		size_t n = utf8_decode(rest.ptr, rest.len, &rune, &valid);

		if (rune == '"' || rune == '\\')
			buf_addc(out, '\\');
		if (rune < 0x20)
			buf_addf(out, "\\u%04x", (unsigned)rune);
		else
			utf8_append(out, rune);
		rest.ptr += n;
		rest.len -= n;
	}
	buf_addc(out, '"');
}

static void add_place(struct buf *out, const struct place *at)
{
	buf_addf(out, "\"line\":%d,\"column\":%d,\"end_line\":%d,"
		 "\"end_column\":%d", at->line, at->column, at->end_line,
		 at->end_column);
}

static void add_named(struct buf *out, const char *name, const char *value,
		      const struct place *at)
{
	buf_adds(out, "{\"name\":");
	add_string(out, name);
	buf_adds(out, ",\"value\":");
	add_string(out, value);
	buf_addc(out, ',');
	add_place(out, at);
	buf_addc(out, '}');
}

static void add_flags(struct buf *out, const struct instr *instr)
{
	if (instr->flag_count == 0)
		return;
	buf_adds(out, ",\"flags\":[");
	for (size_t i = 0; i < instr->flag_count; i++) {
		const struct instr_flag *flag = &instr->flags[i];

		buf_adds(out, i ? "," : "");
		add_named(out, flag->name, flag->value, &flag->at);
	}
	buf_addc(out, ']');
}

static void add_pairs(struct buf *out, const struct instr *instr)
{
	if (instr->pair_count == 0)
		return;
	buf_adds(out, ",\"pairs\":[");
	for (size_t i = 0; i < instr->pair_count; i++) {
		const struct instr_pair *pair = &instr->pairs[i];

		buf_adds(out, i ? "," : "");
		add_named(out, pair->name, pair->value, &pair->at);
	}
	buf_addc(out, ']');
}

static void add_words(struct buf *out, const struct instr *instr)
{
	if (instr->word_count == 0 && !instr->json)
		return;
	buf_addf(out, ",\"json\":%s,\"words\":[",
		 instr->json ? "true" : "false");
	for (size_t i = 0; i < instr->word_count; i++) {
		buf_adds(out, i ? ",{\"text\":" : "{\"text\":");
		add_string(out, instr->words[i].text);
		buf_addc(out, ',');
		add_place(out, &instr->words[i].at);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

static void add_health(struct buf *out, const struct instr *instr)
{
	if (instr->kind != INSTR_HEALTHCHECK)
		return;
	buf_addf(out, ",\"health\":{\"interval\":%" PRId64
		 ",\"timeout\":%" PRId64 ",\"start_period\":%" PRId64
		 ",\"retries\":%" PRId64 "}", instr->interval, instr->timeout,
		 instr->start_period, instr->retries);
}

/* What an instruction and the one in its ONBUILD have in common. */
static void add_body(struct buf *out, const struct instr *instr)
{
	buf_adds(out, "{\"instruction\":");
	add_string(out, instr->kind == INSTR_UNKNOWN ?
		   instr->keyword : instr_name(instr->kind));
	buf_addc(out, ',');
	add_place(out, &instr->at);
	buf_adds(out, ",\"text\":");
	add_string(out, instr->text);
	add_flags(out, instr);
	add_words(out, instr);
	add_pairs(out, instr);
	add_health(out, instr);
}

static void add_instr(struct buf *out, const struct instr *instr)
{
	add_body(out, instr);
	if (instr->kind == INSTR_ONBUILD) {
		buf_adds(out, ",\"onbuild\":");
		add_string(out, instr->onbuild);
	}
	if (instr->sub) {
		buf_adds(out, ",\"trigger\":");
		add_body(out, instr->sub);
		buf_addc(out, '}');
	}
	buf_addc(out, '}');
}

static void add_instrs(struct buf *out, struct instr *const *instrs,
		       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		buf_adds(out, i ? ",\n" : "\n");
		add_instr(out, instrs[i]);
	}
}

static void add_stage(struct buf *out, const struct stage *stage)
{
	buf_adds(out, "\n{\"name\":");
	add_string(out, stage->name);
	buf_addf(out, ",\"line\":%d,\"instructions\":[\n",
		 stage->from->at.line);
	add_instr(out, stage->from);
	buf_adds(out, stage->count ? "," : "");
	add_instrs(out, stage->instrs, stage->count);
	buf_adds(out, "]}");
}

static void add_diag(struct buf *out, const struct diag *diag)
{
	buf_adds(out, "\n{");
	add_place(out, &diag->at);
	buf_addf(out, ",\"severity\":\"%s\",\"message\":",
		 diag->warning ? "warning" : "error");
	add_string(out, diag->text);
	buf_addc(out, '}');
}

static void add_diags(struct buf *out, const struct dockerfile *file,
		      const char *name)
{
	AUTO_FREE char *error = NULL;

	if (file->diag_count && !file->diags[0].warning)
		error = diag_format(&file->diags[0], name);
	buf_adds(out, ",\n\"error\":");
	add_string(out, error);
	buf_adds(out, ",\n\"diagnostics\":[");
	for (size_t i = 0; i < file->diag_count; i++) {
		buf_adds(out, i ? "," : "");
		add_diag(out, &file->diags[i]);
	}
	buf_adds(out, "]");
}

char *dockerfile_format_json(const struct dockerfile *file, const char *name)
{
	struct buf out = BUF_INIT;

	buf_addf(&out, "{\"steps\":%zu,\n\"meta_args\":[",
		 dockerfile_steps(file, file->stage_count));
	add_instrs(&out, file->meta_args, file->meta_arg_count);
	buf_adds(&out, "],\n\"stages\":[");
	for (size_t i = 0; i < file->stage_count; i++) {
		buf_adds(&out, i ? "," : "");
		add_stage(&out, &file->stages[i]);
	}
	buf_addc(&out, ']');
	add_diags(&out, file, name);
	buf_adds(&out, "}");
	return buf_steal(&out);
}
