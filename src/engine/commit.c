/* Knows what goes into the configuration of an image that a step makes
 * (classic-builder.md section 8, "Field values of a new image"). */
#include <string.h>

#include "base/mem.h"
#include "engine/engine.h"
#include "spec/gofmt.h"
#include "spec/names.h"

int commit_layer(struct work *work, struct layer_draft *draft,
		 const struct layer_sums *sums, uint64_t size,
		 struct err *err)
{
	struct digest chain;

	if (sums->empty)
		return 0;
	if (layer_draft_commit(draft, &sums->diff_id, size, &chain, err) < 0)
		return -1;
	work->has_layer = true;
	work->diff_id = sums->diff_id;
	work->size = size;
	return 0;
}

static int on_progress(void *arg, int64_t bytes)
{
	struct work *work = arg;
	struct build *build = work->build;
	struct err err = ERR_INIT;
	int64_t before = build->polled_ns;

	work->copied = bytes;
	if (build_check(build, &err) < 0)
		return 1;
	if (build->polled_ns != before)
		build_send(build, work->step,
			   (struct event){ .kind = EVENT_PROGRESS,
					   .bytes = bytes });
	return build->cancelled;
}

int commit_upper(struct work *work, struct layer_draft *draft,
		 struct upper *upper, struct err *err)
{
	AUTO(layer_writer_free) struct layer_writer *writer =
		layer_writer_new(NULL, NULL, layer_draft_split_fd(draft));
	struct upper_target target = {
		.diff_fd = layer_draft_diff_fd(draft),
		.opaque_xattr = store_opaque_xattr(work->build->store),
		.writer = writer,
		.progress = on_progress,
		.arg = work,
	};
	struct layer_sums sums;
	uint64_t size;

	if (upper_write(upper, &target, &size, err) < 0 ||
	    upper_unstage(upper, target.diff_fd, err) < 0 ||
	    layer_writer_finish(writer, &sums, err) < 0)
		return -1;
	return commit_layer(work, draft, &sums, size, err);
}

static void set_platform(struct image_config *config, const struct work *work)
{
	const struct platform *host = names_host_platform();
	const char *asked = work->build->options->plan.platform;
	enum instr_kind kind = work->step->instr->kind;
	struct platform platform = *host;
	struct err ignored = ERR_INIT;

	/* classic-builder.md 1.9: only COPY and ADD ask for the builder's. */
	if (asked && instr_copies(kind) &&
	    work->base.history_count == 0 &&
	    names_platform(asked, &platform, &ignored) < 0)
		platform = *host;
	if (!config->architecture[0]) {
		run_config_set(&config->architecture, platform.architecture);
		if (!config->variant[0])
			run_config_set(&config->variant, platform.variant);
	}
	if (!config->os[0])
		run_config_set(&config->os, platform.os);
}

static void add_history(struct image_config *config, const struct work *work)
{
	struct history entry = {
		.author = work->step->author,
		.created_by = work->step->created_by,
		.comment = (char[]){ "" },
		.empty_layer = !work->has_layer,
	};
	char created[40];

	gofmt_time(config->created, created);
	entry.created = created;
	image_config_add_history(config, &entry);
}

int commit_image(struct work *work, struct digest *image, struct err *err)
{
	AUTO(image_config_release) struct image_config config;
	AUTO(buf_release) struct buf json = BUF_INIT;
	const struct step *step = work->step;

	image_config_init(&config);
	image_config_copy(&config, &work->base);
	set_platform(&config, work);
	run_config_set(&config.author, step->author ? step->author : "");
	run_config_set(&config.comment, "");
	run_config_set(&config.container, work->container);
	run_config_set(&config.docker_version, PLAN_DOCKER_VERSION);
	run_config_copy(&config.config, &step->after);
	run_config_copy(&config.container_config, &step->probe);
	config.has_config = config.has_container_config = true;
	config.created = gofmt_now();
	add_history(&config, work);
	if (work->has_layer)
		image_config_add_diff(&config, &work->diff_id);
	image_config_format(&config, &json);
	return store_put_built(work->build->store, json.data, json.len,
			       &step->parent, image, err);
}
