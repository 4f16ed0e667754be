/* Knows what a stage starts from: FROM, global ARG, the base's triggers. */
#include "plan/walk.h"

#include <string.h>
#include <strings.h>

#include "dockerfile/expand.h"
#include "plan/against.h"
#include "spec/reference.h"

#define DEFAULT_PATH                                                           \
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

const struct made_image *plan_made(const struct plan *plan,
				   const struct digest *id)
{
	for (size_t i = 0; i < plan->made_count; i++)
		if (digest_equal(&plan->made[i]->id, id))
			return plan->made[i];
	return NULL;
}

struct made_image *plan_add_unread(struct plan *plan, const struct digest *id,
				   const struct buf *json, struct err *err)
{
	struct made_image *made = mem_alloc(sizeof(*made));

	if (image_config_parse(json->data ? json->data : "", json->len,
			       &made->config, err) < 0) {
		free(made);
		return NULL;
	}
	made->id = *id;
	made->unread = true;
	MEM_PUSH(plan->made, plan->made_count) = made;
	return made;
}

const struct image_config *plan_config(struct plan *plan,
				       const struct digest *id,
				       struct err *err)
{
	const struct made_image *made = plan_made(plan, id);
	struct image *image;
	int rc;

	if (made)
		return &made->config;
	rc = store_image(plan->input.store, id, &image, err);
	if (rc > 0)
		return store_config(plan->input.store, image, err);
	if (rc == 0)
		err_set(err, ERR_NOT_FOUND, "unable to find image %s",
			id->text);
	return NULL;
}

bool base_unread(const struct plan *plan, const struct digest *id)
{
	const struct made_image *made = plan_made(plan, id);
	struct err ignored = ERR_INIT;
	const struct layer *layer;
	struct digest chain;

	if (!made || !made->unread ||
	    (plan->input.shared && plan->input.shared->bring))
		return false;
	image_config_chain(&made->config, &chain);
	return digest_is_set(&chain) &&
	       store_layer(plan->input.store, &chain, &layer, &ignored) <= 0;
}

int plan_bring_shared(struct plan *plan, const struct digest *image,
		      struct err *err)
{
	const struct shared_cache *cache = plan->input.shared;
	struct digest parent;

	if (!cache || !cache->bring || !digest_is_set(image) ||
	    !plan_is_shared(plan, image, &parent))
		return 0;
	return cache->bring(cache->arg, plan, image, err);
}

int plan_tree(struct plan *plan, const struct digest *image,
	      struct tree **out, struct err *err)
{
	struct opened_tree opened = { .chain = { "" } };

	if (digest_is_set(image)) {
		const struct image_config *config =
			plan_config(plan, image, err);

		if (!config)
			return -1;
		image_config_chain(config, &opened.chain);
	}
	for (size_t i = 0; i < plan->tree_count; i++)
		if (digest_equal(&plan->trees[i].chain, &opened.chain)) {
			*out = plan->trees[i].tree;
			return 0;
		}
	if (plan_bring_shared(plan, image, err) < 0)
		return -1;
	if (store_tree(plan->input.store, &opened.chain, &opened.tree,
		       err) < 0)
		return -1;
	MEM_PUSH(plan->trees, plan->tree_count) = opened;
	*out = opened.tree;
	return 0;
}

int stage_named(const struct plan *plan, const char *name)
{
	for (int i = 0; i < plan->stage; i++)
		if (plan->stages[i].name &&
		    !strcasecmp(plan->stages[i].name, name))
			return i;
	return -1;
}

/* ---- global ARG ---- */

static char *meta_word(struct plan *plan, const char *word, struct err *err)
{
	struct args_scope scope = { &plan->args, NULL };

	return expand_word(word, plan->input.file->escape, args_lookup,
			   &scope, err);
}

static int meta_arg(struct plan *plan, struct step *step, struct err *err)
{
	const struct instr *instr = step->instr;
	AUTO(strv_release) struct strv names = { 0 };
	AUTO(strv_release) struct strv values = { 0 };

	for (size_t i = 0; i < instr->pair_count; i++) {
		const char *raw = instr->pairs[i].value;
		char *word = meta_word(plan, instr->pairs[i].name, err);

		if (!word)
			return -1;
		strv_take(&names, word);
		word = meta_word(plan, raw ? raw : "", err);
		if (!word)
			return -1;
		strv_take(&values, word);
	}
	for (size_t i = 0; i < instr->pair_count; i++)
		args_declare_meta(&plan->args, names.items[i],
				  instr->pairs[i].value ? values.items[i] :
							  NULL);
	return 0;
}

/* ---- FROM ---- */

static void begin_stage(struct plan *plan, int stage)
{
	plan->stage = stage;
	plan->busted = plan->late = plan->cmd_set = plan->missed = false;
	plan->ghost = 0;
	plan->culprit = 0;
	plan->image = plan->base = (struct digest){ "" };
	plan->image_known = plan->base_known = false;
	plan->fresh = true;
	plan->arch = *names_host_platform();
	run_config_release(&plan->run);
	run_config_init(&plan->run);
	free(plan->author);
	plan->author = mem_strdup("");
	args_begin_stage(&plan->args);
	strv_release(&plan->triggers);
	plan->trigger_next = 0;
	probe_begin_stage(plan);
}

static void base_config(struct plan *plan, const struct run_config *config)
{
	if (config)
		run_config_copy(&plan->run, config);
	if (!args_env_value(&plan->run.env, "PATH", 4))
		strv_add(&plan->run.env, DEFAULT_PATH);
	plan->run.open_stdin = plan->run.stdin_once = false;
}

void base_run_of(struct plan *plan, int stage)
{
	base_config(plan, &plan->stages[stage].run);
}

static void take_triggers(struct plan *plan, struct step *step)
{
	if (!plan->run.on_build.count)
		return;
	strv_copy(&plan->triggers, &plan->run.on_build);
	strv_release(&plan->run.on_build);
	plan->trigger_n = step->n;
	plan->trigger_line = step->line;
	step->triggers = (int)plan->triggers.count;
}

static void copy_text(char *to, size_t size, const char *from)
{
	size_t len = from ? strlen(from) : 0;

	if (len >= size)
		len = size - 1;
	memcpy(to, from ? from : "", len);
	to[len] = '\0';
}

static int known_base(struct plan *plan, struct step *step,
		      const struct digest *id, struct err *err)
{
	const struct image_config *config = NULL;

	if (digest_is_set(id)) {
		config = plan_config(plan, id, err);
		if (!config)
			return -1;
		copy_text(plan->arch.os, sizeof(plan->arch.os), config->os);
		copy_text(plan->arch.architecture,
			  sizeof(plan->arch.architecture),
			  config->architecture);
		copy_text(plan->arch.variant, sizeof(plan->arch.variant),
			  config->variant);
	}
	base_config(plan, config && config->has_config ? &config->config :
							 NULL);
	plan->base = *id;
	plan->base_known = true;
	plan_advance(plan, id);
	step->image = *id;
	if (step->why == WHY_BASE_PULLED) {
		step->verdict = VERDICT_MISS;
		return 0;
	}
	step->verdict = VERDICT_HIT;
	step->why = WHY_BASE;
	return 0;
}

/*
 * FROM a stage that has to run: its configuration is known, its ID is not.
 * FROM itself never runs anything, so it is late; what follows is not, if the
 * stage is certain to be a new image.
 */
static void open_base(struct plan *plan, struct step *step,
		      const struct stage_end *end)
{
	base_config(plan, &end->run);
	plan->ghost = end->ghost;
	plan->busted = !end->late;
	plan->late = end->late;
	plan->culprit = end->culprit;
	step->culprit = end->culprit;
	step->verdict = VERDICT_LATE;
	step->why = WHY_STAGE;
	step->note = mem_printf(
		"the stage it builds on hangs on step %d", end->culprit);
}

static bool is_image_id(const char *name)
{
	struct digest id;

	return digest_parse(name, &id) || digest_parse_hex(name, &id);
}

int plan_find_image(struct plan *plan, const char *name, struct digest *out,
		    struct err *err)
{
	AUTO(reference_release) struct reference ref = { 0 };
	struct image *image;
	int rc;

	if (!is_image_id(name) && reference_parse(name, &ref, err) < 0)
		return -1;
	rc = store_find(plan->input.store, name, &image, err);
	if (rc < 0)
		return -1;
	if (!rc)
		return err_set(err, ERR_NOT_FOUND,
			       "image '%s' is not in the store (varve pull, "
			       "load or import it first)", name);
	*out = image->id;
	return 0;
}

/* *word: as FROM says it, owned, or NULL. */
static int check_platform(struct plan *plan, const struct instr *from,
			  char **word, struct err *err)
{
	const char *flag = instr_flag_value(from, "platform");
	struct platform platform;

	if (!flag || !*flag)
		return 0;
	*word = meta_word(plan, flag, err);
	return *word ? names_platform(*word, &platform, err) : -1;
}

static void set_pull(struct step *step, const char *name, const char *platform)
{
	step->pull = mem_strdup(name);
	step->pull_platform = *platform ? mem_strdup(platform) : NULL;
}

/* What the registry says of an image that a build would pull. */
static int resolve_base(struct plan *plan, struct step *step,
			const char *name, const char *platform,
			struct digest *id, struct err *err)
{
	const struct plan_input *input = &plan->input;
	AUTO(buf_release) struct buf json = BUF_INIT;
	struct digest manifest;

	if (input->resolve(input->resolve_arg, name, platform, id, &manifest,
			   &json, err) < 0)
		return -1;
	if (!plan_add_unread(plan, id, &json, err))
		return err_wrap(err, "image '%s'", name);
	set_pull(step, name, platform);
	if (step->instr->kind != INSTR_FROM)
		return 0;
	step->why = WHY_BASE_PULLED;
	step->note = mem_printf("%s@%s", name, manifest.text);
	return 0;
}

static int bring(struct plan *plan, struct step *step, const char *name,
		 const char *platform, struct digest *id, struct err *err)
{
	const struct plan_input *input = &plan->input;
	struct err missing = ERR_INIT;

	if (!platform)
		platform = input->platform ? input->platform : "";
	if (is_image_id(name))
		return plan_find_image(plan, name, id, err);
	if (!input->bring || !input->ask_again) {
		if (plan_find_image(plan, name, id, &missing) == 0)
			return 0;
		if (missing.kind != ERR_NOT_FOUND) {
			*err = missing;
			return -1;
		}
	}
	if (!input->bring && input->resolve)
		return resolve_base(plan, step, name, platform, id, err);
	if (!input->bring) {
		set_pull(step, name, platform);
		step->note = mem_printf("a build would pull '%s'", name);
		return err_set(err, ERR_NOT_FOUND, "%s", step->note);
	}
	return input->bring(input->bring_arg, step, name, platform, err) < 0 ?
	       -1 : plan_find_image(plan, name, id, err);
}

int plan_bring_image(struct plan *plan, struct step *step, const char *name,
		     const char *platform, struct digest *id, struct err *err)
{
	if (bring(plan, step, name, platform, id, err) == 0)
		return 0;
	if (err->kind == ERR_NOT_FOUND)
		step->why = WHY_BASE_MISSING;
	return -1;
}

static int check_stage_name(struct plan *plan, struct step *step,
			    struct err *err)
{
	const char *name = plan->stages[step->stage].name;

	for (int i = 0; name && i < step->stage; i++)
		if (plan->stages[i].name &&
		    !strcasecmp(plan->stages[i].name, name)) {
			step->before_line = true;
			return err_set(err, ERR_INPUT,
				       "%s stage name already used", name);
		}
	return 0;
}

static bool is_empty_build(const struct plan *plan)
{
	return (size_t)plan->stage + 1 == plan->stage_count &&
	       plan->job_next == plan->job_count;
}

/* stage: that which FROM names, or -1. */
static int found_base(struct plan *plan, struct step *step,
		      const struct digest *id, int stage, struct err *err)
{
	if (known_base(plan, step, id, err) < 0)
		return -1;
	return plan->against ? against_base(plan, step, stage, err) : 0;
}

static int from_scratch(struct plan *plan, struct step *step, int stage,
			struct err *err)
{
	static const struct digest none = { "" };

	if (is_empty_build(plan)) {
		step->output = mem_strdup(" ---> \n");
		return err_set(err, ERR_INPUT, "No image was generated. Is "
			       "your Dockerfile empty?");
	}
	return found_base(plan, step, &none, stage, err);
}

static int from(struct plan *plan, struct step *step, struct err *err)
{
	const char *word = step->instr->word_count ?
			   step->instr->words[0].text : "";
	AUTO_FREE char *platform = NULL;
	AUTO_FREE char *name = NULL;
	struct digest id;
	int stage;

	if (check_platform(plan, step->instr, &platform, err) < 0)
		return -1;
	name = meta_word(plan, word, err);
	if (!name)
		return -1;
	if (!*name)
		return err_set(err, ERR_INPUT,
			       "base name (%s) should not be blank", word);
	stage = stage_named(plan, name);
	if (stage >= 0 && !plan->stages[stage].known) {
		open_base(plan, step, &plan->stages[stage]);
		return 0;
	}
	if (stage >= 0 && digest_is_set(&plan->stages[stage].image))
		return found_base(plan, step, &plan->stages[stage].image,
				  stage, err);
	if (stage >= 0 || !strcmp(name, "scratch"))
		return from_scratch(plan, step, stage, err);
	if (plan_bring_image(plan, step, name, platform, &id, err) < 0)
		return -1;
	return found_base(plan, step, &id, -1, err);
}

int base_begin(struct plan *plan, struct step *step, struct err *err)
{
	if (step->stage < 0)
		return meta_arg(plan, step, err);
	begin_stage(plan, step->stage);
	step->parent = (struct digest){ "" };
	step->parent_known = false;
	if (check_stage_name(plan, step, err) < 0 || from(plan, step, err) < 0)
		return -1;
	take_triggers(plan, step);
	step->author = mem_strdup(plan->author);
	run_config_copy(&step->after, &plan->run);
	return 0;
}
