/* Knows each instruction's key text and its change to the run config. */
#include "plan/walk.h"

#include <string.h>
#include <strings.h>

#include "base/fs.h"
#include "dockerfile/expand.h"
#include "spec/gofmt.h"

#define NEEDS_BUILDKIT                                                         \
	"the --%s option requires BuildKit. Refer to "                         \
	"https://docs.docker.com/go/buildkit/ to learn how to build images "   \
	"with BuildKit enabled"

char *dispatch_word(const struct plan *plan, const char *word,
		    struct err *err)
{
	struct args_scope scope = { &plan->args, &plan->run.env };

	return expand_word(word, plan->input.file->escape, args_lookup,
			   &scope, err);
}

void dispatch_shell(const struct run_config *run, struct strv *out)
{
	if (run->shell.count) {
		strv_copy(out, &run->shell);
		return;
	}
	strv_add(out, "/bin/sh");
	strv_add(out, "-c");
}

/* Takes the state as it is now: C with this command, and R. */
static void set_probe(struct plan *plan, struct step *step, struct strv *cmd)
{
	run_config_copy(&step->probe, &plan->run);
	strv_release(&step->probe.cmd);
	step->probe.cmd = *cmd;
	step->probe.cmd.set = true;
	*cmd = (struct strv){ 0 };
	run_config_copy(&step->after, &plan->run);
	free(step->created_by);
	step->created_by = strv_join(&step->probe.cmd, " ");
}

/* The key of two elements: "#(nop) " and the text. */
static void key_text(struct plan *plan, struct step *step, const char *text)
{
	struct strv cmd = { 0 };

	dispatch_shell(&plan->run, &cmd);
	strv_add(&cmd, "#(nop) ");
	strv_add(&cmd, text);
	set_probe(plan, step, &cmd);
}

static void key_words(struct plan *plan, struct step *step,
		      const char *verb, const struct strv *words)
{
	AUTO_FREE char *joined = strv_join(words, " ");
	AUTO_FREE char *text = mem_printf("%s %s", verb, joined);

	key_text(plan, step, text);
}

static const char *word_at(const struct instr *instr, size_t i)
{
	return i < instr->word_count ? instr->words[i].text : "";
}

static void words_from(const struct instr *instr, size_t first,
		       struct strv *out)
{
	for (size_t i = first; i < instr->word_count; i++)
		strv_add(out, instr->words[i].text);
	out->set = true;
}

/* Exec form as it is, shell form behind the shell. */
static void command_line(const struct plan *plan, const struct instr *instr,
			 struct strv *out)
{
	if (!instr->json)
		dispatch_shell(&plan->run, out);
	if (instr->json || *word_at(instr, 0))
		words_from(instr, 0, out);
	out->set = true;
}

/* Names and values of ENV, LABEL, ARG, expanded before any takes effect. */
struct pairs {
	struct strv names, values;
};
static void pairs_release(struct pairs *pairs)
{
	strv_release(&pairs->names);
	strv_release(&pairs->values);
}
AUTO_DEFINE_IN_PLACE(struct pairs, pairs_release)

static char *pair_word(struct plan *plan, const struct step *step,
		       const char *word, struct err *err)
{
	if (step->label_flag || !word)
		return mem_strdup(word ? word : "");
	return dispatch_word(plan, word, err);
}

static int expand_pairs(struct plan *plan, const struct step *step,
			struct pairs *out, struct err *err)
{
	for (size_t i = 0; i < step->instr->pair_count; i++) {
		const struct instr_pair *pair = &step->instr->pairs[i];
		char *word = pair_word(plan, step, pair->name, err);

		if (!word)
			return -1;
		strv_take(&out->names, word);
		word = pair_word(plan, step, pair->value, err);
		if (!word)
			return -1;
		strv_take(&out->values, word);
	}
	return 0;
}

static void env_put(struct strv *env, const char *name, const char *value)
{
	char *item = mem_printf("%s=%s", name, value);
	size_t len = strlen(name);

	for (size_t i = 0; i < env->count; i++)
		if (strcspn(env->items[i], "=") == len &&
		    !memcmp(env->items[i], name, len)) {
			free(env->items[i]);
			env->items[i] = item;
			return;
		}
	strv_take(env, item);
}

static int do_env(struct plan *plan, struct step *step, struct err *err)
{
	AUTO(pairs_release) struct pairs pairs = { 0 };
	AUTO(buf_release) struct buf text = BUF_INIT;

	if (expand_pairs(plan, step, &pairs, err) < 0)
		return -1;
	buf_adds(&text, "ENV");
	for (size_t i = 0; i < pairs.names.count; i++) {
		buf_addf(&text, " %s=%s", pairs.names.items[i],
			 pairs.values.items[i]);
		env_put(&plan->run.env, pairs.names.items[i],
			pairs.values.items[i]);
	}
	key_text(plan, step, text.data);
	return 0;
}

static int do_label(struct plan *plan, struct step *step, struct err *err)
{
	AUTO(pairs_release) struct pairs pairs = { 0 };
	AUTO(buf_release) struct buf text = BUF_INIT;

	if (expand_pairs(plan, step, &pairs, err) < 0)
		return -1;
	buf_adds(&text, "LABEL");
	for (size_t i = 0; i < pairs.names.count; i++) {
		buf_addf(&text, " %s=%s", pairs.names.items[i],
			 pairs.values.items[i]);
		map_put(&plan->run.labels, pairs.names.items[i],
			pairs.values.items[i]);
	}
	plan->run.labels.set = true;
	key_text(plan, step, text.data);
	return 0;
}

static int key_arg(struct plan *plan, struct step *step, struct pairs *pairs,
		   struct err *err)
{
	const struct instr *instr = step->instr;
	AUTO(buf_release) struct buf text = BUF_INIT;

	if (expand_pairs(plan, step, pairs, err) < 0)
		return -1;
	buf_adds(&text, "ARG");
	for (size_t i = 0; i < pairs->names.count; i++) {
		bool valued = instr->pairs[i].value;

		buf_addf(&text, " %s%s%s", pairs->names.items[i],
			 valued ? "=" : "",
			 valued ? pairs->values.items[i] : "");
	}
	key_text(plan, step, text.data);
	return 0;
}

static int do_arg(struct plan *plan, struct step *step, struct err *err)
{
	AUTO(pairs_release) struct pairs pairs = { 0 };

	if (key_arg(plan, step, &pairs, err) < 0)
		return -1;
	for (size_t i = 0; i < pairs.names.count; i++)
		args_declare(&plan->args, pairs.names.items[i],
			     step->instr->pairs[i].value ?
				     pairs.values.items[i] : NULL);
	return 0;
}

static int do_expose(struct plan *plan, struct step *step, struct err *err)
{
	struct args_scope scope = { &plan->args, &plan->run.env };
	AUTO(strv_release) struct strv raw = { 0 };
	AUTO(strv_release) struct strv ports = { 0 };

	words_from(step->instr, 0, &raw);
	strv_sort(&raw);
	for (size_t i = 0; i < raw.count; i++)
		if (expand_words(raw.items[i], plan->input.file->escape,
				 args_lookup, &scope, &ports, err) < 0)
			return -1;
	for (size_t i = 0; i < ports.count; i++)
		if (names_expose(ports.items[i], &plan->run.exposed_ports,
				 err) < 0)
			return -1;
	plan->run.exposed_ports.set = true;
	key_words(plan, step, "EXPOSE", &ports);
	return 0;
}

static int do_volume(struct plan *plan, struct step *step, struct err *err)
{
	AUTO(strv_release) struct strv paths = { 0 };
	AUTO_FREE char *joined = NULL;
	AUTO_FREE char *text = NULL;

	for (size_t i = 0; i < step->instr->word_count; i++) {
		char *path = dispatch_word(plan, word_at(step->instr, i), err);

		if (!path)
			return -1;
		strv_take(&paths, path);
	}
	for (size_t i = 0; i < paths.count; i++) {
		if (!*paths.items[i])
			return err_set(err, ERR_INPUT, "VOLUME specified can "
				       "not be an empty string");
		map_put(&plan->run.volumes, paths.items[i], "");
	}
	joined = strv_join(&paths, " ");
	text = mem_printf("VOLUME [%s]", joined);
	key_text(plan, step, text);
	return 0;
}

/* USER and STOPSIGNAL: one word that becomes one string of R. */
static int one_word(struct plan *plan, struct step *step, const char *verb,
		    char **field, struct err *err)
{
	AUTO_FREE char *word =
		dispatch_word(plan, word_at(step->instr, 0), err);
	AUTO_FREE char *text = NULL;

	if (!word)
		return -1;
	if (step->instr->kind == INSTR_STOPSIGNAL &&
	    names_signal(word, err) < 0)
		return -1;
	run_config_set(field, word);
	text = mem_printf("%s %s", verb, word);
	key_text(plan, step, text);
	return 0;
}

static int do_user(struct plan *plan, struct step *step, struct err *err)
{
	return one_word(plan, step, "USER", &plan->run.user, err);
}

static int do_stopsignal(struct plan *plan, struct step *step,
			 struct err *err)
{
	return one_word(plan, step, "STOPSIGNAL", &plan->run.stop_signal, err);
}

static int do_workdir(struct plan *plan, struct step *step, struct err *err)
{
	AUTO_FREE char *word =
		dispatch_word(plan, word_at(step->instr, 0), err);
	AUTO_FREE char *joined = NULL;
	struct strv cmd = { 0 };

	if (!word)
		return -1;
	if (!*word)
		return err_set(err, ERR_INPUT, "cannot normalize nothing");
	if (*word == '/') {
		step->workdir = STEAL(word);
	} else {
		joined = mem_printf("/%s/%s", plan->run.working_dir, word);
		step->workdir = fs_clean_path(joined);
	}
	run_config_set(&plan->run.working_dir, step->workdir);
	dispatch_shell(&plan->run, &cmd);
	strv_take(&cmd, mem_printf("#(nop) WORKDIR %s", step->workdir));
	set_probe(plan, step, &cmd);
	return 0;
}

static void key_list(struct plan *plan, struct step *step, const char *verb,
		     const struct strv *list)
{
	AUTO(buf_release) struct buf text = BUF_INIT;

	buf_addf(&text, "%s ", verb);
	gofmt_quote_list(&text, list);
	key_text(plan, step, text.data);
}

static int do_cmd(struct plan *plan, struct step *step, struct err *err)
{
	AUTO(strv_release) struct strv cmd = { 0 };

	(void)err;
	command_line(plan, step->instr, &cmd);
	strv_copy(&plan->run.cmd, &cmd);
	plan->run.cmd.set = true;
	plan->run.args_escaped = false;
	if (step->instr->json ? cmd.count > 0 : *word_at(step->instr, 0) != 0)
		plan->cmd_set = true;
	key_list(plan, step, "CMD", &cmd);
	return 0;
}

static int do_entrypoint(struct plan *plan, struct step *step,
			 struct err *err)
{
	AUTO(strv_release) struct strv cmd = { 0 };

	(void)err;
	if (step->instr->word_count && (step->instr->json ||
					*word_at(step->instr, 0)))
		command_line(plan, step->instr, &cmd);
	strv_copy(&plan->run.entrypoint, &cmd);
	plan->run.entrypoint.set = cmd.count > 0;
	plan->run.args_escaped = false;
	if (!plan->cmd_set)
		strv_release(&plan->run.cmd);
	key_list(plan, step, "ENTRYPOINT", &cmd);
	return 0;
}

static void note_override(struct plan *plan, struct step *step)
{
	const struct healthcheck *old = plan->run.healthcheck;
	AUTO_FREE char *joined = NULL;

	if (!old || !old->test.count || !strcmp(old->test.items[0], "NONE"))
		return;
	joined = strv_join(&old->test, " ");
	step->output = mem_printf("Note: overriding previous HEALTHCHECK: "
				  "[%s]\n", joined);
}

static void healthcheck_text(const struct healthcheck *check,
			     struct buf *text)
{
	const int64_t times[] = { check->interval, check->timeout,
				  check->start_period };

	buf_adds(text, "HEALTHCHECK &{");
	gofmt_quote_list(text, &check->test);
	for (size_t i = 0; i < 3; i++) {
		buf_adds(text, " \"");
		gofmt_duration(text, times[i]);
		buf_addc(text, '"');
	}
	buf_addc(text, ' ');
	gofmt_quote_rune(text, check->retries);
	buf_addc(text, '}');
}

static int do_healthcheck(struct plan *plan, struct step *step,
			  struct err *err)
{
	const struct instr *instr = step->instr;
	struct healthcheck *check = mem_alloc(sizeof(*check));
	AUTO(buf_release) struct buf text = BUF_INIT;

	(void)err;
	if (!strcasecmp(word_at(instr, 0), "NONE")) {
		strv_add(&check->test, "NONE");
	} else {
		strv_add(&check->test, instr->json ? "CMD" : "CMD-SHELL");
		words_from(instr, 1, &check->test);
		check->interval = instr->interval;
		check->timeout = instr->timeout;
		check->start_period = instr->start_period;
		check->retries = instr->retries;
	}
	note_override(plan, step);
	healthcheck_free(plan->run.healthcheck);
	plan->run.healthcheck = check;
	healthcheck_text(check, &text);
	key_text(plan, step, text.data);
	return 0;
}

static int do_shell(struct plan *plan, struct step *step, struct err *err)
{
	AUTO(strv_release) struct strv shell = { 0 };
	AUTO_FREE char *joined = NULL;
	AUTO_FREE char *text = NULL;

	(void)err;
	words_from(step->instr, 0, &shell);
	strv_copy(&plan->run.shell, &shell);
	joined = strv_join(&shell, " ");
	text = mem_printf("SHELL [%s]", joined);
	key_text(plan, step, text);
	return 0;
}

static int do_onbuild(struct plan *plan, struct step *step, struct err *err)
{
	const char *trigger = step->instr->onbuild ? step->instr->onbuild : "";
	AUTO_FREE char *text = mem_printf("ONBUILD %s", trigger);

	(void)err;
	strv_add(&plan->run.on_build, trigger);
	key_text(plan, step, text);
	return 0;
}

static int do_maintainer(struct plan *plan, struct step *step,
			 struct err *err)
{
	const char *name = word_at(step->instr, 0);
	AUTO_FREE char *text = mem_printf("MAINTAINER %s", name);

	(void)err;
	free(plan->author);
	plan->author = mem_strdup(name);
	key_text(plan, step, text);
	return 0;
}

static int do_run(struct plan *plan, struct step *step, struct err *err)
{
	const struct instr *instr = step->instr;
	struct strv cmd = { 0 };

	if (instr_flag_value(instr, "mount") && !plan->against)
		return err_set(err, ERR_INPUT, NEEDS_BUILDKIT, "mount");
	command_line(plan, instr, &step->run_argv);
	args_prefix(&plan->args, &plan->run.env, &cmd);
	for (size_t i = 0; i < step->run_argv.count; i++)
		strv_add(&cmd, step->run_argv.items[i]);
	strv_copy(&step->run_env, &plan->run.env);
	args_visible(&plan->args, &plan->run.env, &step->run_env);
	set_probe(plan, step, &cmd);
	if (step->probe.cmd.count)
		strv_release(&step->probe.entrypoint);
	step->probe.args_escaped = false;
	if (!step->run_argv.count && !plan->run.entrypoint.count)
		return err_set(err, ERR_INPUT, "No command specified");
	return 0;
}

/* All but the key, which hangs on files. */
static int words_of_copy(struct plan *plan, struct step *step,
			 struct err *err)
{
	const char *chown = instr_flag_value(step->instr, "chown");
	const char *chmod = instr_flag_value(step->instr, "chmod");
	struct strv cmd = { 0 };

	if (chown && *chown) {
		step->chown = dispatch_word(plan, chown, err);
		if (!step->chown)
			return -1;
	}
	if (step->chown && !*step->chown) {
		free(step->chown);
		step->chown = NULL;
	}
	for (size_t i = 0; i < step->instr->word_count; i++) {
		char *word = dispatch_word(plan, word_at(step->instr, i), err);

		if (!word)
			return -1;
		strv_take(&step->words, word);
	}
	if (chmod && *chmod && !plan->against)
		return err_set(err, ERR_INPUT, NEEDS_BUILDKIT, "chmod");
	if (chmod && *chmod)
		step->chmod = dispatch_word(plan, chmod, err);
	if (chmod && *chmod && !step->chmod)
		return -1;
	if (step->words.count)
		step->dest = step->words.items[--step->words.count];
	dispatch_shell(&plan->run, &cmd);
	set_probe(plan, step, &cmd);
	free(step->created_by);
	step->created_by = NULL;
	step->key_open = true;
	return 0;
}

static int do_copy(struct plan *plan, struct step *step, struct err *err)
{
	return words_of_copy(plan, step, err) < 0 ? -1 :
	       copying_prepare(plan, step, err);
}

static int do_unknown(struct plan *plan, struct step *step, struct err *err)
{
	(void)plan;
	return err_set(err, ERR_INPUT, "unknown instruction: %s",
		       step->instr->keyword ? step->instr->keyword : "");
}

typedef int handler(struct plan *plan, struct step *step, struct err *err);

static handler *const handlers[] = {
	[INSTR_ADD] = do_copy,
	[INSTR_ARG] = do_arg,
	[INSTR_CMD] = do_cmd,
	[INSTR_COPY] = do_copy,
	[INSTR_ENTRYPOINT] = do_entrypoint,
	[INSTR_ENV] = do_env,
	[INSTR_EXPOSE] = do_expose,
	[INSTR_FROM] = do_unknown,
	[INSTR_HEALTHCHECK] = do_healthcheck,
	[INSTR_LABEL] = do_label,
	[INSTR_MAINTAINER] = do_maintainer,
	[INSTR_ONBUILD] = do_onbuild,
	[INSTR_RUN] = do_run,
	[INSTR_SHELL] = do_shell,
	[INSTR_STOPSIGNAL] = do_stopsignal,
	[INSTR_USER] = do_user,
	[INSTR_VOLUME] = do_volume,
	[INSTR_WORKDIR] = do_workdir,
	[INSTR_UNKNOWN] = do_unknown,
};

int dispatch_step(struct plan *plan, struct step *step, struct err *err)
{
	if (handlers[step->instr->kind](plan, step, err) < 0)
		return -1;
	step->author = mem_strdup(plan->author);
	return 0;
}

int dispatch_ahead(struct plan *ahead, struct step *step, struct err *err)
{
	AUTO(pairs_release) struct pairs pairs = { 0 };

	switch ((int)step->instr->kind) {
	case INSTR_ADD:
	case INSTR_COPY:
		return words_of_copy(ahead, step, err);
	case INSTR_ARG:
		return key_arg(ahead, step, &pairs, err);
	}
	return handlers[step->instr->kind](ahead, step, err);
}
