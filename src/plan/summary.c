/* Knows how a walked plan is counted and asked about. */
#include "plan/walk.h"

#include <string.h>
#include <strings.h>

/* The others only write a configuration: milliseconds. */
static bool takes_time(const struct step *step)
{
	static const char *const words[] = { "RUN", "COPY", "ADD", "WORKDIR" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t len = strlen(words[i]);

		if (!strncasecmp(step->text, words[i], len) &&
		    strchr(" \t", step->text[len]))
			return true;
	}
	return false;
}

static void count_verdict(const struct step *step, struct plan_summary *out)
{
	out->pull += step->pull != NULL;
	switch (step->verdict) {
	case VERDICT_HIT:
		out->hit++;
		break;
	case VERDICT_MISS:
		out->miss++;
		break;
	case VERDICT_LATE:
		out->late++;
		break;
	case VERDICT_ERROR:
		out->error++;
		out->open = step->pull != NULL;
		break;
	case VERDICT_NONE:
		break;
	}
}

static void add_cost(const struct step *step, struct plan_summary *out)
{
	if (step->past_ms < 0)
		out->estimate_unknown += takes_time(step);
	else
		out->estimate_ms = step->past_ms +
			(out->estimate_ms < 0 ? 0 : out->estimate_ms);
	if (step->size >= 0)
		out->estimate_size = step->size +
			(out->estimate_size < 0 ? 0 : out->estimate_size);
}

void plan_summary(const struct plan *plan, struct plan_summary *out)
{
	struct plan_summary sum = { .estimate_ms = -1, .estimate_size = -1,
				    .total = plan->total };

	for (size_t i = 0; i < plan->step_count; i++) {
		const struct step *step = plan->steps[i];

		count_verdict(step, &sum);
		if (step->verdict == VERDICT_MISS ||
		    step->verdict == VERDICT_LATE)
			add_cost(step, &sum);
	}
	if (sum.open) {
		sum.estimate_ms = -1;
		sum.estimate_size = -1;
	} else if (!sum.miss && !sum.late) {
		sum.estimate_ms = 0;
		sum.estimate_size = 0;
	}
	if (!sum.error && plan->stage_count && !plan->against)
		sum.image = plan_stage_image(plan, (int)plan->stage_count - 1);
	*out = sum;
}

void plan_stage_summary(const struct plan *plan, int stage,
			struct plan_summary *out)
{
	struct plan_summary sum = { .estimate_ms = -1, .estimate_size = -1,
				    .total = plan->total };

	for (size_t i = 0; i < plan->step_count; i++) {
		const struct step *step = plan->steps[i];

		if (step->stage != stage)
			continue;
		count_verdict(step, &sum);
		add_cost(step, &sum);
	}
	sum.image = plan_stage_image(plan, stage);
	*out = sum;
}

struct step *const *plan_steps(const struct plan *plan, size_t *count)
{
	*count = plan->step_count;
	return plan->steps;
}

int plan_total(const struct plan *plan)
{
	return plan->total;
}

void plan_unused_args(const struct plan *plan, struct strv *out)
{
	if (plan->parsed)
		strv_copy(out, &plan->unused);
	else
		args_unused(&plan->args, out);
}

const char *plan_builder(const struct plan *plan)
{
	return plan->builder;
}

const char *plan_against(const struct plan *plan)
{
	return plan->against_name;
}

const char *plan_dockerfile_name(const struct plan *plan)
{
	return plan->dockerfile_name;
}

const char *plan_target(const struct plan *plan)
{
	return plan->target;
}

struct digest plan_stage_image(const struct plan *plan, int stage)
{
	if (stage < 0 || (size_t)stage >= plan->stage_count ||
	    !plan->stages[stage].known)
		return (struct digest){ "" };
	return plan->stages[stage].image;
}
