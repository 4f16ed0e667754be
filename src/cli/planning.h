/*
 * Where plans are made, opened from the flags of `varve plan`: the store of
 * any kind, the context, the Dockerfile, and what plans ask: shared caches,
 * and with --resolve registries. What these were told once they keep: many
 * plans ask a registry no more than one does.
 */
#pragma once

#include "cli/build_flags.h"
#include "cli/resolver.h"
#include "engine/cache.h"

/* Outlives its plans. */
struct planning {
	struct workspace *workspace;
	struct cache_source *cache; /* or NULL */
	struct resolver *resolver;
};
void planning_release(struct planning *planning);
AUTO_DEFINE_IN_PLACE(struct planning, planning_release)

/* file_text: instead of the Dockerfile's, or NULL. out is empty. */
int planning_open(struct build_flags *flags, const char *context,
		  const char *file_text, struct planning *out,
		  struct err *err);
