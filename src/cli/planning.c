/* Knows what a plan needs besides the workspace: a root of any kind, what the
 * daemon told of it, shared caches. */
#include "cli/planning.h"

#include "engine/mirror.h"
#include "engine/place.h"

void planning_release(struct planning *planning)
{
	cache_free(planning->cache);
	workspace_free(planning->workspace);
	resolver_free(planning->resolver);
}

int planning_open(struct build_flags *flags, const char *context,
		  const char *file_text, struct planning *out,
		  struct err *err)
{
	AUTO_FREE char *given = flags->root ? mem_strdup(flags->root) :
					      store_default_root();
	AUTO_FREE char *root = NULL;
	struct workspace_options options;

	flags->in_daemon = place_is_daemon(given);
	flags->only_plan = true;
	if (build_flags_check(flags, err) < 0 ||
	    place_root(given, &root, err) < 0)
		return -1;
	build_flags_workspace(flags, context, &options);
	options.root = root;
	options.file_text = file_text;
	if (workspace_open(&options, &out->workspace, err) < 0)
		return -1;
	mirror_attend(out->workspace->store);
	out->resolver = resolver_new();
	if (flags->resolve)
		resolver_attend(out->resolver, &out->workspace->input);
	return build_flags_caches(flags, NULL, -1, &out->workspace->input,
				  &out->cache, err);
}
