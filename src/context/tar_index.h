/*
 * The entries of a tar context by path, while the tar is read and after it.
 */
#pragma once

#include "context/entry.h"

struct tar_index *tar_index_new(void);
/* Puts entry at its path. A directory that meets a directory only gives it
 * its attributes; anything else that was there goes, with all below it. The
 * parents are made where they are missing; links in them are followed. */
int tar_index_put(struct context *context, const char *path,
		  const struct entry *entry, struct err *err);
/* The sum of the first entry of that name. */
void tar_index_sum(struct context *context, const char *path,
		   const struct digest *sum);
/* Makes children and order of what is left, and gives it the sums. */
void tar_index_finish(struct context *context);
