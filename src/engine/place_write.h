/* Between place.c and place_write.c. */
#pragma once

#include "engine/distribute.h"
#include "spec/location.h"
#include "spec/reference.h"

/* A fresh directory in the cache; owned. NULL with err. */
char *place_scratch(struct err *err);
extern const struct transfer_options place_usual; /* asked in no other way */
/* Opens the location's registry; ref gets its name, for release. */
int place_registry(const struct location *location,
		   const struct transfer_options *options,
		   struct reference *ref, struct registry **out,
		   struct err *err);
/* The directory's files as a tar to fd, by name, all root's, without times. */
int layout_tar(int dir, int fd, struct err *err);
