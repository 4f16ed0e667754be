/*
 * The images of a docker daemon as a root in the cache directory
 * (store/store.h, mirrors): configurations and parents by its API, the files
 * of a layer when they are first looked at.
 */
#pragma once

#include "store/store.h"

/* Brings the mirror up to what the daemon has now. *root: owned. */
int mirror_root(char **root, struct err *err);
/* Lets the store ask the daemon for files, if it is a mirror. */
void mirror_attend(struct store *store);
