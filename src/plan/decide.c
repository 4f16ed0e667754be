/* Knows the verdict of a step whose key is known, or why it has none yet. */
#include "plan/walk.h"

#include <string.h>

#include "plan/against.h"

static void set_verdict(struct step *step, enum verdict verdict, enum why why)
{
	step->verdict = verdict;
	step->why = why;
	free(step->note);
	step->note = NULL;
}

static int miss(struct plan *plan, struct step *step, enum why why,
		struct err *err)
{
	set_verdict(step, VERDICT_MISS, why);
	if (instr_copies(step->instr->kind))
		return copying_check_target(plan, step, err);
	return 0;
}

static const struct step *culprit_of(const struct plan *plan)
{
	for (size_t i = 0; i < plan->step_count; i++)
		if (plan->steps[i]->n == plan->culprit &&
		    (plan->steps[i]->verdict == VERDICT_MISS ||
		     plan->steps[i]->verdict == VERDICT_LATE))
			return plan->steps[i];
	return NULL;
}

static void name_culprit(const struct plan *plan, struct step *step,
			 const char *what)
{
	const struct step *culprit = culprit_of(plan);

	step->culprit = plan->culprit;
	step->note = culprit ? mem_printf("step %d %s: %s", plan->culprit,
					  what, culprit->text) :
			       mem_printf("step %d %s", plan->culprit, what);
}

static void wait_for(struct plan *plan, struct step *step)
{
	bool stage = step->culprit > 0; /* copying.c named the stage's step */

	if (plan->late) {
		const struct step *culprit = culprit_of(plan);
		bool open = culprit && culprit->verdict == VERDICT_LATE;

		set_verdict(step, VERDICT_LATE,
			    open ? culprit->why : WHY_STAGE);
		name_culprit(plan, step, open ? "is not decided yet" :
						"has to run first");
	} else if (stage) {
		set_verdict(step, VERDICT_LATE, WHY_STAGE);
		step->note = mem_printf(
			"the sources come from a stage in which step %d has "
			"to run first", step->culprit);
	} else {
		set_verdict(step, VERDICT_LATE, WHY_DOWNLOAD);
		step->note = mem_strdup("the sources have to be fetched first");
	}
}

static int hit(struct plan *plan, struct step *step, struct found *found)
{
	set_verdict(step, VERDICT_HIT, WHY_CACHED);
	step->image = found->image;
	step->restored = STEAL(found->restored);
	step->link_parent = found->link_parent;
	step->shared = found->shared;
	reason_hit(plan, step, found->matches);
	return step->warning && plan->input.strict;
}

/* A hit that --strict does not believe. */
static void distrust(struct step *step)
{
	set_verdict(step, VERDICT_MISS, WHY_SOURCES);
	step->note = mem_strdup(step->warning);
	step->image = (struct digest){ "" };
	free(step->restored);
	step->restored = NULL;
	step->link_parent = step->shared = false;
}

static int look_up(struct plan *plan, struct step *step, struct err *err)
{
	struct found found = { 0 };
	int rc;

	rc = step->key_open ? 0 : probe_find(plan, step, &found, err);
	if (rc < 0)
		return -1;
	if (rc > 0 && !hit(plan, step, &found)) {
		plan_advance(plan, &step->image);
		plan->fresh = false;
		return 0;
	}
	if (rc > 0)
		distrust(step);
	plan->busted = plan->missed = true;
	plan->culprit = step->n;
	if (rc > 0)
		return 0;
	if (miss(plan, step, WHY_FIRST, err) < 0)
		return -1;
	return reason_miss(plan, step, err);
}

/* A hit on an image that an earlier step of this build makes first. */
static int hit_ghost(struct plan *plan, struct step *step, int ghost)
{
	const struct step *made = plan->steps[ghost - 1];

	set_verdict(step, VERDICT_HIT, WHY_CACHED);
	step->note = mem_printf("step %d of this build makes the image first",
				made->n);
	plan->image_known = false;
	plan->image = (struct digest){ "" };
	plan->ghost = ghost;
	plan->busted = false;
	plan->culprit = made->n;
	plan->fresh = false;
	run_config_set(&plan->run.image, "");
	return 0;
}

/* --no-cache-from: the step itself, or the first of the stage of that FROM. */
static bool begins_anew(const struct plan *plan, const struct step *step)
{
	int line = plan->input.no_cache_from;

	if (!line || plan->busted || plan->stage < 0)
		return false;
	return step->line == line ||
	       plan->input.file->stages[plan->stage].from->at.line == line;
}

static int decide_it(struct plan *plan, struct step *step, struct err *err)
{
	bool open = step->key_open && !step->source_tree;
	bool stage_runs = plan->missed || plan->late || plan->input.no_cache ||
			  plan->source_count || plan->against;
	int ghost = stage_runs ? 0 : ghost_find(plan, step);

	if (ghost && !begins_anew(plan, step))
		return hit_ghost(plan, step, ghost);
	if (plan->ghost && !plan->image_known) {
		/* Nothing can have been built on an image that is not there. */
		plan->busted = plan->missed = true;
	}
	if (begins_anew(plan, step)) {
		plan->busted = plan->missed = true;
		plan->culprit = step->n;
		if (miss(plan, step, WHY_NO_CACHE, err) < 0)
			return -1;
		step->note = mem_printf("from line %d on",
					plan->input.no_cache_from);
		reason_estimate(plan, step);
		return 0;
	}
	if (plan->input.no_cache) {
		if (miss(plan, step, WHY_NO_CACHE, err) < 0)
			return -1;
		reason_estimate(plan, step);
		return 0;
	}
	if (plan->busted) {
		if (miss(plan, step, WHY_EARLIER, err) < 0)
			return -1;
		name_culprit(plan, step, "missed");
		reason_estimate(plan, step);
		return 0;
	}
	if (plan->late || open || !plan->image_known) {
		wait_for(plan, step);
		return 0;
	}
	return plan->against ? against_look(plan, step, err) :
			       look_up(plan, step, err);
}

int decide(struct plan *plan, struct step *step, struct err *err)
{
	int rc;

	if (plan->against)
		against_begin(plan, step);
	rc = decide_it(plan, step, err);
	if (plan->against)
		against_end(plan, step);
	return rc;
}
