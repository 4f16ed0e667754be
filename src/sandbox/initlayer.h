/*
 * The init layer: what Docker puts between an image and a container.
 * (classic-builder.md 9.4, end.)
 */
#pragma once

#include "base/err.h"

/* root: the image's root directory, mounted with the init layer on top. */
int initlayer_make(int root, struct err *err);
