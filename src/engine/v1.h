/*
 * The legacy ("v1") identity of a layer in a `docker save` archive
 * (store.md 6.1).
 */
#pragma once

#include "spec/config.h"

/*
 * ID and json file of the layer with this chain ID. top: the image whose top
 * layer it is, or NULL for a layer below. parent: v1 ID (64 hex) of the layer
 * below, or NULL.
 */
void v1_layer(const struct image_config *top, const struct digest *chain,
	      const char *parent, char id[65], struct buf *json);
