/*
 * The store of podman and buildah, read only (store.md 9). Locked for reading
 * while its two lists are read; layers are rebuilt from their tar-split.
 */
#pragma once

#include "transport/image.h"

/* Of this user; owned. */
char *containers_default_root(void);
int containers_source(const char *root, struct image_source **out,
		      struct err *err);
