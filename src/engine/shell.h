/*
 * A shell in the state before or after a step of a plan. What it changes is
 * thrown away.
 */
#pragma once

#include "plan/plan.h"

enum shell_when {
	SHELL_BEFORE,
	SHELL_AFTER,  /* of a RUN that is not built: its command runs first */
};
struct shell_options {
	enum shell_when when;
	const char *command;   /* for /bin/sh -c; NULL: a shell to type in */
	const char *user;      /* NULL: that of the image */
	bool network_none;
	int cancel_fd;         /* readable: end it; or -1 */
};
/*
 * The store may be open for reading only. step: of a plan of that store.
 * *status: what the shell ended with. -1 ERR_INPUT: there is no such state,
 * or not yet; ERR_DENIED and others: it cannot be shown here.
 */
int shell_run(struct store *store, const struct step *step,
	      const struct shell_options *options, int *status,
	      struct err *err);
