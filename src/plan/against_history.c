/* Knows the rules of docker's classic builder and of kaniko: one history entry
 * after another. */
#include <string.h>

#include "plan/against.h"

const struct history *against_entry(struct plan *plan, struct step *step,
				    size_t *at)
{
	const struct image_config *config = plan->against->config;

	*at = against_position(plan);
	if (*at < config->history_count)
		return &config->history[*at];
	against_miss(plan, step, WHY_FIRST, CONFIDENCE_HIGH,
		     mem_strdup("the image ends before this step"));
	return NULL;
}

/* ---- docker's classic builder ---- */

int against_classic(struct plan *plan, struct step *step, struct err *err)
{
	size_t at;
	const struct history *entry = against_entry(plan, step, &at);

	if (!entry)
		return 0;
	if (step->key_open) {
		if (source_make_key(step->source_tree, &step->sources,
				    err) < 0)
			return -1;
		copying_set_key(step, step->sources.key);
		step->key_open = false;
	}
	if (!strcmp(entry->created_by, step->created_by)) {
		against_hit(plan, step, at + 1, CONFIDENCE_HIGH);
		return 0;
	}
	against_words(plan, step, entry->created_by, step->created_by);
	against_miss(plan, step, instr_copies(step->instr->kind) &&
		     copying_same_shape_text(step, entry->created_by) ?
		     WHY_SOURCES : WHY_COMMAND, CONFIDENCE_HIGH, NULL);
	return 0;
}

/* ---- kaniko ---- */

/* Only what makes a layer has an entry: the text as it stands in the file. */
static bool makes_entry(const struct step *step)
{
	return step->instr->kind == INSTR_RUN || instr_copies(step->instr->kind) ||
	       step->instr->kind == INSTR_WORKDIR;
}

/* What the configuration of the finished image shows of the step. */
static bool config_shows(const struct plan *plan, const struct step *step)
{
	const struct run_config *old = &plan->against->config->config;
	const struct run_config *now = &step->after;

	switch ((int)step->instr->kind) {
	case INSTR_ENV:
		for (size_t i = 0; i < now->env.count; i++)
			if (!strv_has(&old->env, now->env.items[i]))
				return false;
		return true;
	case INSTR_LABEL:
		for (size_t i = 0; i < now->labels.count; i++) {
			const char *value = map_get(&old->labels,
					now->labels.items[i].key);

			if (!value || strcmp(value,
					     now->labels.items[i].value))
				return false;
		}
		return true;
	case INSTR_USER:
		return !strcmp(old->user, now->user);
	case INSTR_CMD:
		return strv_equal(&old->cmd, &now->cmd);
	case INSTR_ENTRYPOINT:
		return strv_equal(&old->entrypoint, &now->entrypoint);
	}
	return false;
}

static int kaniko_config(struct plan *plan, struct step *step, size_t at)
{
	if (config_shows(plan, step))
		against_hit(plan, step, at, CONFIDENCE_MEDIUM);
	else
		against_miss(plan, step, WHY_NOT_RECORDED, CONFIDENCE_LOW,
			     mem_strdup("the history has no entry for it, and "
					"the configuration does not show "
					"it"));
	return 0;
}

int against_kaniko(struct plan *plan, struct step *step, struct err *err)
{
	const struct history *entry;
	size_t at = against_position(plan);

	if (!makes_entry(step))
		return kaniko_config(plan, step, at);
	entry = against_entry(plan, step, &at);
	if (!entry)
		return 0;
	if (strcmp(entry->created_by, step->text) != 0) {
		against_words(plan, step, entry->created_by, step->text);
		against_miss(plan, step, WHY_COMMAND, CONFIDENCE_HIGH, NULL);
		return 0;
	}
	if (instr_copies(step->instr->kind))
		return against_files(plan, step, at, CONFIDENCE_MEDIUM, err);
	against_hit(plan, step, at + 1, CONFIDENCE_MEDIUM);
	return 0;
}
