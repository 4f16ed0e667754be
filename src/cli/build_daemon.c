/* Knows how flags become a build, here or in a docker daemon. */
#include "cli/build_daemon.h"

#include <string.h>

#include "base/fs.h"
#include "cli/cancel.h"
#include "engine/build_daemon.h"
#include "engine/place.h"
#include "spec/location.h"

int build_place(struct build_flags *flags, struct err *err)
{
	AUTO_FREE char *root = flags->root ? mem_strdup(flags->root) :
					     store_default_root();

	flags->in_daemon = place_is_daemon(root);
	return flags->in_daemon || !location_is_transport(root) ? 0 :
	       err_set(err, ERR_USAGE, "'%s' is read, not built in", root);
}

void build_flags_options(const struct build_flags *flags,
			 const struct workspace *workspace,
			 struct build_options *out)
{
	*out = (struct build_options){
		.plan = workspace->input,
		.tags = flags->familiar_tags,
		.remove = flags->remove,
		.force_remove = flags->force_remove,
		.runtime = flags->runtime,
		.network_none = flags->network &&
				strcmp(flags->network, "none") == 0,
		.extra_hosts = flags->hosts,
		.limits = {
			.memory = flags->memory,
			.memory_swap = flags->memory_swap,
			.cpu_shares = flags->cpu_shares,
			.cpu_period = flags->cpu_period,
			.cpu_quota = flags->cpu_quota,
			.cpuset_cpus = (char *)flags->cpuset_cpus,
			.cpuset_mems = (char *)flags->cpuset_mems,
			.shm_size = flags->shm_size,
			.ulimits = flags->ulimits,
		},
	};
}

int build_in_daemon(const struct build_flags *flags, const char *context,
		    struct progress *progress, struct digest *image,
		    struct err *err)
{
	AUTO(workspace_free) struct workspace *workspace = NULL;
	struct build_options options;
	struct daemon_build build = {
		.options = &options,
		.network = flags->network,
		.cgroup_parent = flags->cgroup_parent,
		.isolation = flags->isolation,
		.security = &flags->security,
		.squash = flags->squash,
	};
	struct workspace_options where;
	AUTO_FREE char *registry_config = daemon_registry_config(err);
	AUTO_FD int signals = -1;

	if (!registry_config)
		return -1;
	build.registry_config = registry_config;
	build_flags_workspace(flags, context, &where);
	where.sent = true;
	if (workspace_open(&where, &workspace, err) < 0)
		return -1;
	signals = cancel_open();
	build_flags_options(flags, workspace, &options);
	options.tags = flags->tags; /* the daemon reads them as it likes */
	options.cancel_fd = signals;
	options.plan.ask_again = flags->pull;
	build.workspace = workspace;
	return build_daemon(&build, progress_event, progress, image, err);
}
