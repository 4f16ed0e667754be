/*
 * What stands on what: by the parent link where one is recorded; where none
 * is (pulled, loaded, built by BuildKit) by the layers. X descends from P if
 * X's diff IDs begin with all of P's: the P with the most layers, of those
 * with as many the one whose history X's begins with. That is exact for
 * layers; an image that adds none is found by its history alone.
 */
#pragma once

#include "store/store.h"

#define LINEAGE_NONE SIZE_MAX

struct lineage {
	size_t count;
	struct lineage_image {
		size_t parent;     /* index, or LINEAGE_NONE */
		size_t kid, next;  /* first child; next of its parent; by ID */
		size_t kids, below; /* children; all descendants */
		bool by_layers;    /* the parent was not recorded */
		unsigned holders;  /* listed images (with a tag, or without
				    * children) that have all of its layers,
				    * it may be one of them */
	} *images;                 /* as the images they were made from */
};
/* images: sorted by ID, as store_images gives them. Those that are not loaded
 * are placed by their links alone. */
void lineage_make(struct image *const *images, size_t count,
		  struct lineage *out);
/* Of the image in such a list, or LINEAGE_NONE. */
size_t lineage_index(struct image *const *images, size_t count,
		     const struct digest *id);
void lineage_release(struct lineage *lineage);
AUTO_DEFINE_IN_PLACE(struct lineage, lineage_release)
