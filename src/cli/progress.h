/*
 * Events as text: the classic builder's console output (classic-builder.md
 * section 10), as JSON lines, or kept back for --quiet.
 */
#pragma once

#include <stdio.h>

#include "plan/event.h"

enum progress_style { PROGRESS_CLASSIC, PROGRESS_JSON, PROGRESS_QUIET };

struct progress {
	enum progress_style style;
	FILE *out;
	bool remove, force_remove; /* --rm, --force-rm: the lines they print */
	struct buf kept;           /* of --quiet: shown when the build fails */
};

/* An event_sink; arg is a struct progress. */
int progress_event(void *arg, const struct event *event);
void progress_release(struct progress *progress);
/* Why the build failed, as a line of standard error. */
void progress_error(const char *text);
