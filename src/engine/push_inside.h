/* What the files of a push share. */
#pragma once

#include <pthread.h>

#include "base/mem.h"
#include "engine/distribute.h"
#include "spec/reference.h"

/* One push under way. */
struct pushing {
	struct store *store;
	const struct transfer_options *options;
	struct registry *registry;
	const struct reference *ref;
	char *repository; /* "docker.io/library/alpine" */
	bool named;       /* so is the image in the store */
	pthread_mutex_t *lock; /* of events and the store's notes; NULL: one
	                          thread */
};
/* To the registry of ref, which is borrowed; the other fields stay. */
int pushing_open(struct pushing *pushing, struct store *store,
		 const struct reference *ref,
		 const struct transfer_options *options, struct err *err);
void pushing_release(struct pushing *pushing);
AUTO_DEFINE_IN_PLACE(struct pushing, pushing_release)

/* Makes the registry have a layer; out->media_type is static. */
int push_blob(const struct pushing *pushing, const struct layer *layer,
	      struct descriptor *out, struct err *err);
/* The same with an image's configuration. */
int push_config(const struct pushing *pushing, const struct image *image,
		struct descriptor *out, struct err *err);
