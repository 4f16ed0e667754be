/*
 * A cache that machines share, as the plan sees it: images under keys. A key
 * is made of the image that a step stands on and of the configuration that
 * Docker's cache would compare, so that whoever builds the same step on the
 * same image finds it. Only configurations come over before a miss.
 *
 * Several images may lie under one key, made by different builders. Each is
 * as good as the others, so that a later step may stand on any of them.
 */
#pragma once

#include "spec/config.h"

struct plan;
struct shared_cache {
	void *arg;
	/* The images under a key; none is no error. *out is borrowed until
	 * the next call. */
	int (*find)(void *arg, const char *key, const struct digest **out,
		    size_t *count, struct err *err);
	/* The configuration's bytes, borrowed, true to the digest. 1; 0 it is
	 * not there any more; -1. */
	int (*config)(void *arg, const struct digest *id,
		      const struct buf **out, struct err *err);
	/* Brings the image with its layers into the store; below it come those
	 * it was made of. NULL: nobody does, as in a preview. */
	int (*bring)(void *arg, const struct plan *plan,
		     const struct digest *id, struct err *err);
};

#define SHARED_KEY_HEX 32
/* parent: unset on scratch. false: such a configuration never hits. */
bool shared_key(const struct digest *parent, const struct run_config *config,
		char out[SHARED_KEY_HEX + 1]);

/* An image that came from the shared cache and may not be in the store yet:
 * true and what it was made on (unset: scratch). */
bool plan_is_shared(const struct plan *plan, const struct digest *id,
		    struct digest *parent);
/* Such an image comes into the store with its layers, where somebody brings
 * them; of any other image nothing is done. */
int plan_bring_shared(struct plan *plan, const struct digest *image,
		      struct err *err);
