/* Knows the order of the steps and what each one's end means for the next. */
#include "plan/walk.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "plan/against.h"
#include "plan/index.h"

struct evidence *step_evidence(struct step *step, enum evidence_kind kind)
{
	struct evidence *evidence =
		&MEM_PUSH(step->evidence, step->evidence_count);

	*evidence = (struct evidence){ .kind = kind, .op = '=' };
	return evidence;
}

void step_note(struct step *step, const char *text)
{
	step_evidence(step, EVIDENCE_NOTE)->what = mem_strdup(text);
}

static void evidence_release(struct evidence *evidence)
{
	free(evidence->path);
	free(evidence->what);
	free(evidence->old_value);
	free(evidence->new_value);
}

void step_drop_evidence(struct step *step)
{
	for (size_t i = 0; i < step->evidence_count; i++)
		evidence_release(&step->evidence[i]);
	free(step->evidence);
	step->evidence = NULL;
	step->evidence_count = 0;
}

void step_free(struct step *step)
{
	if (!step)
		return;
	step_drop_evidence(step);
	free(step->text);
	free(step->note);
	free(step->warning);
	free(step->rule);
	free(step->created_by);
	run_config_release(&step->probe);
	run_config_release(&step->after);
	free(step->author);
	strv_release(&step->run_argv);
	strv_release(&step->run_env);
	strv_release(&step->words);
	free(step->dest);
	free(step->chown);
	free(step->chmod);
	free(step->workdir);
	source_set_release(&step->sources);
	free(step->output);
	free(step->restored);
	free(step->pull);
	free(step->pull_platform);
	free(step->error);
	free(step);
}

struct step *step_new(struct plan *plan)
{
	struct step *step = mem_alloc(sizeof(*step));

	step->past_ms = -1;
	step->size = -1;
	step->verdict = VERDICT_NONE;
	run_config_init(&step->probe);
	run_config_init(&step->after);
	MEM_PUSH(plan->steps, plan->step_count) = step;
	return step;
}

static int find_target(const struct plan_input *input, size_t *out,
		       struct err *err)
{
	const struct dockerfile *file = input->file;

	*out = file->stage_count;
	if (!input->target || !*input->target)
		return 0;
	for (size_t i = 0; i < file->stage_count; i++) {
		const char *name = file->stages[i].name;

		if (name && !strcasecmp(name, input->target)) {
			*out = i + 1;
			return 0;
		}
	}
	return err_set(err, ERR_INPUT,
		       "failed to reach build target %s in Dockerfile",
		       input->target);
}

static int check_from_line(const struct plan_input *input, struct err *err)
{
	const struct dockerfile *file = input->file;

	if (!input->no_cache_from)
		return 0;
	for (size_t i = 0; i < file->instr_count; i++)
		if (file->instrs[i]->at.line == input->no_cache_from)
			return 0;
	return err_set(err, ERR_USAGE, "--no-cache-from: no instruction "
		       "begins on line %d", input->no_cache_from);
}

static void add_job(struct plan *plan, const struct instr *instr, int stage,
		    bool label)
{
	struct job *job = &MEM_PUSH(plan->jobs, plan->job_count);

	*job = (struct job){ .instr = instr, .stage = stage, .label = label,
			     .n = ++plan->total,
			     .from = instr->kind == INSTR_FROM };
}

/* docker appends one LABEL step for each --label to the last stage. */
static void add_label(struct plan *plan, const struct map_entry *entry)
{
	struct arena *arena = plan->arena;
	struct instr *instr = arena_alloc(arena, sizeof(*instr));
	AUTO_FREE char *text =
		mem_printf("LABEL %s=%s", entry->key, entry->value);

	instr->kind = INSTR_LABEL;
	instr->keyword = arena_strdup(arena, "LABEL");
	instr->text = arena_strdup(arena, text);
	instr->rest = instr->text + strlen("LABEL ");
	instr->pairs = arena_alloc(arena, sizeof(*instr->pairs));
	instr->pairs->name = arena_strdup(arena, entry->key);
	instr->pairs->value = arena_strdup(arena, entry->value);
	instr->pair_count = 1;
	add_job(plan, instr, (int)plan->stage_count - 1, true);
}

static void add_jobs(struct plan *plan)
{
	const struct dockerfile *file = plan->input.file;
	const struct map *labels = plan->input.labels;

	for (size_t i = 0; i < file->meta_arg_count; i++)
		add_job(plan, file->meta_args[i], -1, false);
	for (size_t i = 0; i < plan->stage_count; i++) {
		const struct stage *stage = &file->stages[i];

		add_job(plan, stage->from, (int)i, false);
		for (size_t j = 0; j < stage->count; j++)
			add_job(plan, stage->instrs[j], (int)i, false);
	}
	for (size_t i = 0; plan->stage_count && labels && i < labels->count;
	     i++)
		add_label(plan, &labels->items[i]);
}

static void add_stages(struct plan *plan)
{
	plan->stages = mem_array(plan->stage_count, sizeof(*plan->stages));
	for (size_t i = 0; i < plan->stage_count; i++) {
		plan->stages[i].name =
			mem_strdup(plan->input.file->stages[i].name);
		run_config_init(&plan->stages[i].run);
	}
}

struct plan *plan_new(void)
{
	struct plan *plan = mem_alloc(sizeof(*plan));

	plan->stage = -1;
	plan->arena = arena_new();
	run_config_init(&plan->run);
	return plan;
}

int plan_open(const struct plan_input *input, struct plan **out,
	      struct err *err)
{
	AUTO(plan_free) struct plan *plan = plan_new();

	plan->input = *input;
	if (!input->dockerfile_name)
		plan->input.dockerfile_name = "Dockerfile";
	plan->dockerfile_name = mem_strdup(plan->input.dockerfile_name);
	plan->target = mem_strdup(input->target ? input->target : "");
	if (dockerfile_check(input->file, plan->dockerfile_name, err) < 0 ||
	    find_target(input, &plan->stage_count, err) < 0)
		return -1;
	if (check_from_line(input, err) < 0)
		return -1;
	if (input->platform && *input->platform) {
		if (names_platform(input->platform, &plan->platform, err) < 0)
			return -1;
		plan->has_platform = true;
	}
	args_init(&plan->args, input->args, input->arg_count);
	add_stages(plan);
	add_jobs(plan);
	if (input->against && against_open(plan, err) < 0)
		return -1;

	*out = STEAL(plan);
	return 0;
}

static void stages_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->stage_count && plan->stages; i++) {
		free(plan->stages[i].name);
		run_config_release(&plan->stages[i].run);
	}
	free(plan->stages);
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->step_count; i++)
		step_free(plan->steps[i]);
	free(plan->steps);
	free(plan->jobs);
	strv_release(&plan->triggers);
	for (size_t i = 0; i < plan->parsed_count; i++)
		instr_free(plan->parsed_triggers[i]);
	free(plan->parsed_triggers);
	arena_free(plan->arena);
	args_release(&plan->args);
	stages_free(plan);
	for (size_t i = 0; i < plan->made_count; i++) {
		image_config_release(&plan->made[i]->config);
		free(plan->made[i]);
	}
	free(plan->made);
	for (size_t i = 0; i < plan->tree_count; i++)
		tree_free(plan->trees[i].tree);
	free(plan->trees);
	strv_release(&plan->unused);
	image_index_free(plan->index);
	against_free(plan->against);
	free(plan->against_name);
	free(plan->builder);
	run_config_release(&plan->run);
	free(plan->author);
	free(plan->sources);
	free(plan->twins);
	free(plan->shared);
	free(plan->dockerfile_name);
	free(plan->target);
	free(plan);
}

void plan_advance(struct plan *plan, const struct digest *id)
{
	plan->image = *id;
	plan->image_known = true;
	plan->ghost = 0;
	run_config_set(&plan->run.image, id->text);
}

static void stage_close(struct plan *plan)
{
	struct stage_end *end;

	if (plan->stage < 0)
		return;
	end = &plan->stages[plan->stage];
	end->finished = true;
	end->known = plan->image_known;
	end->image = plan->image;
	end->late = plan->late && !plan->busted;
	end->culprit = plan->culprit;
	end->ghost = plan->ghost;
	run_config_copy(&end->run, &plan->run);
}

/* Nobody settled the step before: what comes after it hangs in the air. */
static void leave_step(struct plan *plan)
{
	struct step *last;

	if (!plan->step_count)
		return;
	last = plan->steps[plan->step_count - 1];
	if (last->settled || last->instr->kind == INSTR_FROM)
		return;
	if (last->verdict != VERDICT_MISS && last->verdict != VERDICT_LATE)
		return;
	/* Configuration alone, by another builder's rule. */
	if (plan->against && !plan->busted && !plan->late &&
	    last->verdict == VERDICT_MISS)
		return;
	plan->image_known = false;
	plan->image = (struct digest){ "" };
	plan->fresh = instr_copies(last->instr->kind);
	plan->ghost = last->verdict == VERDICT_MISS ? (int)plan->step_count
						    : 0;
	run_config_set(&plan->run.image, "");
	if (last->verdict == VERDICT_MISS && !plan->culprit)
		plan->culprit = last->n;
	if (last->verdict == VERDICT_LATE && !plan->late) {
		plan->late = true;
		plan->culprit = last->culprit ? last->culprit : last->n;
	}
}

static struct step *begin_step(struct plan *plan, const struct instr *instr)
{
	struct step *step = step_new(plan);

	step->instr = instr;
	step->text = mem_strdup(instr->text ? instr->text : "");
	step->line = instr->at.line;
	return step;
}

/* An ONBUILD trigger that does not parse still is a step, a failed one. */
static struct step *begin_trigger(struct plan *plan, struct err *err)
{
	const char *text = plan->triggers.items[plan->trigger_next++];
	struct instr *instr = dockerfile_trigger(text, err);
	struct step *step;

	if (instr) {
		MEM_PUSH(plan->parsed_triggers, plan->parsed_count) = instr;
		step = begin_step(plan, instr);
	} else {
		instr = arena_alloc(plan->arena, sizeof(*instr));
		instr->kind = INSTR_UNKNOWN;
		instr->text = arena_strdup(plan->arena, text);
		instr->keyword = instr->rest = instr->text;
		step = begin_step(plan, instr);
	}
	step->trigger = true;
	step->n = plan->trigger_n;
	step->line = plan->trigger_line;
	step->stage = plan->stage;
	return step;
}

static void fail_step(struct plan *plan, struct step *step,
		      const struct err *why)
{
	step->verdict = VERDICT_ERROR;
	if (step->why != WHY_BASE_MISSING) {
		step->why = WHY_FAILS;
		/* A registry was asked, and what fails is another thing: no
		 * pull mends it. */
		free(STEAL(step->pull));
		free(STEAL(step->pull_platform));
	}
	step->error = mem_strdup(why->msg);
	step->error_kind = why->kind;
	if (!step->pull) { /* else it says what is to be pulled */
		free(step->note);
		step->note = mem_strdup(why->msg);
	}
	plan->ended = true;
}

static int decide_step(struct plan *plan, struct step *step, bool from,
		       struct err *err)
{
	step->parent = plan->image;
	step->parent_known = plan->image_known;
	step->ghost_parent = plan->image_known ? 0 : plan->ghost;
	if (step->stage < 0 || from)
		return base_begin(plan, step, err);
	return dispatch_step(plan, step, err) < 0 ? -1 :
	       decide(plan, step, err);
}

int plan_next(struct plan *plan, struct step **out, struct err *err)
{
	struct err why = ERR_INIT;
	struct step *step;
	bool from = false;

	(void)err;
	if (plan->ended || plan->parsed)
		return 0;
	leave_step(plan);
	if (plan->trigger_next < plan->triggers.count) {
		step = begin_trigger(plan, &why);
	} else if (plan->job_next < plan->job_count) {
		const struct job *job = &plan->jobs[plan->job_next++];

		from = job->from;
		if (from)
			stage_close(plan);
		step = begin_step(plan, job->instr);
		step->n = job->n;
		step->stage = job->stage;
		step->label_flag = job->label;
	} else {
		stage_close(plan);
		plan->ended = true;
		return 0;
	}
	if (why.kind || decide_step(plan, step, from, &why) < 0)
		fail_step(plan, step, &why);
	*out = step;
	return 1;
}

void plan_close_key(struct plan *plan, struct step *step,
		    const char *source_key)
{
	(void)plan;
	if (!step->key_open)
		return;
	copying_set_key(step, source_key);
	step->key_open = false;
}

int plan_decide_late(struct plan *plan, struct step *step, struct err *err)
{
	struct err why = ERR_INIT;

	(void)err;
	if (step->verdict == VERDICT_LATE && !step->key_open &&
	    decide(plan, step, &why) < 0)
		fail_step(plan, step, &why);
	return 0;
}

void plan_settle(struct plan *plan, struct step *step,
		 const struct plan_result *result)
{
	if (result->source_key)
		plan_close_key(plan, step, result->source_key);
	step->image = result->image;
	step->settled = true;
	plan_advance(plan, &result->image);
	plan->fresh = instr_copies(step->instr->kind);
}

int plan_preview(struct plan *plan, struct err *err)
{
	struct step *step;
	int more;

	do {
		more = plan_next(plan, &step, err);
	} while (more > 0);
	return more;
}

bool step_is_from(const struct step *step)
{
	return strncasecmp(step->text, "FROM", strlen("FROM")) == 0 &&
	       isspace((unsigned char)step->text[strlen("FROM")]);
}
