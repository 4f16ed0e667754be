/*
 * Pulls and pushes as docker shows them: on a terminal each layer keeps its
 * line, elsewhere lines with a count of bytes are left out.
 */
#pragma once

#include <stdio.h>

#include "engine/distribute.h"

struct transfer {
	FILE *out;
	bool quiet;
	bool terminal;
	int width;
	struct strv ids; /* in the order of their lines */
};
void transfer_init(struct transfer *transfer, FILE *out, bool quiet);
void transfer_release(struct transfer *transfer);
AUTO_DEFINE_IN_PLACE(struct transfer, transfer_release)
/* A transfer_sink; arg is a struct transfer. */
void transfer_show(void *arg, const struct transfer_event *event);
