/* varve build: flags to options, events to the console, signals to cancel. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "cli/build_daemon.h"
#include "cli/build_flags.h"
#include "cli/cancel.h"
#include "cli/progress.h"
#include "engine/build.h"
#include "engine/cache.h"
#include "sandbox/userns.h"

static const struct opt opts[] = {
	PLAN_FLAG_ROWS,
	FLAG(0, "cache-to", OPT_COMMAS, cache_to,
	     "type=registry,ref=REF[,mode=min|max]",
	     "Write the steps to a shared cache"),
	FLAG('q', "quiet", OPT_BOOL, quiet, NULL, "Print only the image ID"),
	FLAG(0, "iidfile", OPT_STRING, iidfile, "FILE", "Write the image ID to FILE"),
	FLAG(0, "rm", OPT_BOOL, remove, NULL,
	     "Remove intermediate containers (default; varve keeps none)"),
	FLAG(0, "force-rm", OPT_BOOL, force_remove, NULL,
	     "Remove them also after a failure (varve keeps none)"),
	FLAG(0, "runtime", OPT_STRING, runtime, "crun|runc|PATH",
	     "Run commands with an OCI runtime instead of the built-in sandbox"),
	FLAG(0, "progress", OPT_STRING, progress, "plain|json",
	     "Classic text (default) or one JSON event a line"),
	FLAG(0, "add-host", OPT_LIST, hosts, "HOST:IP", "Extra line of /etc/hosts"),
	FLAG('m', "memory", OPT_BYTES, memory, "BYTES", "Memory limit of a RUN"),
	FLAG(0, "memory-swap", OPT_BYTES_OR_NONE, memory_swap, "BYTES", "Memory and swap"),
	FLAG(0, "shm-size", OPT_BYTES, shm_size, "BYTES", "Size of /dev/shm"),
	FLAG('c', "cpu-shares", OPT_NUMBER, cpu_shares, "N", "Relative CPU weight"),
	FLAG(0, "cpu-period", OPT_NUMBER, cpu_period, "N", "CFS period"),
	FLAG(0, "cpu-quota", OPT_NUMBER, cpu_quota, "N", "CFS quota"),
	FLAG(0, "cpuset-cpus", OPT_STRING, cpuset_cpus, "LIST", "CPUs to use"),
	FLAG(0, "cpuset-mems", OPT_STRING, cpuset_mems, "LIST", "Memory nodes"),
	FLAG(0, "ulimit", OPT_LIST, ulimits, "NAME=N[:N]", "Limit of a RUN"),
	FLAG(0, "compress", OPT_BOOL, compress, NULL,
	     "Accepted: there is no daemon to send to"),
	/* Known to docker; refused by name, or ignored as docker does. */
	FLAG(0, "pull", OPT_BOOL, pull, NULL,
	     "Ask the registry for a newer base image"),
	FLAG(0, "squash", OPT_BOOL, squash, NULL, NULL),
	FLAG(0, "security-opt", OPT_LIST, security, "OPT", NULL),
	FLAG(0, "isolation", OPT_STRING, isolation, "MODE", NULL),
	FLAG(0, "cgroup-parent", OPT_STRING, cgroup_parent, "NAME", NULL),
	FLAG(0, "disable-content-trust", OPT_BOOL, content_trust, NULL, NULL),
	FLAG(0, "stream", OPT_BOOL, stream, NULL, NULL),
	FLAG('o', "output", OPT_LIST, outputs, "DEST", NULL),
	FLAG(0, "secret", OPT_LIST, secrets, "SPEC", NULL),
	FLAG(0, "ssh", OPT_LIST, ssh, "SPEC", NULL),
	OPT_END,
};

/* With -q docker keeps the line that it prints. */
static int write_iidfile(const struct build_flags *flags,
			 const struct digest *image, struct err *err)
{
	AUTO_FREE char *text = mem_printf("%s%s", image->text,
					  flags->quiet ? "\n" : "");

	return fs_write_atomic(AT_FDCWD, flags->iidfile, text, strlen(text),
			       0644, false, err);
}

static int build_here(const struct build_flags *flags, const char *context,
		      struct progress *progress, struct digest *image,
		      struct err *err)
{
	AUTO(workspace_free) struct workspace *workspace = NULL;
	AUTO(cache_free) struct cache_source *cache = NULL;
	struct workspace_options where;
	AUTO_FREE char *root = NULL;
	struct build_options options;
	AUTO_FD int signals = -1;
	int rc;

	build_flags_workspace(flags, context, &where);
	/* The user's, not that of root in the namespace. */
	where.root = root = where.root ? mem_strdup(where.root) :
					 store_default_root();
	if (userns_enter(err) < 0)
		return err_wrap(err, "cannot build as an ordinary user");
	where.mode = STORE_WRITE;
	where.building = true;
	if (workspace_open(&where, &workspace, err) < 0)
		return -1;
	if (store_is_mirror(workspace->store))
		return err_set(err, ERR_DENIED, "'%s' repeats what a docker "
			       "daemon has: it is read, not changed", root);
	signals = cancel_open();
	build_flags_options(flags, workspace, &options);
	options.cancel_fd = signals;
	if (build_flags_caches(flags, workspace->store, signals,
			       &options.plan, &cache, err) < 0)
		return -1;
	options.cache_to = flags->cache_targets;
	options.cache_to_count = flags->cache_target_count;
	options.plan.ask_again = flags->pull;
	rc = build_run(&options, progress_event, progress, image, err);
	/* What was read once need not be read again, whatever came of it. */
	if (workspace->context)
		context_save_cache(workspace->context);
	return rc;
}

static int build(const struct build_flags *flags, const char *context,
		 struct progress *progress, struct digest *image,
		 struct err *err)
{
	if (flags->iidfile && unlink(flags->iidfile) < 0 && errno != ENOENT)
		return err_sys(err, errno, "cannot remove '%s'", flags->iidfile);
	if ((flags->in_daemon ?
	     build_in_daemon(flags, context, progress, image, err) :
	     build_here(flags, context, progress, image, err)) < 0)
		return -1;
	return flags->iidfile ? write_iidfile(flags, image, err) : 0;
}

static enum progress_style style_of(const struct build_flags *flags)
{
	if (flags->progress && strcmp(flags->progress, "json") == 0)
		return PROGRESS_JSON;
	return flags->quiet ? PROGRESS_QUIET : PROGRESS_CLASSIC;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(build_flags_release) struct build_flags flags;
	struct progress progress = { .out = stdout };
	struct err err = ERR_INIT;
	struct digest image;
	int rest, rc;

	build_flags_init(&flags);
	rc = opts_parse(verb, argc, argv, &flags, &rest);
	if (rc != 0)
		return rc > 0 ? 0 : 2;
	if (argc - rest != 1)
		return usage_error(verb, "\"varve build\" requires exactly 1 "
					 "argument");
	if (build_place(&flags, &err) < 0 ||
	    build_flags_check(&flags, &err) < 0)
		return fail(&err);
	progress.style = style_of(&flags);
	progress.remove = flags.remove;
	progress.force_remove = flags.force_remove;
	rc = build(&flags, argv[rest], &progress, &image, &err);
	if (rc < 0 && progress.kept.len)
		fwrite(progress.kept.data, 1, progress.kept.len, stderr);
	progress_release(&progress);
	if (rc < 0) {
		fflush(stdout);
		progress_error(err.msg);
		return err_exit_code(&err);
	}
	if (progress.style == PROGRESS_QUIET)
		printf("%s\n", image.text);
	return 0;
}

const struct verb verb_build = {
	"build", "[OPTIONS] CONTEXT|URL|-",
	"Build an image, step by step, as Docker 20.10's classic builder does.\n"
	"Exit status: 0 built, 1 failed, 2 usage, or that of the RUN that failed.",
	opts, run,
};
