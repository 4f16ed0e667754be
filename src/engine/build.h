/*
 * Builds: walks a plan, does what is not a hit, settles it, goes on.
 */
#pragma once

#include "context/context.h"
#include "plan/event.h"
#include "plan/plan.h"
#include "sandbox/sandbox.h"

struct cache_target;
struct build_options {
	struct plan_input plan;     /* .building is set by build_run */
	struct strv tags;           /* familiar, with tag; checked already */
	bool remove, force_remove;  /* --rm, --force-rm (text only) */
	const char *runtime;        /* NULL: built-in sandbox */
	bool network_none;
	struct strv extra_hosts;
	struct sandbox_limits limits;
	int cancel_fd;              /* -1, or readable = stop */
	/* What the steps are written to once all are done (engine/cache.h). */
	const struct cache_target *cache_to;
	size_t cache_to_count;
};

/*
 * The store must be open for writing. Finished steps stay whatever happens
 * after them. -1: err holds Docker's text (ERR_COMMAND: a RUN failed), and
 * EVENT_ERROR was sent.
 */
int build_run(struct build_options *options, event_sink *sink, void *arg,
	      struct digest *image, struct err *err);
