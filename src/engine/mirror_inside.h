/* Private to mirror*.c: what one image is made of, as the API tells it. */
#pragma once

#include <jansson.h>

#include "engine/mirror.h"
#include "transport/daemon.h"

/* Two varves that follow one daemon wait for each other: a descriptor that
 * holds the turn until it is closed, or -1. */
int mirror_turn(const char *root, struct err *err);

/* One of GET /images/json. */
struct listed_image {
	struct digest id, parent;
	size_t first_ref, ref_count; /* of the listing's refs */
	bool put;
};
struct listing {
	struct listed_image *images;
	size_t count;
	struct strv refs;        /* names of all images … */
	struct digest *ref_ids;  /* … and what they mean */
	size_t ref_count;
};
void listing_release(struct listing *listing);
AUTO_DEFINE_IN_PLACE(struct listing, listing_release)
/* listing must be zeroed. */
int mirror_list(struct daemon *daemon, struct listing *listing,
		struct err *err);

struct told_image {
	struct buf json;         /* a configuration, as far as it is known */
	struct image_config config;
	uint64_t *sizes;         /* of its layers, bottom first */
	char *tagged;            /* when it was last, or NULL */
};
void told_image_release(struct told_image *told);
AUTO_DEFINE_IN_PLACE(struct told_image, told_image_release)
/* parent: its configuration, or NULL. told must be zeroed. */
int mirror_tell(struct daemon *daemon, const struct digest *id,
		const struct image_config *parent, struct told_image *told,
		struct err *err);
/* When it was last tagged; owned, NULL: never. */
int mirror_tagged(struct daemon *daemon, const struct digest *id, char **out,
		  struct err *err);
/* ERR_UNSUPPORTED where no image says what it was built with. */
int mirror_check_driver(struct daemon *daemon, struct err *err);
