/* Knows how a plan is read back from its JSON, every field checked. */
#include <string.h>

#include "plan/json_fields.h"
#include "plan/walk.h"

#define PLAN_JSON_MAX (64u * 1024 * 1024) /* bytes of one document */

static char *copy_of(const json_t *root, const char *key)
{
	return mem_strdup(json_text_of(root, key));
}

static int digest_of(const json_t *root, const char *key, struct digest *out,
		     struct err *err)
{
	const char *text = json_text_of(root, key);

	if (!text || digest_parse(text, out))
		return 0;
	return err_set(err, ERR_INPUT, "\"%s\" is no digest: '%.80s'", key,
		       text);
}

static int verdict_of(const json_t *root, enum verdict *out, struct err *err)
{
	const char *name = json_text_of(root, "verdict");

	for (int i = VERDICT_HIT; name && i <= VERDICT_ERROR; i++)
		if (!strcmp(verdict_name((enum verdict)i), name)) {
			*out = (enum verdict)i;
			return 0;
		}
	return err_set(err, ERR_INPUT, "unknown verdict '%.80s'",
		       name ? name : "");
}

static int why_of(const json_t *root, enum why *out, struct err *err)
{
	const char *name = json_text_of(root, "why");

	for (int i = WHY_NONE; name && i <= WHY_FAILS; i++)
		if (!strcmp(why_code((enum why)i), name)) {
			*out = (enum why)i;
			return 0;
		}
	return err_set(err, ERR_INPUT, "unknown reason '%.80s'",
		       name ? name : "");
}

static int read_evidence(const json_t *root, struct step *step,
			 struct err *err)
{
	const char *name = json_text_of(root, "kind");
	const char *op = json_text_of(root, "op");
	struct evidence *evidence;

	for (int i = EVIDENCE_FILE; name && i <= EVIDENCE_NOTE; i++) {
		if (strcmp(evidence_kind_name((enum evidence_kind)i), name))
			continue;
		evidence = step_evidence(step, (enum evidence_kind)i);
		evidence->op = op ? *op : '=';
		evidence->path = copy_of(root, "path");
		evidence->what = copy_of(root, "what");
		evidence->old_value = copy_of(root, "old");
		evidence->new_value = copy_of(root, "new");
		return 0;
	}
	return err_set(err, ERR_INPUT, "unknown evidence '%.80s'",
		       name ? name : "");
}

static enum confidence confidence_of(const json_t *root)
{
	const char *name = json_text_of(root, "confidence");

	for (int i = CONFIDENCE_HIGH; name && i <= CONFIDENCE_LOW; i++)
		if (!strcmp(confidence_name((enum confidence)i), name))
			return (enum confidence)i;
	return CONFIDENCE_NONE;
}

static void read_plain(const json_t *root, struct step *step)
{
	const char *text = json_text_of(root, "instruction");

	step->n = json_small_of(root, "n");
	step->stage = json_small_of(root, "stage");
	step->line = json_small_of(root, "line");
	step->text = mem_strdup(text ? text : "");
	step->note = copy_of(root, "note");
	step->past_ms = json_number_of(root, "past_ms", -1);
	step->size = json_number_of(root, "size", -1);
	step->parent_known = json_flag_of(root, "parent_known");
	step->created_by = copy_of(root, "created_by");
	step->culprit = json_small_of(root, "culprit");
	step->warning = copy_of(root, "warning");
	step->output = copy_of(root, "output");
	step->pull = copy_of(root, "pull");
	step->pull_platform = copy_of(root, "pull_platform");
	step->error = copy_of(root, "error");
	step->error_kind = json_small_of(root, "error_kind");
	step->triggers = json_small_of(root, "triggers");
	step->trigger = json_flag_of(root, "trigger");
	step->label_flag = json_flag_of(root, "label_flag");
	step->settled = json_flag_of(root, "settled");
	step->before_line = json_flag_of(root, "before_line");
	step->rule = copy_of(root, "rule");
	step->confidence = confidence_of(root);
}

static int read_step(struct plan *plan, const json_t *root, struct err *err)
{
	struct step *step = step_new(plan);
	const json_t *list = json_object_get(root, "evidence");

	read_plain(root, step);
	if (verdict_of(root, &step->verdict, err) < 0 ||
	    why_of(root, &step->why, err) < 0 ||
	    digest_of(root, "image", &step->image, err) < 0 ||
	    digest_of(root, "parent", &step->parent, err) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (read_evidence(json_array_get(list, i), step, err) < 0)
			return -1;
	return 0;
}

static int read_stages(struct plan *plan, const json_t *list, struct err *err)
{
	size_t count = json_array_size(list);

	plan->stages = mem_array(count, sizeof(*plan->stages));
	for (size_t i = 0; i < count; i++) {
		const json_t *root = json_array_get(list, i);
		struct stage_end *stage = &plan->stages[i];

		plan->stage_count++;
		run_config_init(&stage->run);
		stage->name = copy_of(root, "name");
		stage->known = json_flag_of(root, "known");
		if (digest_of(root, "image", &stage->image, err) < 0)
			return -1;
	}
	return 0;
}

static int read_plan(struct plan *plan, const json_t *root, struct err *err)
{
	const json_t *steps = json_object_get(root, "steps");
	const json_t *unused = json_object_get(root, "unused_args");
	const json_t *against = json_object_get(root, "against");
	const char *name = json_text_of(root, "dockerfile");
	const char *target = json_text_of(root, "target");

	if (json_number_of(root, "format", 0) != 1)
		return err_set(err, ERR_INPUT, "not a plan of format 1");
	plan->dockerfile_name = mem_strdup(name ? name : "Dockerfile");
	plan->target = mem_strdup(target ? target : "");
	plan->against_name = copy_of(against, "image");
	plan->builder = copy_of(against, "builder");
	plan->total = json_small_of(json_object_get(root, "summary"), "total");
	for (size_t i = 0; i < json_array_size(steps); i++)
		if (read_step(plan, json_array_get(steps, i), err) < 0)
			return err_wrap(err, "step %zu of the plan", i + 1);
	for (size_t i = 0; i < json_array_size(unused); i++) {
		const char *item = json_string_value(json_array_get(unused, i));

		if (item)
			strv_add(&plan->unused, item);
	}
	return read_stages(plan, json_object_get(root, "stages"), err);
}

int plan_parse_json(const char *json, size_t len, struct plan **out,
		    struct err *err)
{
	AUTO(plan_free) struct plan *plan = plan_new();
	json_error_t where;
	json_t *root;
	int rc;

	if (len > PLAN_JSON_MAX)
		return err_set(err, ERR_INPUT, "the plan is too long");
	root = json_loadb(json, len, 0, &where);
	if (!root)
		return err_set(err, ERR_INPUT, "not a plan: line %d: %s",
			       where.line, where.text);
	plan->parsed = true;
	rc = read_plan(plan, root, err);
	json_decref(root);
	if (rc < 0)
		return -1;

	*out = STEAL(plan);
	return 0;
}
