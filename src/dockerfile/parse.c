/* Knows how instructions make stages, steps and triggers. */
#include <string.h>

#include "base/utf8.h"
#include "dockerfile/check.h"
#include "dockerfile/forms.h"
#include "dockerfile/warning.h"

struct parser {
	struct dockerfile *file;
	struct diag_list diags;
	struct buf warning;
	bool nothing; /* Docker sees no instruction */
	bool complained; /* of an instruction before FROM: once is enough */
};

static void note_blank(struct parser *parser, const struct source *source)
{
	struct span line = { source->text.data, source->text.len };

	if (!source->blank.line)
		return;
	warning_add(&parser->warning, line);
	diag_warn(&parser->diags, source->pieces[0].line, source->blank,
		  "empty continuation lines will become errors in a future "
		  "release");
}

static void open_stage(struct dockerfile *file, struct instr *from)
{
	struct stage *stage = &MEM_PUSH(file->stages, file->stage_count);

	stage->from = from;
	if (from->word_count == 2)
		stage->name = mem_strdup(from->words[1].text);
}

static void place_instr(struct parser *parser, struct instr *instr)
{
	struct dockerfile *file = parser->file;
	struct stage *stage;

	if (instr->kind == INSTR_FROM) {
		open_stage(file, instr);
	} else if (file->stage_count > 0) {
		stage = &file->stages[file->stage_count - 1];
		MEM_PUSH(stage->instrs, stage->count) = instr;
	} else if (instr->kind == INSTR_ARG) {
		MEM_PUSH(file->meta_args, file->meta_arg_count) = instr;
	} else if (instr->kind != INSTR_UNKNOWN && !parser->complained) {
		parser->complained = true;
		diag_error(&parser->diags, DIAG_PLAIN, instr->at.line,
			   instr->at, "no build stage in current context");
	}
}

static void read_instrs(struct parser *parser, struct span text)
{
	AUTO(source_release) struct source source = { 0 };
	struct lines lines;

	lines_init(&lines, text, &parser->diags);
	while (lines_next(&lines, &source)) {
		struct form_reader reader = {
			&source, &parser->diags, source.pieces[0].line,
			lines.escape,
		};
		struct instr *instr = form_read(&reader);

		MEM_PUSH(parser->file->instrs, parser->file->instr_count) =
			instr;
		note_blank(parser, &source);
		check_instr(&parser->diags, instr);
		place_instr(parser, instr);
	}
	parser->file->escape = lines.escape;
	parser->nothing = (!lines.any || lines.cut_early) &&
			  !lines.bad_directive;
}

/* Docker says so before it says that a line is too long. */
static void complain_of_nothing(struct parser *parser, struct span text)
{
	struct diag_list *diags = &parser->diags;
	struct place start = { 1, 1, 1, 1 };
	struct diag last;

	if (!parser->nothing)
		return;
	if (text.len == 0)
		diag_error(diags, DIAG_EMPTY, 1, start, "cannot be empty");
	else
		diag_error(diags, DIAG_PARSE, 1, start,
			   "file with no instructions");
	last = diags->items[diags->count - 1];
	memmove(diags->items + 1, diags->items,
		(diags->count - 1) * sizeof(last));
	diags->items[0] = last;
}

/* Docker's daemon dies of it; the client says `unexpected EOF`. */
static void complain_of_no_stage(struct parser *parser)
{
	const struct dockerfile *file = parser->file;

	if (file->stage_count > 0 || file->instr_count == 0 ||
	    diag_first(&parser->diags))
		return;
	diag_error(&parser->diags, DIAG_PLAIN, file->instrs[0]->at.line,
		   file->instrs[0]->at, "no build stage in current context");
}

static struct dockerfile *parse(struct span text)
{
	struct parser parser = { .file = mem_alloc(sizeof(*parser.file)) };

	read_instrs(&parser, text);
	complain_of_nothing(&parser, text);
	complain_of_no_stage(&parser);
	diag_order(&parser.diags);
	parser.file->diags = parser.diags.items;
	parser.file->diag_count = parser.diags.count;
	parser.file->continuation_warning = warning_finish(&parser.warning);
	buf_release(&parser.warning);
	return parser.file;
}

struct dockerfile *dockerfile_parse(const char *text, size_t len)
{
	AUTO(buf_release) struct buf hidden = BUF_INIT;

	if (len == 0 || !memchr(text, '\0', len))
		return parse((struct span){ text, len });
	utf8_hide_nul(&hidden, (struct span){ text, len });
	return parse((struct span){ hidden.data, hidden.len });
}

void dockerfile_free(struct dockerfile *file)
{
	if (!file)
		return;
	for (size_t i = 0; i < file->instr_count; i++)
		instr_free(file->instrs[i]);
	for (size_t i = 0; i < file->stage_count; i++) {
		free(file->stages[i].name);
		free(file->stages[i].instrs);
	}
	for (size_t i = 0; i < file->diag_count; i++)
		free(file->diags[i].text);
	free(file->instrs);
	free(file->meta_args);
	free(file->stages);
	free(file->diags);
	free(file->continuation_warning);
	free(file);
}

size_t dockerfile_steps(const struct dockerfile *file, size_t last)
{
	size_t steps = file->meta_arg_count;

	for (size_t i = 0; i < file->stage_count && i <= last; i++)
		steps += 1 + file->stages[i].count;
	return steps;
}

/* A mistake in a trigger: without the prefixes, and stages do not matter. */
static const struct diag *trigger_mistake(const struct dockerfile *file,
					  enum diag_prefix prefix)
{
	const struct diag *first = NULL;

	for (size_t i = 0; i < file->diag_count && !first; i++)
		if (!file->diags[i].warning && file->diags[i].prefix == prefix)
			first = &file->diags[i];
	return first;
}

struct instr *dockerfile_trigger(const char *text, struct err *err)
{
	AUTO(dockerfile_free) struct dockerfile *file = parse(span_of(text));
	const struct diag *diag = trigger_mistake(file, DIAG_PARSE);
	struct instr *instr;

	if (diag) {
		err_set(err, ERR_INPUT, "%s", diag->text);
		return NULL;
	}
	if (file->instr_count == 0) {
		err_set(err, ERR_INPUT, "file with no instructions");
		return NULL;
	}
	if (file->instr_count != 1) {
		err_set(err, ERR_INPUT,
			"onbuild trigger should be a single expression");
		return NULL;
	}
	diag = trigger_mistake(file, DIAG_LINE);
	if (diag || file->instrs[0]->kind == INSTR_FROM) {
		err_set(err, ERR_INPUT, "%s", diag ? diag->text :
			"*instructions.Stage is not a command type");
		return NULL;
	}
	instr = STEAL(file->instrs[0]);
	return instr;
}

const struct instr *dockerfile_instr_at(const struct dockerfile *file,
					int line)
{
	size_t low = 0, high = file ? file->instr_count : 0;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (file->instrs[mid]->at.line <= line)
			low = mid + 1;
		else
			high = mid;
	}
	return low && file->instrs[low - 1]->at.end_line >= line ?
		       file->instrs[low - 1] : NULL;
}
