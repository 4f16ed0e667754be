/*
 * A terminal for a command in a sandbox: a pty of its own, so that it cannot
 * reach the user's, and somebody who passes on between the two.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

#include "base/err.h"

struct terminal {
	int fd;              /* the command's end, for sandbox_spec; 0: none */
	pid_t relay;
	struct termios was;  /* the user's terminal */
};
/*
 * Standard input and output must be a terminal, which is raw until
 * terminal_close. When it goes away the caller gets a SIGHUP. Single-threaded
 * callers only.
 */
int terminal_open(struct terminal *out, struct err *err);
/* Passes on what is left, once the command is gone; then all is as before.
 * NULL and a closed one are fine. */
void terminal_close(struct terminal *terminal);
