/* Between place.c and place_write.c. */
#pragma once

#include "base/err.h"

/* A fresh directory in the cache; owned. NULL with err. */
char *place_scratch(struct err *err);
/* The directory's files as a tar to fd, by name, all root's, without times. */
int layout_tar(int dir, int fd, struct err *err);
