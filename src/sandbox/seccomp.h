/*
 * Docker's default seccomp profile.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Loads the profile into the calling process. */
int seccomp_apply(struct err *err);

/* ---- the profile itself (seccomp_profile.c) ---- */

enum seccomp_when {
	SECCOMP_ALWAYS,
	SECCOMP_AMD64,  /* and its 32-bit relatives */
	SECCOMP_ARM,    /* arm and arm64 */
};

struct seccomp_group {
	enum seccomp_when when;
	const char *const *names; /* ends with NULL */
};
/* Allowed whatever their arguments are; ends with a NULL list. */
const struct seccomp_group *seccomp_allowed(void);

/* Allowed if (argument 0 & mask) == value. */
struct seccomp_compare {
	const char *name;
	uint64_t mask, value;
};
const struct seccomp_compare *seccomp_compared(void); /* ends: NULL name */

/* Answered ENOSYS so that programs take the older way. */
#define SECCOMP_ABSENT "clone3"
