/* Knows the text of a lesson. */
#include "cli/lesson.h"

#include <string.h>

#define INDENT "  "

static const struct {
	const char *word;
	enum act_kind kind;
	size_t min, max; /* words behind it */
} commands[] = {
	{ "say", ACT_SAY, 0, 0 },
	{ "file", ACT_FILE, 1, 1 },
	{ "touch", ACT_TOUCH, 1, 1 },
	{ "chmod", ACT_CHMOD, 2, 2 },
	{ "remove", ACT_REMOVE, 1, 1 },
	{ "arg", ACT_ARG, 1, 1 },
	{ "build", ACT_BUILD, 0, 0 },
	{ "predict", ACT_PREDICT, 1, 99 },
	{ "show", ACT_SHOW, 1, 9 },
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(*commands))

struct parser {
	const char *name, *at;
	int line;
	struct lesson *lesson;
};

static int wrong(const struct parser *parser, struct err *err,
		 const char *what)
{
	return err_set(err, ERR_INPUT, "%s:%d: %s", parser->name,
		       parser->line, what);
}

static struct span next_line(struct parser *parser)
{
	size_t len = strcspn(parser->at, "\n");
	struct span line = { parser->at, len };

	parser->at += len + (parser->at[len] == '\n');
	parser->line++;
	return line;
}

static bool is_body(const char *at)
{
	return strncmp(at, INDENT, strlen(INDENT)) == 0;
}

/* Blank lines belong to a body if more of it follows them. */
static bool body_goes_on(const char *at)
{
	while (*at == '\n')
		at++;
	return is_body(at);
}

static struct act *add_act(struct lesson *lesson, enum act_kind kind)
{
	struct act *act = &MEM_PUSH(lesson->acts, lesson->act_count);

	*act = (struct act){ .kind = kind };
	return act;
}

static void take_text(struct parser *parser, struct buf *out)
{
	while (*parser->at && body_goes_on(parser->at)) {
		struct span line = next_line(parser);

		if (line.len > strlen(INDENT))
			buf_add(out, line.ptr + strlen(INDENT),
				line.len - strlen(INDENT));
		buf_addc(out, '\n');
	}
}

/* Each paragraph is an act of its own: what is translated as one. */
static void take_paragraphs(struct parser *parser)
{
	AUTO(buf_release) struct buf text = BUF_INIT;

	while (*parser->at && body_goes_on(parser->at)) {
		struct span line = next_line(parser);

		if (!line.len) {
			if (text.len)
				add_act(parser->lesson, ACT_SAY)->body =
					buf_steal(&text);
			continue;
		}
		if (text.len)
			buf_addc(&text, ' ');
		buf_add(&text, line.ptr + strlen(INDENT),
			line.len - strlen(INDENT));
	}
	if (text.len)
		add_act(parser->lesson, ACT_SAY)->body = buf_steal(&text);
}

static void split_words(struct span line, struct strv *out)
{
	const char *end = line.ptr + line.len;

	for (const char *at = line.ptr; at < end;) {
		const char *word = at;

		while (at < end && *at != ' ')
			at++;
		if (at > word)
			strv_addn(out, word, (size_t)(at - word));
		at++;
	}
}

static int take_command(struct parser *parser, struct span line,
			struct err *err)
{
	AUTO(strv_release) struct strv words = { 0 };
	struct act *act;
	size_t i = 0;

	split_words(line, &words);
	while (i < COMMAND_COUNT && strcmp(commands[i].word, words.items[0]))
		i++;
	if (i == COMMAND_COUNT)
		return wrong(parser, err, "unknown command");
	if (words.count - 1 < commands[i].min ||
	    words.count - 1 > commands[i].max)
		return wrong(parser, err, "wrong number of words");
	if (commands[i].kind == ACT_SAY) {
		take_paragraphs(parser);
		return 0;
	}
	act = add_act(parser->lesson, commands[i].kind);
	for (size_t j = 1; j < words.count; j++)
		strv_add(&act->words, words.items[j]);
	if (act->kind == ACT_FILE) {
		struct buf text = BUF_INIT;

		take_text(parser, &text);
		act->body = buf_steal(&text);
	}
	return 0;
}

/* "title TEXT": true if line is that. */
static bool take_head(struct span line, const char *word, char **out)
{
	size_t len = strlen(word);

	if (line.len <= len || memcmp(line.ptr, word, len) != 0)
		return false;
	free(*out);
	*out = mem_strndup(line.ptr + len, line.len - len);
	return true;
}

int lesson_parse(const char *name, const char *text, struct lesson *out,
		 struct err *err)
{
	struct parser parser = { .name = name, .at = text, .lesson = out };

	*out = (struct lesson){ 0 };
	while (*parser.at) {
		struct span line = next_line(&parser);

		if (!line.len || *line.ptr == '#' ||
		    take_head(line, "title ", &out->title) ||
		    take_head(line, "about ", &out->about))
			continue;
		if (*line.ptr == ' ')
			return wrong(&parser, err, "indented without a command");
		if (take_command(&parser, line, err) < 0)
			return -1;
	}
	if (!out->title || !out->about)
		return wrong(&parser, err, "title or about is missing");
	return 0;
}

void lesson_release(struct lesson *lesson)
{
	for (size_t i = 0; i < lesson->act_count; i++) {
		strv_release(&lesson->acts[i].words);
		free(lesson->acts[i].body);
	}
	free(lesson->acts);
	free(lesson->title);
	free(lesson->about);
	*lesson = (struct lesson){ 0 };
}
