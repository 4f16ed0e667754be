/* Knows the one table of reasons, and which of them explains a miss. */
#include <string.h>

#include "plan/elsewhere.h"
#include "plan/evidence.h"
#include "plan/moved.h"
#include "plan/never.h"

static const struct {
	const char *code, *sentence;
} reasons[] = {
	[WHY_NONE] = { "none", "makes no image" },
	[WHY_CACHED] = { "cached", "an image of this very step exists" },
	[WHY_BASE] = { "base", "the base image is in the store" },
	[WHY_BASE_MISSING] = { "base-missing",
			       "the image is not in the store" },
	[WHY_BASE_PULLED] = { "base-pulled", "the base image would be pulled" },
	[WHY_BASE_OTHER] = { "base-differs",
			     "the base image is another one" },
	[WHY_EARLIER] = { "earlier-miss", "an earlier step missed" },
	[WHY_FIRST] = { "never-built",
			"nothing was ever built from this parent" },
	[WHY_MOVED] = { "steps-moved", "another step stood here" },
	[WHY_COMMAND] = { "command-differs", "the command differs" },
	[WHY_CONFIG] = { "config-differs",
			 "the inherited configuration differs" },
	[WHY_BUILD_ARG] = { "build-arg-differs", "a build argument differs" },
	[WHY_SOURCES] = { "sources-differ", "the source files differ" },
	[WHY_DESTINATION] = { "destination-differs",
			      "the destination or --chown differs" },
	[WHY_NOT_BUILT_HERE] = { "not-built-here",
				 "an image of this step was pulled or loaded, "
				 "not built here" },
	[WHY_PRUNED] = { "pruned", "the image of this step was removed" },
	[WHY_NO_CACHE] = { "no-cache", "--no-cache was given" },
	[WHY_CACHE_FROM] = { "cache-from",
			     "no image given by --cache-from continues here" },
	[WHY_NEVER] = { "never-hits", "Docker's rules never let this step "
			"hit" },
	[WHY_STAGE] = { "needs-stage",
			"hangs on a stage that has to run first" },
	[WHY_DOWNLOAD] = { "needs-download",
			   "hangs on a file that has to be fetched first" },
	[WHY_NOT_RECORDED] = { "not-recorded",
			       "the image does not tell" },
	[WHY_FAILS] = { "fails", "the step fails" },
};

const char *why_code(enum why why)
{
	return reasons[why].code;
}

const char *why_sentence(enum why why)
{
	return reasons[why].sentence;
}

const char *verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_HIT:
		return "hit";
	case VERDICT_MISS:
		return "miss";
	case VERDICT_LATE:
		return "late";
	case VERDICT_NONE:
		return "none";
	case VERDICT_ERROR:
		return "error";
	}
	return "";
}

/* What the rules look at, in their order. */
struct inquiry {
	struct plan *plan;
	struct step *step;
	struct command now;
	struct children children;
	bool show_args;
};

static void inquiry_release(struct inquiry *inquiry)
{
	command_release(&inquiry->now);
	children_release(&inquiry->children);
}
AUTO_DEFINE_IN_PLACE(struct inquiry, inquiry_release)

static int answer(struct inquiry *inquiry, enum why why, char *note)
{
	inquiry->step->why = why;
	free(inquiry->step->note);
	inquiry->step->note = note;
	return 1;
}

/* `Env PATH` of the first key that evidence was found for. */
static char *key_note(const struct step *step, size_t first, size_t found)
{
	const struct evidence *evidence = &step->evidence[first];

	if (!found)
		return mem_strdup("the configuration differs");
	if (evidence->kind != EVIDENCE_KEY)
		return mem_strdup(evidence->what);
	if (found > 1)
		return mem_printf("`%s` and %zu more differ", evidence->path,
				  found - 1);
	return mem_printf("`%s` differs", evidence->path);
}

static int ask_cache_from(struct inquiry *inquiry, struct err *err)
{
	const struct strv *names = inquiry->plan->input.cache_from;

	(void)err;
	if (!names || !names->count)
		return 0;
	if (inquiry->children.count &&
	    inquiry->children.items[0].field == CONFIG_SAME)
		step_note(inquiry->step, "an equal image exists locally, but "
			  "with --cache-from only ancestors of the given "
			  "images count");
	return answer(inquiry, WHY_CACHE_FROM, mem_printf(
		"%zu of %zu --cache-from images found, none continues here",
		inquiry->plan->source_count, names->count));
}

static int ask_never(struct inquiry *inquiry, struct err *err)
{
	char *note = NULL;
	int rc = never_hits(inquiry->plan, inquiry->step, &note, err);

	return rc > 0 ? answer(inquiry, WHY_NEVER, note) : rc;
}

/* Same parent, same command, another configuration. */
static int ask_config(struct inquiry *inquiry, struct err *err)
{
	struct step *step = inquiry->step;
	size_t first = step->evidence_count, found;

	(void)err;
	for (size_t i = 0; i < inquiry->children.count; i++) {
		const struct image_config *config = child_config(
			inquiry->plan, &inquiry->children.items[i]);

		if (step->key_open || !config ||
		    !strv_equal(&config->container_config.cmd,
				&step->probe.cmd))
			continue;
		found = evidence_config(step, &config->container_config,
					&step->probe, inquiry->show_args);
		return answer(inquiry, WHY_CONFIG,
			      key_note(step, first, found));
	}
	return 0;
}

static int line_of_arg(const struct stage *stage, const char *name, int below)
{
	int line = 0;

	for (size_t i = 0; i < stage->count; i++) {
		const struct instr *instr = stage->instrs[i];

		if (instr->kind != INSTR_ARG || instr->at.line >= below)
			continue;
		for (size_t k = 0; k < instr->pair_count; k++)
			if (!strcmp(instr->pairs[k].name, name))
				line = instr->at.line;
	}
	return line;
}

/* Where each argument of the evidence is declared, the last that counts. */
static void add_declarations(struct inquiry *inquiry, size_t first)
{
	struct step *step = inquiry->step;
	const struct dockerfile *file = inquiry->plan->input.file;

	for (size_t i = first; i < step->evidence_count; i++) {
		struct evidence *evidence = &step->evidence[i];
		int line;

		if (evidence->kind != EVIDENCE_KEY || step->stage < 0 ||
		    strncmp(evidence->path, "ARG ", 4) || evidence->what)
			continue;
		line = line_of_arg(&file->stages[step->stage],
				   evidence->path + 4, step->line);
		if (line)
			evidence->what = mem_printf("declared in line %d",
						    line);
	}
}

static int ask_build_args(struct inquiry *inquiry, struct err *err)
{
	struct step *step = inquiry->step;
	size_t first = step->evidence_count, found;

	(void)err;
	if (step->instr->kind != INSTR_RUN)
		return 0;
	for (size_t i = 0; i < inquiry->children.count; i++) {
		struct child *child = &inquiry->children.items[i];

		if (!child->same_verb || child->distance ||
		    child->field != CONFIG_CMD)
			continue;
		found = evidence_args(step, &child->command, &inquiry->now,
				      inquiry->show_args);
		if (!found)
			continue;
		add_declarations(inquiry, first);
		return answer(inquiry, WHY_BUILD_ARG,
			      key_note(step, first, found));
	}
	return 0;
}

static int ask_sources(struct inquiry *inquiry, struct err *err)
{
	struct step *step = inquiry->step;
	char *note;

	if (step->key_open || !step->sources.key ||
	    moved_nearest(&inquiry->children, &inquiry->now))
		return 0;
	for (size_t i = 0; i < inquiry->children.count; i++) {
		struct child *child = &inquiry->children.items[i];
		const struct image_config *config =
			child_config(inquiry->plan, child);

		if (!config || child->field != CONFIG_CMD ||
		    !copying_same_shape(step, &config->container_config.cmd))
			continue;
		step->nearest = child->image->id;
		/* Of a download nothing but its sum is known. */
		if (step->source_tree &&
		    evidence_files(inquiry->plan, step, &child->image->id,
				   err) < 0)
			return -1;
		note = evidence_files_note(step);
		return answer(inquiry, WHY_SOURCES, note ? note : mem_printf(
			"the sources differ from those of image %.12s",
			DIGEST_HEX(&child->image->id)));
	}
	return 0;
}

static int ask_pruned(struct inquiry *inquiry, struct err *err)
{
	struct digest gone;

	(void)err;
	if (!elsewhere_pruned(inquiry->plan, inquiry->step, &gone))
		return 0;
	return answer(inquiry, WHY_PRUNED,
		      mem_printf("image %.12s of this step was removed",
				 DIGEST_HEX(&gone)));
}

static int ask_loaded(struct inquiry *inquiry, struct err *err)
{
	struct image *image;
	int rc = elsewhere_loaded(inquiry->plan, inquiry->step, &image, err);

	if (rc <= 0)
		return rc;
	return answer(inquiry, WHY_NOT_BUILT_HERE, mem_printf(
		"%s holds this step, but was pulled or loaded: "
		"--cache-from would use it", image->tags.count ?
		image->tags.items[0] : image->id.text));
}

static int ask_moved(struct inquiry *inquiry, struct err *err)
{
	const struct child *child = moved_nearest(&inquiry->children,
						  &inquiry->now);
	AUTO_FREE char *text = NULL;

	(void)err;
	if (!child)
		return 0;
	if (child->now)
		return answer(inquiry, WHY_MOVED, mem_printf(
			"`%s`, which is step %d now",
			moved_text(inquiry->plan, inquiry->step, child->now),
			child->now));
	text = command_text(&child->command, inquiry->show_args);
	return answer(inquiry, WHY_MOVED,
		      mem_printf("`%s`, and this one after it", text));
}

static int ask_base(struct inquiry *inquiry, struct err *err)
{
	struct step *step = inquiry->step;
	struct digest base, id;
	AUTO_FREE char *moved = NULL;
	int rc = elsewhere_other_base(inquiry->plan, step, &base, &id, err);

	if (rc <= 0)
		return rc;
	evidence_image(step, "base", &base, &inquiry->plan->base);
	moved = store_last_tagged(inquiry->plan->input.store,
				  &inquiry->plan->base);
	if (moved)
		step->evidence[step->evidence_count - 1].what =
			mem_printf("tag moved %.19sZ", moved);
	return answer(inquiry, WHY_BASE_OTHER, mem_printf(
		"image %.12s of this step stands on base %.12s, now it is "
		"%.12s", DIGEST_HEX(&id), DIGEST_HEX(&base),
		DIGEST_HEX(&inquiry->plan->base)));
}

/* The user and group of a "--chown=…". */
static char *owner_of(const char *chown)
{
	const char *value = chown ? strchr(chown, '=') : NULL;

	return mem_strdup(value ? value + 1 : chown);
}

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

static int ask_destination(struct inquiry *inquiry, struct err *err)
{
	struct step *step = inquiry->step;
	const struct command *now = &inquiry->now;

	(void)err;
	for (size_t i = 0; i < inquiry->children.count && now->dest; i++) {
		const struct child *child = &inquiry->children.items[i];
		const struct command *old = &child->command;
		bool dest = !same_text(old->dest, now->dest);
		struct evidence *evidence;

		if (!child->same_verb || !old->dest ||
		    !(now->hash ? same_text(old->hash, now->hash) :
				  child_names(inquiry->plan, child,
					      &step->sources) != 0) ||
		    (!dest && same_text(old->chown, now->chown)))
			continue;
		evidence = step_evidence(step, EVIDENCE_KEY);
		evidence->op = '~';
		evidence->path = mem_strdup(dest ? "destination" : "--chown");
		evidence->old_value = dest ? mem_strdup(old->dest) :
					     owner_of(old->chown);
		evidence->new_value = dest ? mem_strdup(now->dest) :
					     owner_of(now->chown);
		return answer(inquiry, WHY_DESTINATION, mem_printf(
			dest ? "the destination was `%s`, now it is `%s`" :
			       "the owner was `%s`, now it is `%s`",
			evidence->old_value ? evidence->old_value : "none",
			evidence->new_value ? evidence->new_value : "none"));
	}
	return 0;
}

static int ask_command(struct inquiry *inquiry, struct err *err)
{
	const struct child *child = inquiry->children.items;
	struct step *step = inquiry->step;

	(void)err;
	if (!inquiry->children.count)
		return 0;
	command_diff(step, &child->command, &inquiry->now,
		     inquiry->show_args);
	if (!child->same_verb)
		return answer(inquiry, WHY_COMMAND, mem_printf(
			"from this parent %s was built, never %s",
			*child->command.verb ? child->command.verb :
					       "something else",
			inquiry->now.verb));
	if (!child->distance)
		return answer(inquiry, WHY_COMMAND, mem_printf(
			"image %.12s comes nearest, only blanks differ",
			DIGEST_HEX(&child->image->id)));
	return answer(inquiry, WHY_COMMAND, mem_printf(
		"image %.12s comes nearest, %zu word%s differ%s",
		DIGEST_HEX(&child->image->id), child->distance,
		child->distance == 1 ? "" : "s",
		child->distance == 1 ? "s" : ""));
}

static int ask_nothing(struct inquiry *inquiry, struct err *err)
{
	(void)err;
	return answer(inquiry, WHY_FIRST,
		      digest_is_set(&inquiry->step->parent) ?
		      mem_printf("image %.12s has no children",
				 DIGEST_HEX(&inquiry->step->parent)) :
		      mem_strdup("nothing was built on scratch"));
}

/* The first that answers is the reason. */
static int (*const rules[])(struct inquiry *inquiry, struct err *err) = {
	ask_cache_from, ask_never,	 ask_config,  ask_build_args,
	ask_sources,	ask_loaded,	 ask_pruned,  ask_moved,
	ask_base,	ask_destination, ask_command, ask_nothing,
};

static void count_others(struct inquiry *inquiry)
{
	AUTO_FREE char *note = NULL;

	if (inquiry->children.count < 2)
		return;
	note = inquiry->children.count == 2 ?
		mem_strdup("1 other image has the same parent") :
		mem_printf("%zu other images have the same parent",
			   inquiry->children.count - 1);
	step_note(inquiry->step, note);
}

int reason_miss(struct plan *plan, struct step *step, struct err *err)
{
	AUTO(inquiry_release) struct inquiry inquiry = {
		.plan = plan, .step = step,
		.show_args = plan->input.show_args };
	int rc = 0;

	command_of_step(step, &inquiry.now);
	if (children_find(plan, step, &inquiry.now, &inquiry.children,
			  err) < 0)
		return -1;
	moved_mark(plan, step, &inquiry.children);
	for (size_t i = 0; !rc && i < sizeof(rules) / sizeof(rules[0]); i++)
		rc = rules[i](&inquiry, err);
	if (rc < 0)
		return -1;
	count_others(&inquiry);
	secret_hide_reason(plan, step);
	reason_estimate(plan, step);
	return 0;
}

void reason_hit(struct plan *plan, struct step *step, size_t matches)
{
	struct err ignored = ERR_INIT;

	if (step->restored)
		step->note = mem_strdup("restored from --cache-from");
	else if (step->link_parent)
		step->note = mem_strdup("taken from --cache-from");
	else if (matches > 1)
		step->note = mem_printf("newest of %zu candidates", matches);
	elsewhere_cost(plan, step, &step->image);
	if (step->source_tree && step->sources.key &&
	    (!plan->input.building || plan->input.strict))
		evidence_unseen(plan, step, &step->image, &ignored);
}

void reason_estimate(struct plan *plan, struct step *step)
{
	struct digest like;
	struct err ignored = ERR_INIT;

	if (plan->input.building)
		return;
	if (elsewhere_like(plan, step, &like))
		elsewhere_cost(plan, step, &like);
	/* What COPY writes is known better than what it wrote last time. */
	if (step->instr->kind == INSTR_COPY && step->sources.count &&
	    step->source_tree && !step->source_tree->is_image)
		step->size = source_bytes(step->source_tree, &step->sources,
					  &ignored);
}
