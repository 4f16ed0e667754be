/*
 * The capabilities of a container of Docker, and who has them.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "spec/names.h"

/* Drops the bounding set, becomes the account, keeps what root of a
 * container has; anyone else has none. Changes the calling process. */
int caps_become(const struct account *account, struct err *err);

struct cap {
	int number;
	const char *name; /* "CAP_CHOWN" */
};
/* Docker's default ones in Docker's order; ends with a NULL name. */
const struct cap *caps_default(void);
