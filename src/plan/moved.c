/* Knows which image that was built on a parent is another step of the file. */
#include "plan/moved.h"

#include <string.h>

/* Images asked for what was built on them. */
#define BEFORE_MAX 64

static const struct stage *stage_of(const struct plan *plan,
				    const struct step *step)
{
	if (step->stage < 0 || step->trigger || step->label_flag)
		return NULL;
	return &plan->input.file->stages[step->stage];
}

/* Where the step stands among its stage's lines; count: nowhere. */
static size_t place_of(const struct stage *stage, const struct step *step)
{
	size_t i = 0;

	while (i < stage->count && stage->instrs[i] != step->instr)
		i++;
	return i;
}

/* By the files as they are now; a build, which reads them later, asks for
 * what is known alone. */
static bool same_key(struct plan *plan, struct step *next,
		     const struct strv *cmd)
{
	struct tree *tree = plan->input.context;
	struct err ignored = ERR_INIT;

	if (!next->sources.key &&
	    ((plan->input.building &&
	      source_known(tree, &next->sources, &ignored) <= 0) ||
	     source_make_key(tree, &next->sources, &ignored) < 0))
		return false;
	copying_set_key(next, next->sources.key);
	return strv_equal(cmd, &next->probe.cmd);
}

/*
 * Whether a COPY or ADD that follows made the child, which goes to the same
 * place: it names the files that the child was made of, and the step does not.
 * Where these were not kept, only a step that goes there, too, is a doubt.
 */
static bool same_copy(struct plan *plan, const struct step *step,
		      struct step *next, const struct child *child)
{
	const struct image_config *config = child_config(plan, child);
	const struct strv *cmd = config ? &config->container_config.cmd : NULL;
	const char *from = instr_flag_value(next->instr, "from");
	struct err ignored = ERR_INIT;
	bool own;
	int named;

	if (!cmd || (from && *from) || !plan->input.context || !next->dest ||
	    !copying_same_shape(next, cmd))
		return false;
	if (!next->sources.count &&
	    source_find(plan->input.context, instr_name(next->instr->kind),
			&next->words, &next->sources, &ignored) < 0)
		return false;
	own = step->dest && copying_same_shape(step, cmd);
	if (own && child_names(plan, child, &step->sources) > 0)
		return false;
	named = child_names(plan, child, &next->sources);
	if (named >= 0)
		return named;
	return !own || same_key(plan, next, cmd);
}

static void mark_next(struct plan *plan, const struct step *step,
		      struct step *next, struct children *children)
{
	AUTO(command_release) struct command command = { .verb = "" };
	bool copies = instr_copies(next->instr->kind);

	command_of_step(next, &command);
	for (size_t i = 0; i < children->count; i++) {
		struct child *child = &children->items[i];

		if (child->now || strcmp(child->command.verb, command.verb))
			continue;
		if (copies ? same_copy(plan, step, next, child) :
			     strv_equal(&child->command.words, &command.words))
			child->now = next->n;
	}
}

/* The lines that follow, one after the other, as they would be read. */
static void mark_following(struct plan *plan, const struct step *step,
			   const struct stage *stage, struct children *children)
{
	size_t first = place_of(stage, step);
	struct plan ahead = *plan;
	struct err failed = ERR_INIT;
	int rc = 0;

	ahead.run = (struct run_config){ 0 };
	run_config_copy(&ahead.run, &plan->run);
	ahead.author = mem_strdup(plan->author);
	for (size_t i = first + 1; rc == 0 && i < stage->count; i++) {
		AUTO(step_free) struct step *next = mem_alloc(sizeof(*next));

		next->instr = stage->instrs[i];
		next->n = step->n + (int)(i - first);
		rc = dispatch_ahead(&ahead, next, &failed);
		if (rc == 0)
			mark_next(plan, step, next, children);
	}
	run_config_release(&ahead.run);
	free(ahead.author);
}

/* Whether the very step was built on the child. */
static bool was_before(struct plan *plan, const struct step *step,
		       const struct child *child)
{
	struct err ignored = ERR_INIT;
	struct image *const *list;
	size_t count;

	if (probe_candidates(plan, &child->image->id, &list, &count, &ignored) <
	    0)
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct image_config *config =
			store_config(plan->input.store, list[i], &ignored);

		if (config &&
		    strv_equal(&config->container_config.cmd, &step->probe.cmd))
			return true;
	}
	return false;
}

void moved_mark(struct plan *plan, const struct step *step,
		struct children *children)
{
	const struct stage *stage = stage_of(plan, step);

	if (!stage || place_of(stage, step) == stage->count)
		return;
	if (children->count)
		mark_following(plan, step, stage, children);
	for (size_t i = 0;
	     !step->key_open && i < children->count && i < BEFORE_MAX; i++)
		children->items[i].before =
			was_before(plan, step, &children->items[i]);
}

/* Whether it has more in common with the step than the instruction. */
static bool is_like(const struct child *child, const struct command *now)
{
	if (child->same_verb && now->dest)
		return child->command.dest &&
		       !strcmp(child->command.dest, now->dest);
	return child->same_verb &&
	       child->distance + 2 <
		       child->command.words.count + now->words.count;
}

const struct child *moved_nearest(const struct children *children,
				  const struct command *now)
{
	for (size_t i = 0; i < children->count; i++) {
		const struct child *child = &children->items[i];

		if (child->now || child->before)
			return child;
		if (is_like(child, now))
			return NULL;
	}
	return NULL;
}

const char *moved_text(const struct plan *plan, const struct step *step, int n)
{
	const struct stage *stage = stage_of(plan, step);

	return stage->instrs[place_of(stage, step) + (size_t)(n - step->n)]
		->text;
}
