/* Knows how a RUN becomes a sandbox over the parent's layers and its upper
 * directory a layer. */
#include <errno.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "sandbox/initlayer.h"
#include "sandbox/userns.h"

#define INIT_NAME "run/init" /* below <root>/varve, for the whole build */

/* What sandbox_run uses besides the draft. */
struct run {
	struct work *work;
	struct layer_draft *draft;
	char *scratch_name;  /* below <root>/varve */
	char *scratch, *init; /* absolute */
};

static int on_output(void *arg, int stream, const char *bytes, size_t len)
{
	struct work *work = arg;
	struct build *build = work->build;

	if (stream == SANDBOX_CREATED)
		build_running(work);
	else
		build_send(build, work->step,
			   (struct event){ .kind = EVENT_LOG,
					   .stream = stream,
					   .text = bytes, .len = len });
	return build->cancelled;
}

static int make_scratch(struct run *run, struct err *err)
{
	struct store *store = run->work->build->store;
	AUTO_FREE char *root = realpath(store_root(store), NULL);

	if (!root)
		return err_sys(err, errno, "cannot resolve '%s'",
			       store_root(store));
	run->scratch_name = mem_printf("run/%s", run->work->container);
	run->scratch = mem_printf("%s/varve/%s", root, run->scratch_name);
	run->init = mem_printf("%s/varve/%s", root, INIT_NAME);
	return fs_mkdir_p(store_private_fd(store), run->scratch_name, 0700,
			  err);
}

static void remove_scratch(struct run *run)
{
	struct err ignored = ERR_INIT;

	/* What stays behind is in nobody's way; the result stands. */
	if (run->scratch_name)
		fs_remove_tree(store_private_fd(run->work->build->store),
			       run->scratch_name, &ignored);
	free(run->scratch_name);
	free(run->scratch);
	free(run->init);
}

static void fill_volumes(struct strv *to, const struct map *volumes)
{
	for (size_t i = 0; i < volumes->count; i++)
		strv_add(to, volumes->items[i].key);
}

/*
 * Where nothing that the init layer covers has changed since the RUN before,
 * its init layer serves again: making and removing one is a good part of what
 * a short command costs.
 */
static int prepare_init(struct run *run, struct sandbox_spec *spec,
			struct err *err)
{
	struct build *build = run->work->build;
	int private = store_private_fd(build->store);

	spec->init_made = initlayer_serves(&build->init_lowers, &spec->lowers);
	strv_release(&build->init_lowers); /* until the command has ended */
	if (spec->init_made)
		return 0;
	if (fs_remove_tree(private, INIT_NAME, err) < 0)
		return -1;
	return fs_mkdir_p(private, INIT_NAME, 0755, err);
}

static int run_sandbox(struct run *run, struct sandbox_result *result,
		       struct err *err)
{
	struct work *work = run->work;
	const struct step *step = work->step;
	const struct build_options *options = work->build->options;
	AUTO(strv_release) struct strv lowers = { 0 }, volumes = { 0 };
	char short_id[13] = "";
	struct sandbox_spec spec = {
		.upper = layer_draft_diff_path(run->draft),
		.work = layer_draft_work_path(run->draft),
		.user_xattr = userns_inside(),
		.id = work->container,
		.argv = step->run_argv,
		.env = step->run_env,
		.cwd = step->after.working_dir[0] ? step->after.working_dir :
						    "/",
		.user = step->after.user,
		.network_none = options->network_none,
		.extra_hosts = options->extra_hosts,
		.limits = options->limits,
		.runtime = options->runtime,
		.scratch = run->scratch,
		.init = run->init,
	};

	memcpy(short_id, work->container, sizeof(short_id) - 1);
	spec.hostname = step->after.hostname[0] ? step->after.hostname :
			options->plan.hostname && options->plan.hostname[0] ?
				options->plan.hostname : short_id;
	if (store_lower_paths(work->build->store, &work->chain, &lowers,
			      err) < 0)
		return -1;
	fill_volumes(&volumes, &step->after.volumes);
	spec.lowers = lowers;
	spec.volumes = volumes;
	if (prepare_init(run, &spec, err) < 0 ||
	    sandbox_run(&spec, on_output, work, options->cancel_fd, result,
			err) < 0)
		return -1;
	work->build->init_lowers = lowers;
	lowers = (struct strv){ 0 };
	return 0;
}

static int command_failed(const struct step *step, int status,
			  struct err *err)
{
	AUTO_FREE char *command = strv_join(&step->run_argv, " ");

	err_set(err, ERR_COMMAND,
		"The command '%s' returned a non-zero code: %d", command,
		status);
	err->status = status;
	return -1;
}

static int take_layer(struct run *run, struct err *err)
{
	AUTO(layer_writer_free) struct layer_writer *writer = layer_writer_new(
		NULL, NULL, layer_draft_split_fd(run->draft));
	struct layer_sums sums;
	uint64_t size;

	if (layer_writer_upper(writer, layer_draft_diff_fd(run->draft),
			       store_opaque_xattr(run->work->build->store),
			       &size, err) < 0 ||
	    layer_writer_finish(writer, &sums, err) < 0)
		return -1;
	return commit_layer(run->work, run->draft, &sums, size, err);
}

static int run_in(struct run *run, struct err *err)
{
	struct sandbox_result result = { 0 };

	if (make_scratch(run, err) < 0 || run_sandbox(run, &result, err) < 0)
		return -1;
	run->work->cpu_ns = result.cpu_ns;
	if (run->work->build->cancelled)
		return err_set(err, ERR_CANCELLED, "cancelled");
	if (result.status != 0)
		return command_failed(run->work->step, result.status, err);
	return take_layer(run, err);
}

int run_step(struct work *work, struct err *err)
{
	AUTO(layer_draft_free) struct layer_draft *draft = NULL;
	struct run run = { .work = work };
	int done;

	if (store_draft(work->build->store, &work->chain, &draft, err) < 0)
		return -1;
	run.draft = draft;
	done = run_in(&run, err);
	remove_scratch(&run);
	return done;
}
