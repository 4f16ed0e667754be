/*
 * Locations (spec/location.h) opened: any of them to read images from, most
 * to write one to.
 */
#pragma once

#include "engine/distribute.h"
#include "spec/location.h"
#include "transport/image.h"

struct place;
/* own_root: the store that plain names are in. options: for registries; NULL:
 * the usual. */
int place_open(const struct location *location, const char *own_root,
	       const struct transfer_options *options, struct place **out,
	       struct err *err);
struct image_source *place_source(struct place *place); /* borrowed */
/* A store of its own, to be written to, that it came into; borrowed; NULL if
 * it was not unpacked. */
struct store *place_store(struct place *place);
void place_free(struct place *place);
AUTO_DEFINE(struct place, place_free)

/*
 * A data root that holds the images of a location, owned: text itself if it
 * is a directory, else one in the cache directory, filled when it is first
 * asked for. Images get the names that they have there. What is in the cache
 * goes when it was not used for PLACE_UNUSED_DAYS, or PLACE_ROOTS_MAX were
 * used since; not while this process runs.
 */
#define PLACE_UNUSED_DAYS 7
#define PLACE_ROOTS_MAX 16
int place_root(const char *text, char **root, struct err *err);
/* Whether text names the docker daemon as a place, and no image in it. */
bool place_is_daemon(const char *text);
/* What the one image that a location names is called in that root; owned.
 * NULL: it is no location, or names none. */
char *place_image(const char *text);

/* How the registries of a copy are spoken to. */
struct place_options {
	struct transfer_options from, to;
};
/* One image; layers, and where both sides know manifests also these, keep
 * their digests. */
int place_copy(const struct location *from, const struct location *to,
	       const char *own_root, const struct place_options *options,
	       struct err *err);
