/*
 * An overlay mount for one run.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct overlay {
	const char *top;            /* one more lower above them, or NULL */
	const struct strv *lowers;  /* top first; with top at least one */
	const char *upper, *work;
	bool user_xattr;
	bool no_devices;            /* device nodes cannot be opened */
};

/* In a mount namespace of our own. */
int overlay_mount(const struct overlay *overlay, const char *target,
		  struct err *err);
