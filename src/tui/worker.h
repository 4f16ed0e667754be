/*
 * A child process that does the heavy work: the program runs itself, in a
 * process group of its own, and its output is read without ever waiting.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

#define WORKER_OUT_MAX (64 * 1024 * 1024) /* bytes kept of its output */
#define WORKER_ERR_MAX (1024 * 1024)

struct worker {
	pid_t pid;      /* 0: there is none */
	int pid_fd;     /* readable when it is gone; -1 if unknown */
	int out_fd, err_fd;
	int in_fd;      /* to its standard input, or -1: it has none */
	struct buf out, err;
	bool cancelled;
	int status;     /* wait's, once it is gone */
};
void worker_init(struct worker *worker);
/* args: the program's own arguments without its name. */
int worker_start(struct worker *worker, const struct strv *args,
		 struct err *err);
/* The same for one that is also written to, in pieces that its pipe takes at
 * once. */
int worker_start_talking(struct worker *worker, const struct strv *args,
			 struct err *err);
bool worker_runs(const struct worker *worker);
/* Takes in what there is; true when the worker has ended (once). */
bool worker_poll(struct worker *worker);
/* The first line of what it said on standard error, without the program's
 * name, or how it ended; owned. */
char *worker_words(const struct worker *worker);
/* Asks it, with everything that it started, to stop. */
void worker_cancel(struct worker *worker);
/* Asks, gives it a moment, then ends it; forgets it. */
void worker_stop(struct worker *worker);
/* Ends it at once if it runs, and forgets it. */
void worker_release(struct worker *worker);
AUTO_DEFINE_IN_PLACE(struct worker, worker_release)
