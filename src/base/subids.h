/*
 * The ids that /etc/subuid and /etc/subgid lend a user (subuid(5)), and how
 * they count inside a namespace of his own: he is 0, the lent ones follow.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"

#define SUBIDS_UID "/etc/subuid"
#define SUBIDS_GID "/etc/subgid"
#define SUBIDS_MAX 32

struct subids {
	unsigned long own;
	struct {
		unsigned long first, count;
	} ranges[SUBIDS_MAX];
	size_t count;
};
/* own: of this process. None lent: ERR_UNSUPPORTED. */
int subids_read(const char *file, unsigned long own, struct subids *out,
		struct err *err);
/* What an id seen outside is inside; one that is not lent stays. */
unsigned long subids_inside(const struct subids *ids, unsigned long outside);
