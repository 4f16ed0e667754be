/*
 * The init layer: what Docker puts between an image and a container.
 * (classic-builder.md 9.4, end.)
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/* root: the image's root directory, mounted with the init layer on top. */
int initlayer_make(int root, struct err *err);

/* Whether an init layer made above some layers is what would be made above
 * others, too (absolute paths, top first): these are the same but for new
 * ones on top, in which nothing stands in its way or on it. */
bool initlayer_serves(const struct strv *made, const struct strv *now);

/* Whether the init layer gives every container this path (cleaned, without
 * leading slash): as a directory, or as something else. */
bool initlayer_has_dir(const char *path);
bool initlayer_has_file(const char *path);
