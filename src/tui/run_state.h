/*
 * What is known of a build that runs: the events so far, folded.
 */
#pragma once

#include "plan/event.h"
#include "view/row.h"

#define RUN_STEPS_MAX 100000
#define RUN_LOG_MAX 20000 /* lines; of more, the older half goes */

enum run_step_state {
	RUN_STEP_WAITING, RUN_STEP_RUNNING, RUN_STEP_CACHED, RUN_STEP_DONE,
	RUN_STEP_FAILED,
};
struct run_step {
	enum run_step_state state;
	struct digest image;
	bool timed; /* it ran, so that these are known: */
	int64_t ms, bytes;
	int64_t began_ms; /* since the build started */
	int code;         /* of the command that failed; 0: another reason */
};
struct run_line {
	enum style style;
	char *text; /* safe */
	int step;   /* number, 0: of none */
	bool head;  /* the first of its step */
};
struct run_state {
	unsigned number;            /* of the build: another one, another log */
	bool started, ended, failed;
	bool stopped;       /* by the user */
	int step, total;            /* the current one */
	struct run_step *steps;     /* by number, [0] unused */
	size_t step_count;
	struct digest *built;       /* [n]: images, for struct tree_view */
	struct run_line *log;
	size_t log_count;
	size_t log_dropped;         /* lines that are gone */
	struct buf partial[3];      /* by stream: a line without its end */
	bool live;                  /* the log's last line is such a one */
	char *error;                /* or NULL */
	struct digest image;        /* the result */
	int64_t at_ms;              /* of the last event, or the clock's */
};
void run_state_init(struct run_state *run);
void run_state_release(struct run_state *run);
/* Pure: the state after the event hangs on the state and the event only. */
void run_state_fold(struct run_state *run, const struct event *event);
void run_state_log(struct run_state *run, enum style style, const char *text,
		   size_t len);
/* The worker is gone; status is wait's. Ends what no event has ended. */
void run_state_end(struct run_state *run, bool cancelled, const char *error);
/* So long it runs now. */
void run_state_clock(struct run_state *run, int64_t ms);
const struct run_step *run_state_step(const struct run_state *run, int n);
