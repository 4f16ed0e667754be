/* Knows BuildKit's rule, and the history that it writes (as of 20.10: the
 * words of an instruction without its flags, " # buildkit" behind them). */
#include <string.h>

#include "plan/against.h"

#define MARK " # buildkit"

/* The text of an entry without the mark; owned. */
static char *text_of(const struct history *entry)
{
	size_t len = strlen(entry->created_by), mark = strlen(MARK);

	if (len >= mark && !strcmp(entry->created_by + len - mark, MARK))
		len -= mark;
	return mem_strndup(entry->created_by, len);
}

static bool has_verb(const char *text, const char *verb)
{
	size_t len = strlen(verb);

	return !strncmp(text, verb, len) && (text[len] == ' ' || !text[len]);
}

static bool is_work(const struct step *step)
{
	switch ((int)step->instr->kind) {
	case INSTR_RUN:
	case INSTR_COPY:
	case INSTR_ADD:
	case INSTR_WORKDIR:
		return true;
	}
	return false;
}

/* The next entry that is an operation, from at on. */
static size_t next_work(const struct against *against, size_t at)
{
	const struct image_config *config = against->config;

	while (at < config->history_count &&
	       instr_text_is_config(config->history[at].created_by))
		at++;
	return at;
}

/* ---- configuration ---- */

/* EXPOSE as BuildKit prints Go's map of ports; owned. */
static char *expose_text(const struct step *step)
{
	AUTO(map_release) struct map ports = { 0 };
	AUTO(buf_release) struct buf text = BUF_INIT;
	const char *key = step->probe.cmd.items[step->probe.cmd.count - 1];
	const char *word = key + strlen("EXPOSE");
	struct err ignored = ERR_INIT;

	while (*(word += strspn(word, " "))) {
		AUTO_FREE char *one = mem_strndup(word, strcspn(word, " "));

		word += strlen(one);
		if (names_expose(one, &ports, &ignored) < 0)
			return mem_strdup(key);
	}
	buf_adds(&text, "EXPOSE map[");
	for (size_t i = 0; i < ports.count; i++)
		buf_addf(&text, "%s%s:{}", i ? " " : "", ports.items[i].key);
	buf_addc(&text, ']');
	return buf_steal(&text);
}

static char *config_text(const struct step *step)
{
	const struct strv *cmd = &step->probe.cmd;

	return step->instr->kind == INSTR_EXPOSE ? expose_text(step) :
	       mem_strdup(cmd->count ? cmd->items[cmd->count - 1] : "");
}

/* No step waits for these, and none runs again because of them alone. */
static int look_config(struct plan *plan, struct step *step)
{
	const struct against *against = plan->against;
	size_t at = against_position(plan);
	size_t end = next_work(against, at);
	AUTO_FREE char *now = config_text(step);

	for (size_t i = at; i < end; i++) {
		AUTO_FREE char *text = text_of(&against->config->history[i]);

		if (strcmp(text, now))
			continue;
		against_hit(plan, step, at, CONFIDENCE_HIGH);
		return 0;
	}
	against_miss(plan, step, WHY_COMMAND, CONFIDENCE_HIGH, mem_strdup(
		"the image has other configuration here; nothing runs for "
		"it"));
	plan->busted = plan->missed = false;
	plan->culprit = 0;
	return 0;
}

/* ---- RUN ---- */

/* Every declared argument in the order of the file, as the history has it. */
static char *run_text(const struct plan *plan, const struct step *step)
{
	const struct arg_list *list = &plan->args.stage;
	struct args_scope scope = { &plan->args, &step->after.env };
	AUTO_FREE char *command = strv_join(&step->run_argv, " ");
	AUTO(buf_release) struct buf text = BUF_INIT;

	buf_adds(&text, "RUN ");
	if (list->count)
		buf_addf(&text, "|%zu ", list->count);
	for (size_t i = 0; i < list->count; i++) {
		const char *name = list->items[i].name;
		const char *value = args_lookup(&scope, name, strlen(name));

		buf_addf(&text, "%s=%s ", name, value ? value : "");
	}
	buf_adds(&text, command);
	return buf_steal(&text);
}

static void drop_users(struct strv *state)
{
	size_t kept = 0, last = state->count;

	for (size_t i = 0; i < state->count; i++)
		if (has_verb(state->items[i], "USER"))
			last = i;
	for (size_t i = 0; i < state->count; i++) {
		if (has_verb(state->items[i], "USER") && i != last)
			free(state->items[i]);
		else
			state->items[kept++] = state->items[i];
	}
	state->count = kept;
}

/* What the entries before at make of environment and user. */
static void old_state(const struct against *against, size_t at,
		      struct strv *out)
{
	for (size_t i = against->base; i < at; i++) {
		char *text = text_of(&against->config->history[i]);

		if (has_verb(text, "ENV") || has_verb(text, "ARG") ||
		    has_verb(text, "USER"))
			strv_take(out, text);
		else
			free(text);
	}
	drop_users(out);
}

/* Where the USER stands among the others does not count. */
static void user_last(struct strv *state)
{
	for (size_t i = 0; i + 1 < state->count; i++)
		if (has_verb(state->items[i], "USER")) {
			char *user = state->items[i];

			memmove(&state->items[i], &state->items[i + 1],
				(state->count - i - 1) *
					sizeof(*state->items));
			state->items[state->count - 1] = user;
			return;
		}
}

static bool same_state(struct plan *plan, struct step *step, size_t at)
{
	AUTO(strv_release) struct strv old = { 0 };
	AUTO(strv_release) struct strv now = { 0 };
	size_t same = 0;

	old_state(plan->against, at, &old);
	strv_copy(&now, &plan->against->states[plan->stage]);
	drop_users(&now);
	user_last(&old);
	user_last(&now);
	while (same < old.count && same < now.count &&
	       !strcmp(old.items[same], now.items[same]))
		same++;
	if (same == old.count && same == now.count)
		return true;
	against_words(plan, step, same < old.count ? old.items[same] : "",
		      same < now.count ? now.items[same] : "");
	against_miss(plan, step, WHY_CONFIG, CONFIDENCE_HIGH, mem_strdup(
		"ENV, ARG or USER before it differ"));
	return false;
}

/* "|2 A=1 B=2 /bin/sh …": behind the arguments. */
static const char *behind_args(const char *text)
{
	const char *shell = strstr(text, " /bin/sh -c ");

	return strncmp(text, "RUN |", 5) || !shell ? text + strlen("RUN") :
						     shell;
}

/* The list form leaves no trace of where its words end. */
static bool is_ambiguous(const struct step *step)
{
	for (size_t i = 0; step->instr->json && i < step->run_argv.count; i++)
		if (strchr(step->run_argv.items[i], ' '))
			return true;
	return false;
}

static int look_run(struct plan *plan, struct step *step, size_t at,
		    const char *old)
{
	AUTO_FREE char *now = run_text(plan, step);

	if (instr_flag_value(step->instr, "mount")) {
		against_miss(plan, step, WHY_NOT_RECORDED, CONFIDENCE_LOW,
			     mem_strdup("the history does not tell mounts"));
		return 0;
	}
	if (strcmp(old, now) != 0) {
		bool args = !strcmp(behind_args(old), behind_args(now));

		against_words(plan, step, old, now);
		against_miss(plan, step, args ? WHY_BUILD_ARG : WHY_COMMAND,
			     CONFIDENCE_HIGH, NULL);
		return 0;
	}
	if (same_state(plan, step, at))
		against_hit(plan, step, at + 1, is_ambiguous(step) ?
			    CONFIDENCE_MEDIUM : CONFIDENCE_HIGH);
	return 0;
}

/* ---- COPY, ADD, WORKDIR ---- */

static char *copy_text(const struct step *step)
{
	AUTO_FREE char *words = strv_join(&step->words, " ");

	return mem_printf("%s %s %s", instr_name(step->instr->kind), words,
			  step->dest);
}

/* The flags that an entry names are cut out of it; owned, "" none. */
static char *cut_flags(char *text)
{
	char *at = text + strcspn(text, " ");
	size_t len = 0;
	char *flags;

	while (!strncmp(at + len, " --", 3))
		len += 1 + strcspn(at + len + 1, " ");
	flags = mem_strndup(at, len);
	memmove(at, at + len, strlen(at + len) + 1);
	return flags;
}

static char *own_flags(const struct step *step)
{
	AUTO(buf_release) struct buf text = BUF_INIT;

	if (step->chown)
		buf_addf(&text, " --chown=%s", step->chown);
	if (step->chmod)
		buf_addf(&text, " --chmod=%s", step->chmod);
	buf_adds(&text, "");
	return buf_steal(&text);
}

/* Flags are told by their effect alone where the history has none: an owner
 * that is what a copy without the flag has would show nothing. */
static int look_copy(struct plan *plan, struct step *step, size_t at,
		     char *old, struct err *err)
{
	AUTO_FREE char *flags = cut_flags(old);
	AUTO_FREE char *own = own_flags(step);
	AUTO_FREE char *now = copy_text(step);
	bool told = !strcmp(flags, own);

	if (strcmp(old, now) != 0) {
		against_words(plan, step, old, now);
		against_miss(plan, step, has_verb(old, instr_name(
				step->instr->kind)) ? WHY_DESTINATION :
						      WHY_COMMAND,
			     CONFIDENCE_HIGH, NULL);
		return 0;
	}
	if (*flags && !told) {
		against_words(plan, step, flags, own);
		against_miss(plan, step, WHY_DESTINATION, CONFIDENCE_HIGH,
			     NULL);
		return 0;
	}
	return against_files(plan, step, at, told && !*own ?
			     CONFIDENCE_HIGH : CONFIDENCE_MEDIUM, err);
}

static void look_workdir(struct plan *plan, struct step *step, size_t at,
			 const char *old)
{
	AUTO_FREE char *now = mem_printf("WORKDIR %s", step->workdir);

	if (!strcmp(old, now)) {
		against_hit(plan, step, at + 1, CONFIDENCE_HIGH);
		return;
	}
	against_words(plan, step, old, now);
	against_miss(plan, step, WHY_COMMAND, CONFIDENCE_HIGH, NULL);
}

int against_buildkit(struct plan *plan, struct step *step, struct err *err)
{
	const struct against *against = plan->against;
	size_t at = next_work(against, against_position(plan));
	AUTO_FREE char *old = NULL;

	if (!is_work(step))
		return look_config(plan, step);
	if (at == against->config->history_count) {
		against_miss(plan, step, WHY_FIRST, CONFIDENCE_HIGH,
			     mem_strdup("the image ends before this step"));
		return 0;
	}
	old = text_of(&against->config->history[at]);
	if (step->instr->kind == INSTR_RUN)
		return look_run(plan, step, at, old);
	if (step->instr->kind != INSTR_WORKDIR)
		return look_copy(plan, step, at, old, err);
	look_workdir(plan, step, at, old);
	return 0;
}
