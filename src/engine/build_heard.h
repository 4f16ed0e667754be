/* What the classic builder of a daemon says, as events. */
#pragma once

#include "plan/event.h"
#include "transport/daemon_work.h"

struct heard {
	event_sink *sink;
	void *arg;
	/* The whole of a short ID: 1 found, 0. */
	int (*find)(void *arg, const char *id, struct digest *out);
	void *find_arg;
	bool removes;        /* --rm */
	int64_t started_ms, (*clock_ms)(void);
	/* Below: zeroed at first. */
	int step, total;
	const char *rest;    /* of a line that is an event already, or NULL */
	bool works;          /* the step is no hit, and no FROM */
	char running[65];    /* container whose output comes, or "" */
	int64_t step_ms;     /* when the step began */
	struct digest image; /* of the stage that ended last */
};
/* A daemon_listen; arg is a struct heard. Printed as docker prints events, the
 * events are byte by byte what docker's client prints of the messages. */
int heard_message(void *arg, const struct daemon_message *message,
		  struct err *err);
