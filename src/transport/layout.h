/*
 * The OCI image layout, a directory (image-spec, image-layout.md; store.md
 * 6.4). An index in the index is followed; of several platforms this
 * machine's is taken; attestations are passed over.
 */
#pragma once

#include "transport/image.h"

/* dir: descriptor, borrowed. */
int layout_source(int dir, struct image_source **out, struct err *err);
/* Made if it is not there; what is in it stays, and a reference moves. */
int layout_dest(int dir, struct image_dest **out, struct err *err);
