/* Knows whose rule an image was made by, and what a verdict against it is. */
#include "plan/against.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "plan/evidence.h"

static const struct {
	const char *name;
	const char *from, *run, *copy, *config; /* what the builder compares */
	int (*look)(struct plan *plan, struct step *step, struct err *err);
} builders[] = {
	[AGAINST_CLASSIC] = {
		"docker",
		"docker's classic builder, as with --cache-from: the history "
		"and the layers of the base",
		"docker's classic builder, as with --cache-from: the key "
		"text, after the same history",
		"docker's classic builder, as with --cache-from: the key "
		"text with the sum of the sources, after the same history",
		"docker's classic builder, as with --cache-from: the key "
		"text, after the same history",
		against_classic },
	[AGAINST_BUILDKIT] = {
		"buildkit",
		"BuildKit: the layers of the base",
		"BuildKit: command, build arguments, environment, user and "
		"directory, on the same files",
		"BuildKit: destination and flags; content, mode, owner and "
		"attributes of the sources, not their times",
		"BuildKit: only configuration, nothing runs for it",
		against_buildkit },
	[AGAINST_BUILDAH] = {
		"buildah",
		"buildah: the history and the layers of the base",
		"buildah: the text of the instruction with its build "
		"arguments, after the same history",
		"buildah: destination; a sum of content, mode, owner and "
		"owner's name of the sources, not their times; after the same "
		"history",
		"buildah: the text of the instruction, after the same history",
		against_buildah },
	[AGAINST_KANIKO] = {
		"kaniko",
		"kaniko: the digest of the base",
		"kaniko: the base and the text of every instruction so far, "
		"with build arguments and variables",
		"kaniko: the base, the text of every instruction so far, and "
		"content, mode and owner of the sources",
		"kaniko: the text of the instruction is part of every later "
		"key",
		against_kaniko },
};

const char *against_builder_name(enum against_builder builder)
{
	return builders[builder].name;
}

const char *confidence_name(enum confidence confidence)
{
	static const char *const names[] = {
		[CONFIDENCE_NONE] = "", [CONFIDENCE_HIGH] = "high",
		[CONFIDENCE_MEDIUM] = "medium", [CONFIDENCE_LOW] = "low",
	};

	return names[confidence];
}

/* ---- opening ---- */

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* Who made the image, by its youngest entry that tells. */
static enum against_builder builder_of(const struct image_config *config)
{
	for (size_t i = config->history_count; i-- > 0;) {
		const struct history *entry = &config->history[i];

		if (starts(entry->comment, "buildkit."))
			return AGAINST_BUILDKIT;
		if (!strcmp(entry->author, "kaniko"))
			return AGAINST_KANIKO;
		if (map_get(&config->config.labels, "io.buildah.version") &&
		    starts(entry->created_by, "/bin/sh -c #(nop) "))
			return AGAINST_BUILDAH;
	}
	return map_get(&config->config.labels, "io.buildah.version") ?
	       AGAINST_BUILDAH : AGAINST_CLASSIC;
}

/* docker build --squash and docker-squash say so. */
static bool is_squashed(const struct image_config *config)
{
	for (size_t i = 0; i < config->history_count; i++)
		if (starts(config->history[i].comment, "merge sha256:"))
			return true;
	return false;
}

/* BuildKit wants one layer for one entry that has one. */
static int check_history(const struct image_config *config, const char *name,
			 struct err *err)
{
	size_t layers = 0;

	for (size_t i = 0; i < config->history_count; i++)
		layers += !config->history[i].empty_layer;
	if (!config->history_count)
		return err_set(err, ERR_UNSUPPORTED, "cannot plan against "
			       "'%s': it has no history", name);
	if (layers != config->diff_id_count)
		return err_set(err, ERR_UNSUPPORTED, "cannot plan against "
			       "'%s': its history speaks of %zu layers, it "
			       "has %zu", name, layers,
			       config->diff_id_count);
	return 0;
}

int against_open(struct plan *plan, struct err *err)
{
	struct against *against = mem_alloc(sizeof(*against));

	plan->against = against;
	against->states = mem_array(plan->stage_count,
				    sizeof(*against->states));
	against->stage_count = plan->stage_count;
	if (plan_find_image(plan, plan->input.against, &against->id, err) < 0)
		return -1;
	against->config = plan_config(plan, &against->id, err);
	if (!against->config ||
	    check_history(against->config, plan->input.against, err) < 0)
		return -1;
	against->builder = builder_of(against->config);
	plan->against_name = mem_strdup(plan->input.against);
	plan->builder = mem_strdup(against_builder_name(against->builder));
	against->squashed = is_squashed(against->config);
	return 0;
}

void against_free(struct against *against)
{
	if (!against)
		return;
	for (size_t i = 0; i < against->stage_count; i++)
		strv_release(&against->states[i]);
	free(against->states);
	free(against);
}

/* ---- verdicts ---- */

static void set_rule(struct plan *plan, struct step *step)
{
	enum against_builder builder = plan->against->builder;
	const char *rule = builders[builder].config;

	if (step->instr->kind == INSTR_FROM)
		rule = builders[builder].from;
	if (step->instr->kind == INSTR_RUN)
		rule = builders[builder].run;
	if (instr_copies(step->instr->kind))
		rule = builders[builder].copy;
	free(step->rule);
	step->rule = mem_strdup(rule);
}

size_t against_position(struct plan *plan)
{
	struct err ignored = ERR_INIT;
	const struct image_config *config;

	if (!digest_is_set(&plan->image))
		return 0;
	config = plan_config(plan, &plan->image, &ignored);
	return config ? config->history_count : 0;
}

/* An image that nobody made: the entries of the history up to end. */
static struct made_image *make_image(struct plan *plan,
				     const struct step *step, size_t end)
{
	const struct image_config *whole = plan->against->config;
	AUTO_FREE char *name = mem_printf("%s %zu %zu", plan->against->id.text,
					  end, plan->made_count);
	struct made_image *made = mem_alloc(sizeof(*made));
	struct image_config *config = &made->config;

	image_config_init(config);
	run_config_set(&config->architecture, whole->architecture);
	run_config_set(&config->variant, whole->variant);
	run_config_set(&config->os, whole->os);
	run_config_copy(&config->config, &step->after);
	config->has_config = true;
	for (size_t i = 0; i < end; i++) {
		const struct digest *diff = image_config_diff_of(whole, i);

		image_config_add_history(config, &whole->history[i]);
		if (diff)
			image_config_add_diff(config, diff);
	}
	digest_make(name, strlen(name), &made->id);
	made->parent = step->parent;
	MEM_PUSH(plan->made, plan->made_count) = made;
	return made;
}

static void set_verdict(struct plan *plan, struct step *step,
			enum verdict verdict, enum why why,
			enum confidence confidence)
{
	step->verdict = verdict;
	step->why = why;
	step->confidence = confidence;
	set_rule(plan, step);
}

void against_hit(struct plan *plan, struct step *step, size_t end,
		 enum confidence confidence)
{
	set_verdict(plan, step, VERDICT_HIT, WHY_CACHED, confidence);
	plan_advance(plan, &make_image(plan, step, end)->id);
	plan->fresh = false;
}

void against_miss(struct plan *plan, struct step *step, enum why why,
		  enum confidence confidence, char *note)
{
	set_verdict(plan, step, VERDICT_MISS, why, confidence);
	free(step->note);
	step->note = note;
	plan->busted = plan->missed = true;
	plan->culprit = step->n;
}

static void words_of(const char *text, struct command *out)
{
	AUTO(strv_release) struct strv cmd = { 0 };

	strv_take(&cmd, mem_printf("#(nop) %s", text));
	command_parse(&cmd, out);
}

void against_words(struct plan *plan, struct step *step, const char *old,
		   const char *now)
{
	AUTO(command_release) struct command left, right;

	words_of(old, &left);
	words_of(now, &right);
	command_diff(step, &left, &right, plan->input.show_args);
}

/* ---- files ---- */

int against_find_rule(struct plan *plan, const struct step *step,
		      struct layer_rule *rule, struct err *err)
{
	const char *text = step->chmod;
	char *end;

	if (step->chown &&
	    copying_find_owner(plan, &plan->image, step->chown, &rule->uid,
			       &rule->gid, err) < 0)
		return -1;
	if (!text)
		return 0;
	rule->mode = strtol(text, &end, 8);
	return end > text && !*end && rule->mode >= 0 && rule->mode <= 07777 ?
	       0 : err_set(err, ERR_INPUT, "--chmod '%s' is no octal number",
			   text);
}

static void unknown_files(struct plan *plan, struct step *step,
			  const char *why)
{
	step_drop_evidence(step);
	against_miss(plan, step, WHY_NOT_RECORDED, CONFIDENCE_LOW,
		     mem_strdup(why));
}

/* An ignore file that this builder reads and docker's client does not; owned,
 * or NULL. */
static char *other_ignore(const struct plan *plan, const struct step *step)
{
	bool buildah = plan->against->builder == AGAINST_BUILDAH;
	AUTO_FREE char *name = buildah ? mem_strdup(".containerignore") :
		mem_printf("%s.dockerignore", plan->dockerfile_name);
	struct stat st;
	int root;

	if (!step->source_tree || step->source_tree != plan->input.context)
		return NULL;
	root = evidence_root(step);
	if (root < 0 || fstatat(root, name, &st, 0) < 0)
		return NULL;
	return mem_printf("'%s' tells other sources, and is not read here",
			  name);
}

bool against_other_ignore(struct plan *plan, struct step *step)
{
	char *why = other_ignore(plan, step);

	if (!why)
		return false;
	against_miss(plan, step, WHY_NOT_RECORDED, CONFIDENCE_LOW, why);
	return true;
}

int against_files(struct plan *plan, struct step *step, size_t entry,
		  enum confidence confidence, struct err *err)
{
	struct layer_rule rule = { -1, -1, -1 };
	struct digest id;
	char *note;
	int same;

	if (plan->against->squashed ||
	    plan->against->config->history[entry].empty_layer) {
		unknown_files(plan, step, "the image has no layer of this "
			      "step alone");
		return 0;
	}
	if (against_other_ignore(plan, step))
		return 0;
	if (!step->source_tree) {
		unknown_files(plan, step, "the sources are not here");
		return 0;
	}
	if (against_find_rule(plan, step, &rule, err) < 0)
		return -1;
	id = make_image(plan, step, entry + 1)->id;
	step->parent = plan->image;
	same = evidence_match(plan, step, &id, &rule);
	if (same > 0) {
		against_hit(plan, step, entry + 1, same > 1 ?
			    CONFIDENCE_MEDIUM : confidence);
		return 0;
	}
	if (same < 0) {
		unknown_files(plan, step, "the layer does not show the "
			      "sources as they are");
		return 0;
	}
	note = evidence_files_note(step);
	against_miss(plan, step, WHY_SOURCES, CONFIDENCE_HIGH,
		     note ? note : mem_strdup("the layer holds others"));
	return 0;
}

/* ---- the walk ---- */

/* Whether the target stands on this stage, so that the image holds it. */
static bool in_image(const struct plan *plan, int stage)
{
	int at = (int)plan->stage_count - 1;

	while (at > stage) {
		const struct instr *from =
			plan->input.file->stages[at].from;
		const char *name = from->word_count ? from->words[0].text : "";
		int below = at;

		while (--below >= 0)
			if (plan->stages[below].name &&
			    !strcasecmp(plan->stages[below].name, name))
				break;
		at = below;
	}
	return at == stage;
}

int against_base(struct plan *plan, struct step *step, int from,
		 struct err *err)
{
	struct against *against = plan->against;
	struct strv *state = &against->states[plan->stage];
	const struct image_config *base = NULL;

	set_rule(plan, step);
	strv_release(state);
	step->confidence = CONFIDENCE_HIGH;
	against->apart = !in_image(plan, plan->stage);
	if (against->apart) {
		step->confidence = CONFIDENCE_LOW;
		return 0;
	}
	if (from >= 0) {
		strv_copy(state, &against->states[from]);
		base_run_of(plan, from);
		step->image = (struct digest){ "" };
		return 0;
	}
	if (digest_is_set(&plan->image))
		base = plan_config(plan, &plan->image, err);
	if (digest_is_set(&plan->image) && !base)
		return -1;
	against->base = base ? base->history_count : 0;
	if (probe_valid_parent(against->config, base))
		return 0;
	against_miss(plan, step, WHY_BASE_OTHER, CONFIDENCE_HIGH,
		     mem_printf("'%s' does not begin with it",
				plan->input.against));
	return 0;
}

void against_begin(struct plan *plan, const struct step *step)
{
	const char *text = step->probe.cmd.count ?
		step->probe.cmd.items[step->probe.cmd.count - 1] : "";

	switch ((int)step->instr->kind) {
	case INSTR_ENV:
	case INSTR_ARG:
	case INSTR_USER:
		strv_add(&plan->against->states[plan->stage], text);
	}
}

void against_end(struct plan *plan, struct step *step)
{
	if (!step->rule)
		set_rule(plan, step);
	if (!step->confidence)
		step->confidence = step->verdict == VERDICT_LATE ?
				   CONFIDENCE_LOW : CONFIDENCE_HIGH;
	step->parent = (struct digest){ "" };
	step->parent_known = false;
	step->ghost_parent = 0;
}

int against_look(struct plan *plan, struct step *step, struct err *err)
{
	if (plan->against->apart) {
		against_miss(plan, step, WHY_NOT_RECORDED, CONFIDENCE_LOW,
			     mem_strdup("the image holds nothing of this "
					"stage"));
		return 0;
	}
	return builders[plan->against->builder].look(plan, step, err);
}
