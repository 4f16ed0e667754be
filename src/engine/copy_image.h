/*
 * Our own store as a place to take images from and to put them into, as
 * transport/image.h has it.
 */
#pragma once

#include "store/store.h"
#include "transport/image.h"

/* store is borrowed. Layers come as plain tars, so that their digests are the
 * diff IDs; the manifest is made. */
struct image_source *copy_image_from(struct store *store);
/* store: open for writing. Layers may be compressed; each must be what the
 * configuration says. A name is set as docker load sets it. */
struct image_dest *copy_image_to(struct store *store);
