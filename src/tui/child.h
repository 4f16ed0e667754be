/*
 * Programs that have the terminal for a while: an editor, a shell. The
 * terminal is already as they expect it; signals become the default ones.
 */
#pragma once

#include "base/err.h"
#include "base/buf.h"

/* stderr_fd: what they get as standard error; -1: ours. Returns when the
 * program ended; a program that is stopped stops us, too. */
int child_edit(const char *path, int line, int stderr_fd, struct err *err);
/* The user's shell in a directory; or, command not NULL, one command, after
 * which Enter is waited for, so that its words can be read. */
int child_shell(const char *dir, const char *command, int stderr_fd,
		struct err *err);
/* The program itself with these arguments, on our standard streams: how it
 * ended, as its exit status; -1: it was not started. */
int child_self(const struct strv *args, struct err *err);
