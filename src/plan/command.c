/* Knows how a stored command reads as words, and how two of them differ. */
#include "plan/command.h"

#include <ctype.h>
#include <string.h>

#include "plan/secret.h"
#include "plan/walk.h"

#define WORDS_MAX 400 /* compared word by word */

void command_release(struct command *command)
{
	strv_release(&command->args);
	strv_release(&command->words);
	free(command->hash);
	free(command->chown);
	free(command->dest);
	command->hash = command->chown = command->dest = NULL;
}

static void add_words(struct strv *out, const char *text)
{
	while (*text) {
		size_t blank = strspn(text, " \t\n");
		size_t len;

		text += blank;
		len = strcspn(text, " \t\n");
		if (len)
			strv_addn(out, text, len);
		text += len;
	}
}

static void set_verb(struct command *out, const char *text)
{
	size_t len = strcspn(text, " ");

	if (len >= sizeof(out->verb))
		len = 0;
	memcpy(out->verb, text, len);
	out->verb[len] = '\0';
}

/* "COPY --chown=1:2file:… in /x " into its parts. */
static void parse_copy(struct command *out, const char *text)
{
	const char *in = NULL, *hash;
	size_t len = strlen(text);

	text += strcspn(text, " ");
	text += *text == ' ';
	for (const char *at = text; (at = strstr(at, " in ")); at++)
		if (!in)
			in = at;
	if (!in)
		return;
	hash = in;
	while (hash > text && isxdigit((unsigned char)hash[-1]) &&
	       in - hash < 64)
		hash--;
	for (size_t i = 0; i < 3; i++) {
		static const char *const kinds[] = { "file:", "dir:",
						     "multi:" };
		size_t kind = strlen(kinds[i]);

		if ((size_t)(hash - text) >= kind &&
		    !memcmp(hash - kind, kinds[i], kind)) {
			hash -= kind;
			break;
		}
	}
	out->hash = mem_strndup(hash, (size_t)(in - hash));
	if (hash > text)
		out->chown = mem_strndup(text, (size_t)(hash - text));
	len = strlen(in + 4);
	out->dest = mem_strndup(in + 4, len && in[3 + len] == ' ' ? len - 1 :
								   len);
}

static void parse_text(const char *text, struct command *out)
{
	set_verb(out, text);
	if (!strcmp(out->verb, "COPY") || !strcmp(out->verb, "ADD"))
		parse_copy(out, text);
	add_words(&out->words, text);
}

static size_t parse_prefix(const struct strv *cmd, struct command *out)
{
	size_t count;

	if (!cmd->count || cmd->items[0][0] != '|' ||
	    !isdigit((unsigned char)cmd->items[0][1]))
		return 0;
	count = strtoul(cmd->items[0] + 1, NULL, 10);
	if (count >= cmd->count)
		return 0;
	for (size_t i = 0; i < count; i++)
		strv_add(&out->args, cmd->items[i + 1]);
	out->has_prefix = true;
	return count + 1;
}

void command_parse(const struct strv *cmd, struct command *out)
{
	size_t at;

	*out = (struct command){ .verb = "" };
	for (size_t i = 0; i < cmd->count; i++) {
		const char *item = cmd->items[i];

		if (strncmp(item, "#(nop) ", 7))
			continue;
		if (item[7])
			parse_text(item + 7, out);
		else if (i + 1 < cmd->count)
			parse_text(cmd->items[i + 1], out);
		return;
	}
	at = parse_prefix(cmd, out);
	set_verb(out, "RUN");
	strv_add(&out->words, "RUN");
	if (cmd->count >= at + 2 && !strcmp(cmd->items[at], "/bin/sh") &&
	    !strcmp(cmd->items[at + 1], "-c"))
		at += 2;
	for (; at < cmd->count; at++)
		add_words(&out->words, cmd->items[at]);
}

void command_of_step(const struct step *step, struct command *out)
{
	if (!step->key_open) {
		command_parse(&step->probe.cmd, out);
		return;
	}
	*out = (struct command){ .verb = "" };
	set_verb(out, instr_name(step->instr->kind));
	strv_add(&out->words, out->verb);
	if (step->chown) {
		out->chown = mem_printf("--chown=%s", step->chown);
		strv_add(&out->words, out->chown);
	}
	strv_add(&out->words, "in");
	strv_add(&out->words, step->dest);
	out->dest = mem_strdup(step->dest);
}

/* ---- differences ---- */

/* Lengths of common subsequences of a[i..] and b[j..]. */
static unsigned short *common(const struct strv *a, size_t n,
			      const struct strv *b, size_t m)
{
	size_t width = m + 1;
	unsigned short *table = mem_array((n + 1) * width, sizeof(*table));

	for (size_t i = n; i-- > 0;)
		for (size_t j = m; j-- > 0;) {
			unsigned short down = table[(i + 1) * width + j];
			unsigned short right = table[i * width + j + 1];

			if (!strcmp(a->items[i], b->items[j]))
				table[i * width + j] = (unsigned short)
					(table[(i + 1) * width + j + 1] + 1);
			else
				table[i * width + j] =
					down > right ? down : right;
		}
	return table;
}

static size_t cut(size_t count)
{
	return count < WORDS_MAX ? count : WORDS_MAX;
}

size_t command_distance(const struct command *a, const struct command *b)
{
	size_t n = cut(a->words.count), m = cut(b->words.count);
	AUTO_FREE unsigned short *table = common(&a->words, n, &b->words, m);
	size_t same = table[0];

	return a->words.count + b->words.count - 2 * same;
}

/* A source hash in full tells people nothing. */
static char *shown(const char *word, bool show_args)
{
	AUTO_FREE char *text = secret_word(word, show_args);
	size_t len = strlen(text);
	size_t digits = 0;

	while (digits < len && isxdigit((unsigned char)text[len - 1 - digits]))
		digits++;
	if (digits >= 64)
		text[len - 52] = '\0';
	return STEAL(text);
}

static void add_word(struct step *step, char op, const char *word,
		     bool show_args)
{
	struct evidence *evidence = step_evidence(step, EVIDENCE_WORD);

	evidence->op = op;
	evidence->what = shown(word, show_args);
}

char *command_text(const struct command *command, bool show_args)
{
	AUTO(strv_release) struct strv words = { 0 };

	for (size_t i = 0; i < command->words.count; i++)
		strv_take(&words, shown(command->words.items[i], show_args));
	return strv_join(&words, " ");
}

void command_diff(struct step *step, const struct command *old,
		  const struct command *now, bool show_args)
{
	size_t n = cut(old->words.count), m = cut(now->words.count);
	AUTO_FREE unsigned short *table =
		common(&old->words, n, &now->words, m);
	size_t i = 0, j = 0, width = m + 1;

	while (i < n || j < m) {
		if (i < n && j < m &&
		    !strcmp(old->words.items[i], now->words.items[j])) {
			add_word(step, '=', old->words.items[i], show_args);
			i++;
			j++;
		} else if (j == m || (i < n && table[(i + 1) * width + j] >=
						       table[i * width + j + 1])) {
			add_word(step, '-', old->words.items[i++], show_args);
		} else {
			add_word(step, '+', now->words.items[j++], show_args);
		}
	}
}
