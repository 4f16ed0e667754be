/* Knows the images that the steps of this very plan would make: a later stage
 * that repeats a step hits what the earlier stage has just built. */
#include "plan/walk.h"

#include <string.h>

static bool same_parent(const struct step *made, const struct step *step)
{
	if (made->ghost_parent || step->ghost_parent)
		return made->ghost_parent == step->ghost_parent;
	return made->parent_known && step->parent_known &&
	       digest_equal(&made->parent, &step->parent);
}

/* The configuration that the parent of a step has; NULL: scratch. */
static const struct run_config *parent_config(struct plan *plan,
					      const struct step *step)
{
	struct err ignored = ERR_INIT;
	const struct image_config *config;

	if (step->ghost_parent)
		return &plan->steps[step->ghost_parent - 1]->after;
	if (!digest_is_set(&step->parent))
		return NULL;
	config = plan_config(plan, &step->parent, &ignored);
	return config && config->has_config ? &config->config : NULL;
}

/* What would be stored of the step (classic-builder.md 1.4). */
static void stored_config(struct plan *plan, const struct step *made,
			  struct run_config *out)
{
	const struct run_config *parent;

	run_config_copy(out, &made->probe);
	if (instr_copies(made->instr->kind) || made->instr->kind == INSTR_RUN)
		return;
	parent = parent_config(plan, made);
	if (parent)
		edit_merge(out, parent);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Keys that nobody has computed are equal if all that goes in is. */
static bool same_sources(const struct step *a, const struct step *b)
{
	return instr_copies(a->instr->kind) &&
	       a->instr->kind == b->instr->kind &&
	       a->source_tree && a->source_tree == b->source_tree &&
	       strv_equal(&a->words, &b->words) &&
	       same_text(a->dest, b->dest) && same_text(a->chown, b->chown);
}

static bool makes_it(struct plan *plan, const struct step *made,
		     const struct step *step)
{
	AUTO(run_config_release) struct run_config stored;
	bool open = !made->created_by || !step->created_by;
	enum run_config_field field;

	run_config_init(&stored);
	if (made->verdict != VERDICT_MISS || made->settled ||
	    made->instr->kind == INSTR_FROM || !same_parent(made, step) ||
	    (open && !same_sources(made, step)))
		return false;
	stored_config(plan, made, &stored);
	field = run_config_differs(&stored, &step->probe);
	return field == CONFIG_SAME || (open && field == CONFIG_CMD);
}

int ghost_find(struct plan *plan, const struct step *step)
{
	/* The newest wins, as in the store. */
	for (size_t i = plan->step_count; i-- > 0;)
		if (plan->steps[i] != step &&
		    makes_it(plan, plan->steps[i], step))
			return (int)i + 1;
	return 0;
}
