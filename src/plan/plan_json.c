/* Knows a plan as JSON (doc/plan.schema.json). */
#include <inttypes.h>
#include <string.h>

#include "plan/secret.h"
#include "plan/walk.h"

static void key(struct buf *out, const char *name)
{
	char last = out->len ? out->data[out->len - 1] : '{';

	if (last != '{' && last != '[')
		buf_addc(out, ',');
	buf_addf(out, "\"%s\":", name);
}

static void add_text(struct buf *out, const char *name, const char *text)
{
	key(out, name);
	if (text)
		config_format_string(out, text, strlen(text));
	else
		buf_adds(out, "null");
}

static void add_some(struct buf *out, const char *name, const char *text)
{
	if (text)
		add_text(out, name, text);
}

static void add_digest(struct buf *out, const char *name,
		       const struct digest *digest)
{
	add_text(out, name, digest_is_set(digest) ? digest->text : NULL);
}

static void add_number(struct buf *out, const char *name, int64_t value)
{
	key(out, name);
	buf_addf(out, "%" PRId64, value);
}

static void add_known(struct buf *out, const char *name, int64_t value)
{
	if (value >= 0) {
		add_number(out, name, value);
	} else {
		key(out, name);
		buf_adds(out, "null");
	}
}

static void add_bool(struct buf *out, const char *name, bool value)
{
	if (!value)
		return;
	key(out, name);
	buf_adds(out, "true");
}

static const char *const evidence_names[] = {
	[EVIDENCE_FILE] = "file", [EVIDENCE_WORD] = "word",
	[EVIDENCE_KEY] = "key",	  [EVIDENCE_IMAGE] = "image",
	[EVIDENCE_NOTE] = "note",
};

static void add_evidence(struct buf *out, const struct evidence *evidence)
{
	char op[] = { evidence->op, '\0' };

	if (out->data[out->len - 1] != '[')
		buf_addc(out, ',');
	buf_addc(out, '{');
	add_text(out, "kind", evidence_names[evidence->kind]);
	add_text(out, "op", op);
	add_some(out, "path", evidence->path);
	add_some(out, "what", evidence->what);
	add_some(out, "old", evidence->old_value);
	add_some(out, "new", evidence->new_value);
	buf_addc(out, '}');
}

static void add_printable(struct buf *out, const struct plan *plan,
			  const char *name, const char *text)
{
	AUTO_FREE char *shown = secret_hide(plan, text);

	add_text(out, name, shown);
}

static void add_step(struct buf *out, const struct plan *plan,
		     const struct step *step)
{
	buf_addc(out, '{');
	add_number(out, "n", step->n);
	add_number(out, "stage", step->stage);
	add_number(out, "line", step->line);
	add_text(out, "instruction", step->text);
	add_text(out, "verdict", verdict_name(step->verdict));
	add_digest(out, "image", &step->image);
	add_text(out, "why", why_code(step->why));
	add_printable(out, plan, "note", step->note);
	key(out, "evidence");
	buf_addc(out, '[');
	for (size_t i = 0; i < step->evidence_count; i++)
		add_evidence(out, &step->evidence[i]);
	buf_addc(out, ']');
	add_known(out, "past_ms", step->past_ms);
	add_known(out, "size", step->size);
	add_digest(out, "parent", &step->parent);
	add_bool(out, "parent_known", step->parent_known);
	add_printable(out, plan, "created_by", step->created_by);
	if (step->culprit)
		add_number(out, "culprit", step->culprit);
	add_some(out, "warning", step->warning);
	add_some(out, "output", step->output);
	add_some(out, "pull", step->pull);
	add_some(out, "pull_platform", step->pull_platform);
	add_some(out, "error", step->error);
	if (step->error)
		add_number(out, "error_kind", step->error_kind);
	if (step->triggers)
		add_number(out, "triggers", step->triggers);
	add_bool(out, "trigger", step->trigger);
	add_bool(out, "label_flag", step->label_flag);
	add_bool(out, "settled", step->settled);
	add_bool(out, "before_line", step->before_line);
	if (step->confidence)
		add_text(out, "confidence", confidence_name(step->confidence));
	add_some(out, "rule", step->rule);
	buf_addc(out, '}');
}

static void add_stages(struct buf *out, const struct plan *plan)
{
	key(out, "stages");
	buf_addc(out, '[');
	for (size_t i = 0; i < plan->stage_count; i++) {
		const struct stage_end *stage = &plan->stages[i];

		buf_adds(out, i ? ",{" : "{");
		add_text(out, "name", stage->name);
		add_digest(out, "image", plan->against ?
			   &(struct digest){ "" } : &stage->image);
		add_bool(out, "known", stage->known);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

static void add_summary(struct buf *out, const struct plan *plan)
{
	struct plan_summary sum;

	plan_summary(plan, &sum);
	key(out, "summary");
	buf_addc(out, '{');
	add_number(out, "hit", sum.hit);
	add_number(out, "miss", sum.miss);
	add_number(out, "late", sum.late);
	add_number(out, "error", sum.error);
	add_number(out, "pull", sum.pull);
	add_number(out, "total", sum.total);
	add_known(out, "estimate_ms", sum.estimate_ms);
	add_known(out, "estimate_size", sum.estimate_size);
	add_number(out, "estimate_unknown", sum.estimate_unknown);
	add_digest(out, "image", &sum.image);
	buf_addc(out, '}');
}

static void add_strings(struct buf *out, const char *name,
			const struct strv *list)
{
	key(out, name);
	buf_addc(out, '[');
	for (size_t i = 0; i < list->count; i++) {
		if (i)
			buf_addc(out, ',');
		config_format_string(out, list->items[i],
				     strlen(list->items[i]));
	}
	buf_addc(out, ']');
}

static void add_unused(struct buf *out, const struct plan *plan)
{
	AUTO(strv_release) struct strv names = { 0 };

	plan_unused_args(plan, &names);
	add_strings(out, "unused_args", &names);
}

static void add_plan(struct buf *out, const struct plan *plan)
{
	add_number(out, "format", 1);
	add_text(out, "dockerfile", plan->dockerfile_name);
	add_text(out, "target", plan->target);
	if (plan->builder) {
		key(out, "against");
		buf_addc(out, '{');
		add_text(out, "image", plan->against_name);
		add_text(out, "builder", plan->builder);
		buf_addc(out, '}');
	}
	key(out, "steps");
	buf_addc(out, '[');
	for (size_t i = 0; i < plan->step_count; i++) {
		if (i)
			buf_addc(out, ',');
		add_step(out, plan, plan->steps[i]);
	}
	buf_addc(out, ']');
	add_summary(out, plan);
	add_stages(out, plan);
	add_unused(out, plan);
}

char *plan_format_json(const struct plan *plan)
{
	struct buf out = BUF_INIT;

	buf_addc(&out, '{');
	add_plan(&out, plan);
	buf_addc(&out, '}');
	return buf_steal(&out);
}

char *plan_format_imagined_json(const struct plan *plan,
				const struct plan *before,
				const struct strv *changes)
{
	struct buf out = BUF_INIT;

	buf_addc(&out, '{');
	add_plan(&out, plan);
	key(&out, "what_if");
	buf_addc(&out, '{');
	add_strings(&out, "changes", changes);
	key(&out, "before");
	buf_addc(&out, '{');
	add_plan(&out, before);
	buf_adds(&out, "}}}");
	return buf_steal(&out);
}

char *plan_format_step_json(const struct plan *plan, const struct step *step)
{
	struct buf out = BUF_INIT;

	add_step(&out, plan, step);
	return buf_steal(&out);
}

const char *evidence_kind_name(enum evidence_kind kind)
{
	return evidence_names[kind];
}
