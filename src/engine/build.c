/* Knows the order of a build: which event follows which, when a step's result
 * is settled, what is left when it stops. */
#include "engine/build.h"

#include <poll.h>
#include <string.h>
#include <time.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/cache.h"
#include "engine/engine.h"
#include "spec/gofmt.h"

#define POLL_NS ((int64_t)50 * 1000 * 1000)

int64_t build_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- events ---- */

void build_send(struct build *build, const struct step *step,
		struct event event)
{
	if (step) {
		event.step = step->n;
		event.total = plan_total(build->plan);
	}
	if (event.text && event.len == 0)
		event.len = strlen(event.text);
	event.at_ms = (build_clock() - build->started_ns) / 1000000;
	if (build->sink(build->arg, &event) != 0)
		build->cancelled = true;
}

static void send_text(struct build *build, const struct step *step,
		      enum event_kind kind, const char *text)
{
	build_send(build, step, (struct event){ .kind = kind, .text = text });
}

static void send_image(struct build *build, const struct step *step,
		       enum event_kind kind, const struct digest *image)
{
	build_send(build, step,
		   (struct event){ .kind = kind, .image = *image });
}

int build_check(struct build *build, struct err *err)
{
	struct pollfd fd = { .fd = build->options->cancel_fd,
			     .events = POLLIN };
	int64_t now = build_clock();

	if (now - build->polled_ns >= POLL_NS) {
		build->polled_ns = now;
		if (fd.fd >= 0 && poll(&fd, 1, 0) > 0)
			build->cancelled = true;
	}
	return build->cancelled ? err_set(err, ERR_CANCELLED, "cancelled") : 0;
}

int build_tree(struct build *build, const struct digest *chain,
	       struct tree **out, struct err *err)
{
	if (!build->tree || strcmp(build->tree_chain.text, chain->text) != 0) {
		tree_free(build->tree);
		build->tree = NULL;
		if (store_tree(build->store, chain, &build->tree, err) < 0)
			return -1;
		build->tree_chain = *chain;
	}
	*out = build->tree;
	return 0;
}

/* ---- one step ---- */

static void work_release(struct work *work)
{
	image_config_release(&work->base);
}
AUTO_DEFINE_IN_PLACE(struct work, work_release)

/* The parent as it is now in the store, and the chain of its layers. */
static int load_parent(struct work *work, struct err *err)
{
	const struct digest *id = &work->step->parent;
	const struct image_config *config;
	struct image *image;
	int found;

	if (!digest_is_set(id))
		return 0;
	found = store_image(work->build->store, id, &image, err);
	if (found < 0)
		return -1;
	if (!found)
		return err_set(err, ERR_NOT_FOUND, "No such image: %s",
			       id->text);
	config = store_config(work->build->store, image, err);
	if (!config)
		return -1;
	image_config_copy(&work->base, config);
	image_config_chain(config, &work->chain);
	return 0;
}

void build_running(struct work *work)
{
	work->created = true;
	send_text(work->build, work->step, EVENT_RUNNING, work->container);
}

/* All that a step without a command does happens while its container is
 * created, and only one that was created runs. */
static int make(struct work *work, struct err *err)
{
	if (instr_copies(work->step->instr->kind))
		return copy_step(work, err);
	if (sandbox_check_limits(&work->build->options->limits, err) < 0)
		return -1;
	fs_random_hex(work->container);
	if (work->step->instr->kind == INSTR_RUN)
		return run_step(work, err);
	if (meta_step(work, err) < 0)
		return -1;
	build_running(work);
	return 0;
}

static void send_removed(struct work *work, bool failed)
{
	const struct build_options *options = work->build->options;

	if (work->created && (failed ? options->force_remove :
				   options->remove || options->force_remove))
		send_text(work->build, work->step, EVENT_REMOVED,
			  work->container);
}

static void settle(struct work *work, const struct digest *image)
{
	struct step *step = work->step;
	struct plan_result result = {
		.image = *image,
		.source_key = step->key_open ? step->sources.key : NULL,
	};

	plan_settle(work->build->plan, step, &result);
}

/* Does a step that is not a hit. */
static int do_step(struct build *build, struct step *step,
		   struct digest *image, struct event *finished,
		   struct err *err)
{
	int64_t start = build_clock();
	AUTO(work_release) struct work work = { .build = build, .step = step };

	image_config_init(&work.base);
	if (plan_bring_shared(build->plan, &step->parent, err) < 0 ||
	    load_parent(&work, err) < 0)
		return -1;
	if (make(&work, err) < 0) {
		send_removed(&work, true);
		return -1;
	}
	if (commit_image(&work, image, err) < 0)
		return -1;
	send_removed(&work, false);
	settle(&work, image);
	remember(&work, image, (build_clock() - start) / 1000000);
	*finished = (struct event){
		.kind = EVENT_DONE,
		.ms = (build_clock() - start) / 1000000,
		.cpu_ms = work.cpu_ns / 1000000,
		.bytes = (int64_t)work.size,
	};
	return 0;
}

/* A hit may still have to change the store (--cache-from, section 1.7). */
static int take_hit(struct build *build, struct step *step, struct err *err)
{
	struct digest id;

	if ((step->restored || step->link_parent) &&
	    plan_bring_shared(build->plan, &step->parent, err) < 0)
		return -1;
	if (step->restored)
		return store_put_image(build->store, step->restored,
				       strlen(step->restored), &step->parent,
				       &id, err);
	if (step->link_parent)
		return store_set_parent(build->store, &step->image,
					&step->parent, err);
	return 0;
}

static void send_lines(struct build *build, const struct step *step)
{
	const char *line = step->output;

	while (line && *line) {
		size_t len = strcspn(line, "\n");
		AUTO_FREE char *text = mem_strndup(line, len);

		send_text(build, step, EVENT_NOTE, text);
		line += len + (line[len] == '\n');
	}
}

static void end_stage(struct build *build)
{
	if (build->stage >= 0 && digest_is_set(&build->image))
		send_image(build, NULL, EVENT_STAGE, &build->image);
}

void build_announce(struct build *build, const struct step *step)
{
	if (build->announced == step)
		return;
	build->announced = step;
	if (step->stage != build->stage) {
		end_stage(build);
		build->stage = step->stage;
		build->image = (struct digest){ "" };
	}
	if (!step->trigger && !step->before_line)
		send_text(build, step, EVENT_STEP, step->text);
	send_lines(build, step);
}

/* One " ---> id" for a FROM and all of its triggers, after the last. */
static void conclude(struct build *build, const struct step *step,
		     const struct digest *image)
{
	build->image = *image;
	if (step->instr->kind == INSTR_FROM && step->triggers > 0) {
		build->triggers = step->triggers;
		build_send(build, step,
			   (struct event){ .kind = EVENT_TRIGGERS,
					   .bytes = step->triggers });
		return;
	}
	if (step->trigger && --build->triggers > 0)
		return;
	send_image(build, step, EVENT_IMAGE, image);
}

static int walk_hit(struct build *build, struct step *step, struct err *err)
{
	bool is_base = step->instr->kind == INSTR_FROM;

	if (take_hit(build, step, err) < 0)
		return -1;
	if (!is_base)
		build_send(build, step, (struct event){ .kind = EVENT_CACHED });
	conclude(build, step, &step->image);
	return 0;
}

static int walk_other(struct build *build, struct step *step,
		      struct err *err)
{
	struct digest image = { "" };
	struct event finished;

	if (step->instr->kind == INSTR_FROM)
		return err_set(err, ERR_NOT_FOUND, "%s", step->error ?
			       step->error : "the base image is not there");
	if (do_step(build, step, &image, &finished, err) < 0)
		return -1;
	conclude(build, step, &image);
	build_send(build, step, finished);
	return 0;
}

static int walk_step(struct build *build, struct step *step, struct err *err)
{
	build_announce(build, step);
	if (fetch_wanted(step) && fetch_step(build, step, err) < 0)
		return -1;
	switch (step->verdict) {
	case VERDICT_NONE:
		return 0;
	case VERDICT_HIT:
		return walk_hit(build, step, err);
	case VERDICT_ERROR:
		return err_set(err, step->error_kind ? step->error_kind :
			       ERR_INPUT, "%s", step->error);
	case VERDICT_MISS:
	case VERDICT_LATE:
		return walk_other(build, step, err);
	}
	return 0;
}

static int walk(struct build *build, struct err *err)
{
	struct step *step;
	int more;

	while ((more = plan_next(build->plan, &step, err)) == 1) {
		build->polled_ns = 0;
		if (build_check(build, err) < 0 ||
		    walk_step(build, step, err) < 0)
			return -1;
	}
	if (more < 0)
		return -1;
	end_stage(build);
	return 0;
}

/* ---- the whole ---- */

static void send_unused(struct build *build)
{
	AUTO(strv_release) struct strv unused = { 0 };
	AUTO_FREE char *text = NULL;

	plan_unused_args(build->plan, &unused);
	if (unused.count == 0)
		return;
	text = strv_join(&unused, " ");
	send_text(build, NULL, EVENT_UNUSED, text);
}

static int tag_image(struct build *build, struct err *err)
{
	const struct strv *tags = &build->options->tags;
	AUTO(strv_release) struct strv seen = { 0 };

	for (size_t i = 0; i < tags->count; i++) {
		if (strv_has(&seen, tags->items[i]))
			continue;
		strv_add(&seen, tags->items[i]);
		if (store_tag(build->store, tags->items[i], &build->image,
			      NULL, err) < 0)
			return -1;
		send_text(build, NULL, EVENT_TAGGED, tags->items[i]);
	}
	return 0;
}

static int write_caches(struct build *build, struct err *err)
{
	const struct build_options *options = build->options;
	struct transfer_options transfer = {
		.registry = { .delay_ms = REGISTRY_DELAY_MS,
			      .cancel_fd = options->cancel_fd },
	};

	for (size_t i = 0; i < options->cache_to_count; i++)
		if (cache_write(build->store, build->plan,
				&options->cache_to[i], &transfer, err) < 0)
			return -1;
	return 0;
}

static void send_context(struct build *build)
{
	const struct plan_input *input = &build->options->plan;
	struct context_stats stats;

	if (input->context) {
		context_get_stats(input->context, &stats);
		build_send(build, NULL,
			   (struct event){ .kind = EVENT_CONTEXT,
					   .bytes = (int64_t)stats.tar_bytes });
	}
}

/* What a build leaves, a killed one too: the store's lock says that nobody
 * uses it, and its mounts went with its mount namespace. */
static void sweep(struct build *build)
{
	int private = store_private_fd(build->store);
	struct err ignored = ERR_INIT;

	if (private >= 0)
		fs_remove_tree(private, "run", &ignored);
}

static int run(struct build *build, struct err *err)
{
	const struct plan_input *input = &build->options->plan;

	sweep(build);
	send_context(build);
	if (plan_open(input, &build->plan, err) < 0)
		return -1;
	if (input->file->continuation_warning)
		send_text(build, NULL, EVENT_WARNING,
			  input->file->continuation_warning);
	if (walk(build, err) < 0)
		return -1;
	if (!digest_is_set(&build->image))
		return err_set(err, ERR_INPUT, "No image was generated. "
			       "Is your Dockerfile empty?");
	if (plan_bring_shared(build->plan, &build->image, err) < 0)
		return -1;
	send_unused(build);
	send_image(build, NULL, EVENT_BUILT, &build->image);
	return tag_image(build, err) < 0 ? -1 : write_caches(build, err);
}

int build_run(struct build_options *options, event_sink *sink, void *arg,
	      struct digest *image, struct err *err)
{
	struct build build = {
		.options = options,
		.store = options->plan.store,
		.sink = sink,
		.arg = arg,
		.started_ns = build_clock(),
		.stage = -1,
	};
	int done;

	options->plan.building = true;
	options->plan.bring = bring_base;
	options->plan.bring_arg = &build;
	done = run(&build, err);
	if (done < 0)
		build_send(&build, NULL,
			   (struct event){ .kind = EVENT_ERROR,
					   .text = err->msg,
					   .code = err_exit_code(err) });
	else
		*image = build.image;
	sweep(&build);
	strv_release(&build.init_lowers);
	plan_free(build.plan);
	downloads_free(build.downloads);
	tree_free(build.tree);
	return done;
}
