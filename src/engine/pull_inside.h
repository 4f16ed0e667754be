/* What the files of a pull share. */
#pragma once

#include "engine/distribute.h"
#include "spec/reference.h"

/* One pull under way. */
struct pulling {
	struct store *store;
	const struct transfer_options *options;
	struct registry *registry;
	const char *path;         /* of the repository */
	const char *repository;   /* "docker.io/library/alpine" */
	bool all;                 /* of all tags one: what came is said later */
};
void pull_say(const struct pulling *pulling, const char *id,
	      const char *status, int64_t current, int64_t total);
/* Brings all layers of the manifest into the store, bottom first. */
int pull_layers(const struct pulling *pulling, const struct manifest *manifest,
		const struct image_config *config, struct err *err);
