/* What would be written over the screen, kept until it is gone. */
#pragma once

struct held_stderr {
	int fd;   /* what stderr was, -1: it is let alone */
	int kept; /* where it goes meanwhile */
};
/* Only of a terminal: elsewhere it hurts nobody. */
void held_stderr_take(struct held_stderr *held);
/* Gives stderr back, and writes what was held. */
void held_stderr_release(struct held_stderr *held);
