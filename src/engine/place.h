/*
 * Locations (spec/location.h) opened: any of them to read images from, most
 * to write one to.
 */
#pragma once

#include "spec/location.h"
#include "transport/image.h"

struct place;
/* own_root: the store that plain names are in. */
int place_open(const struct location *location, const char *own_root,
	       struct place **out, struct err *err);
struct image_source *place_source(struct place *place); /* borrowed */
void place_free(struct place *place);
AUTO_DEFINE(struct place, place_free)

/*
 * A data root that holds the images of a location, owned: text itself if it
 * is a directory, else one in the cache directory, filled when it is first
 * asked for. Images get the names that they have there.
 */
int place_root(const char *text, char **root, struct err *err);

/* One image; layers, and where both sides know manifests also these, keep
 * their digests. */
int place_copy(const struct location *from, const struct location *to,
	       const char *own_root, struct err *err);
