/*
 * The size of a layer on disk: st_size of everything but directories, each
 * inode once. (store.md 1.6.)
 */
#pragma once

#include <stdint.h>

#include "base/err.h"

int dir_size(int dir, uint64_t *size, struct err *err);
