/* Knows how advice is weighed: by what the last changes would have cost. */
#include <string.h>

#include "plan/advise_parts.h"
#include "plan/line_diff.h"
#include "spec/gofmt.h"

#define DAY 86400

const char *advise_kind_name(enum advise_kind kind)
{
	static const char *const names[] = { [ADVISE_SPLIT] = "split",
					     [ADVISE_REORDER] = "reorder",
					     [ADVISE_ARG] = "arg" };

	return names[kind];
}

const char *advise_source_name(enum advise_source source)
{
	static const char *const names[] = {
		[ADVISE_FROM_GIT] = "git", [ADVISE_FROM_JOURNALS] = "journals",
		[ADVISE_FROM_FILES] = "files" };

	return names[source];
}

/* ---- what each file costs ---- */

static void add_path(struct advise *advise, const struct advise_cost *cost,
		     const char *path)
{
	AUTO(strv_release) struct strv one = { 0 };
	struct advise_rerun rerun;
	struct advise_path *item;
	size_t i = 0;

	strv_add(&one, path);
	rerun = advise_cost_of(cost, &one);
	if (!rerun.first)
		return;
	/* As many groups as sets of readers: few. */
	while (i < advise->path_count &&
	       (advise->paths[i].step != rerun.first ||
		advise->paths[i].steps != rerun.steps ||
		advise->paths[i].ms != rerun.ms))
		i++;
	if (i == advise->path_count)
		MEM_PUSH(advise->paths, advise->path_count) =
			(struct advise_path){ .step = rerun.first,
					      .steps = rerun.steps,
					      .ms = rerun.ms };
	item = &advise->paths[i];
	strv_take(&item->paths, STEAL(one.items[0]));
	one.count = 0;
	free(STEAL(one.items));
}

static int by_cost(const void *a, const void *b)
{
	const struct advise_path *x = a, *y = b;

	if (x->ms != y->ms)
		return x->ms < y->ms ? 1 : -1;
	return x->step - y->step;
}

static void add_paths(struct advise *advise, const struct workspace *workspace,
		      const struct advise_cost *cost)
{
	const struct node *node;

	for (size_t i = 0; (node = context_entry(workspace->context, i)); i++)
		if (!S_ISDIR(node->mode) && !node->hidden)
			add_path(advise, cost, node->path);
	if (advise->path_count > 1)
		qsort(advise->paths, advise->path_count,
		      sizeof(*advise->paths), by_cost);
}

/* ---- what an edit saves ---- */

static int64_t cost_of_all(const struct advise_cost *cost,
			   const struct advise_history *history)
{
	int64_t sum = -1;

	for (size_t i = 0; i < history->count; i++) {
		struct advise_rerun rerun =
			advise_cost_of(cost, &history->changes[i]);

		if (rerun.ms >= 0)
			sum = rerun.ms + (sum > 0 ? sum : 0);
	}
	return sum;
}

struct weighing {
	struct workspace *workspace;
	const struct plan *plan;
	const struct advise_cost *cost;
	const struct advise_history *history;
	struct advise *advise;
};

static void weigh(const struct weighing *weighing, const struct plan *plan,
		  const struct dockerfile *file, struct advise_draft *draft)
{
	AUTO(advise_cost_release) struct advise_cost after;
	const char *old = weighing->workspace->text;
	struct advise_edit edit = { .kind = draft->kind, .line = draft->line };

	advise_cost_make(&after, plan, file, weighing->workspace->context);
	if (draft->kind == ADVISE_ARG) {
		edit.before_ms = advise_cost_from(weighing->cost,
						  draft->from).ms;
		edit.after_ms = draft->to < after.count ?
			advise_cost_from(&after, draft->to).ms : -1;
	} else {
		edit.before_ms = weighing->advise->change_ms;
		edit.after_ms = cost_of_all(&after, weighing->history);
	}
	if (edit.after_ms >= edit.before_ms)
		return;
	if (edit.after_ms < 0)
		edit.after_ms = 0;
	plan_summary(weighing->plan, &edit.before);
	plan_summary(plan, &edit.after);
	edit.what = STEAL(draft->what);
	edit.rule = STEAL(draft->rule);
	edit.diff = line_diff(weighing->workspace->name, old, draft->text);
	edit.plan_json = plan_format_json(plan);
	MEM_PUSH(weighing->advise->edits, weighing->advise->edit_count) = edit;
}

/* The one plan decides about the edited text, too. What it cannot plan is no
 * advice. */
static void plan_draft(const struct weighing *weighing,
		       struct advise_draft *draft)
{
	AUTO(dockerfile_free) struct dockerfile *file =
		dockerfile_parse(draft->text, strlen(draft->text));
	AUTO(plan_free) struct plan *plan = NULL;
	struct plan_input input = weighing->workspace->input;
	struct plan_summary sum;
	struct err ignored = ERR_INIT;

	input.file = file;
	if (plan_open(&input, &plan, &ignored) < 0 ||
	    plan_preview(plan, &ignored) < 0)
		return;
	plan_summary(plan, &sum);
	if (!sum.error)
		weigh(weighing, plan, file, draft);
}

static int by_savings(const void *a, const void *b)
{
	const struct advise_edit *x = a, *y = b;
	int64_t left = x->before_ms - x->after_ms;
	int64_t right = y->before_ms - y->after_ms;

	/* What a change of an argument costs is another measure. */
	if ((x->kind == ADVISE_ARG) != (y->kind == ADVISE_ARG))
		return x->kind == ADVISE_ARG ? 1 : -1;
	if (left != right)
		return left < right ? 1 : -1;
	return x->line - y->line;
}

static int add_edits(struct advise *advise, struct workspace *workspace,
		     const struct plan *plan, const struct advise_cost *cost,
		     const struct advise_history *history, struct err *err)
{
	struct weighing weighing = { workspace, plan, cost, history, advise };
	AUTO(advise_drafts_release) struct advise_drafts drafts = { NULL, 0 };

	if (advise_drafts_make(workspace, plan, &drafts, err) < 0)
		return -1;
	for (size_t i = 0; i < drafts.count; i++)
		plan_draft(&weighing, &drafts.items[i]);
	if (advise->edit_count > 1)
		qsort(advise->edits, advise->edit_count,
		      sizeof(*advise->edits), by_savings);
	return 0;
}

/* ---- findings ---- */

static void find(struct advise *advise, const char *code,
		 const struct step *step, char *text)
{
	MEM_PUSH(advise->findings, advise->finding_count) =
		(struct advise_finding){ code, step->line, step->n, text };
}

static void find_git(struct advise *advise, struct workspace *workspace,
		     const struct step *step)
{
	struct err ignored = ERR_INIT;
	const struct node *node;

	if (step->source_tree != workspace->context || !workspace->context)
		return;
	for (size_t i = 0; i < step->sources.count; i++) {
		const struct source_item *item = &step->sources.items[i];
		AUTO_FREE char *path = item->node && item->is_dir ?
			mem_printf("%s%s.git", item->node->path,
				   *item->node->path ? "/" : "") : NULL;

		if (path && tree_find(workspace->context, path, &node,
				      &ignored) == 1)
			find(advise, "git-in-context", step,
			     mem_printf("'%s' copies `%s`: each commit changes "
					"it; put `%s` into .dockerignore",
					step->text, path, path));
	}
}

static void find_old(struct advise *advise, struct workspace *workspace,
		     const struct step *step, int older_than)
{
	const char *sign = step->instr ? advise_run_fetches(step->instr) : NULL;
	struct err ignored = ERR_INIT;
	const struct image_config *config;
	struct image *image;
	int64_t days;

	if (!sign || step->verdict != VERDICT_HIT ||
	    store_image(workspace->store, &step->image, &image, &ignored) != 1)
		return;
	config = store_config(workspace->store, image, &ignored);
	if (!config)
		return;
	days = (gofmt_now().sec - config->created.sec) / DAY;
	if (days >= older_than)
		find(advise, "old-download", step,
		     mem_printf("'%.*s' fetched from the network %lld days "
				"ago, and the cache is used all the same",
				(int)strcspn(sign, "\n"), sign,
				(long long)days));
}

/* Not even the words that come later in its stage say its name. */
static void find_unused(struct advise *advise, struct step *const *steps,
			size_t count, size_t at)
{
	const struct instr *instr = steps[at]->instr;

	if (!instr || instr->kind != INSTR_ARG || instr->pair_count != 1 ||
	    steps[at]->stage < 0 || steps[at]->trigger)
		return;
	for (size_t i = at + 1; i < count &&
				steps[i]->stage == steps[at]->stage; i++)
		if (!steps[i]->instr || steps[i]->trigger ||
		    strstr(steps[i]->instr->text, instr->pairs[0].name))
			return;
	find(advise, "arg-not-named", steps[at],
	     mem_printf("no later instruction of the stage names %s, but each "
			"RUN of it misses when its value changes",
			instr->pairs[0].name));
}

static void add_findings(struct advise *advise, struct workspace *workspace,
			 const struct plan *plan, int older_than)
{
	size_t count;
	struct step *const *steps = plan_steps(plan, &count);

	for (size_t i = 0; i < count; i++) {
		find_git(advise, workspace, steps[i]);
		find_old(advise, workspace, steps[i], older_than);
		find_unused(advise, steps, count, i);
	}
}

/* ---- all of it ---- */

int advise_make(struct workspace *workspace, struct plan *plan,
		const struct advise_options *options, struct advise **out,
		struct err *err)
{
	AUTO(advise_free) struct advise *advise = mem_alloc(sizeof(*advise));
	AUTO(advise_cost_release) struct advise_cost cost = { .plan = plan };
	AUTO(advise_history_release) struct advise_history history = {
		.count = 0 };
	struct advise_options how = *options;

	how.changes = how.changes > 0 ? how.changes : 50;
	advise_cost_make(&cost, plan, workspace->file, workspace->context);
	if (workspace->context) {
		if (advise_history_make(workspace, plan, &how, &history,
					err) < 0)
			return -1;
		add_paths(advise, workspace, &cost);
	}
	advise->source = history.source;
	advise->change_count = history.count;
	advise->change_ms = cost_of_all(&cost, &history);
	if (workspace->context &&
	    add_edits(advise, workspace, plan, &cost, &history, err) < 0)
		return -1;
	add_findings(advise, workspace, plan, how.older_than);
	*out = STEAL(advise);
	return 0;
}

void advise_free(struct advise *advise)
{
	if (!advise)
		return;
	for (size_t i = 0; i < advise->path_count; i++)
		strv_release(&advise->paths[i].paths);
	for (size_t i = 0; i < advise->edit_count; i++) {
		free(advise->edits[i].what);
		free(advise->edits[i].rule);
		free(advise->edits[i].diff);
		free(advise->edits[i].plan_json);
	}
	for (size_t i = 0; i < advise->finding_count; i++)
		free(advise->findings[i].text);
	free(advise->paths);
	free(advise->edits);
	free(advise->findings);
	free(advise);
}
