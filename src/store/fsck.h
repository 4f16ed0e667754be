/*
 * Whether a store is whole (store.md 1.7): every finished image has its
 * layers, every layer rebuilds to its diff ID.
 */
#pragma once

#include "store/store.h"

struct fsck_options {
	bool layers; /* also rebuild every layer tar and compare */
};
/* Appends one sentence per problem; returns their number, or -1. */
int store_fsck(struct store *store, const struct fsck_options *options,
	       struct strv *problems, struct err *err);
