/* What cancels a command that works for long. */
#pragma once

/*
 * SIGINT, SIGTERM and SIGHUP end nothing any more: they become readable on the
 * returned descriptor, which the caller closes. Nor does SIGPIPE. -1: none.
 */
int cancel_open(void);
