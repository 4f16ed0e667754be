/*
 * Where plans are made, opened from the flags of `varve plan`: the store of
 * any kind, the context, the Dockerfile, and the shared caches.
 */
#pragma once

#include "cli/build_flags.h"
#include "engine/cache.h"

/*
 * file_text: instead of the Dockerfile's, or NULL. *cache is what the plans
 * ask, or NULL; it must outlive them. What it was told once it keeps: many
 * plans ask a registry no more than one does.
 */
int planning_open(struct build_flags *flags, const char *context,
		  const char *file_text, struct workspace **workspace,
		  struct cache_source **cache, struct err *err);
