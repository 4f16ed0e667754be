/*
 * What the engine says while it works: its only output (house.md law 4).
 * The command line prints events as Docker's classic text, --progress=json
 * as JSON lines, and the screen folds those lines into a run_state.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "spec/digest.h"

enum event_kind {
	EVENT_CONTEXT,   /* bytes: length of the context tar docker would send */
	EVENT_WARNING,   /* text, printed as it is in Docker's error colour */
	EVENT_STEP,      /* step, total, text: "Step 2/5 : RUN x" */
	EVENT_TRIGGERS,  /* count in bytes: "# Executing 3 build triggers" */
	EVENT_NOTE,      /* text: a line Docker prints on stdout */
	EVENT_CACHED,    /* " ---> Using cache" */
	EVENT_RUNNING,   /* text = container ID: " ---> Running in" */
	EVENT_LOG,       /* stream 1|2, text (len bytes): output of a RUN */
	EVENT_PROGRESS,  /* bytes so far of this step's copy */
	EVENT_REMOVED,   /* text = container ID: "Removing intermediate container" */
	EVENT_IMAGE,     /* image: " ---> <id>"; unset: " ---> " (scratch) */
	EVENT_DONE,      /* step finished: ms, bytes = layer size, cpu_ms */
	EVENT_STAGE,     /* image: a stage ended with it */
	EVENT_UNUSED,    /* text: build args nobody declared, blank between */
	EVENT_BUILT,     /* image: "Successfully built" */
	EVENT_TAGGED,    /* text: familiar reference */
	EVENT_ERROR,     /* text, code: the build failed */
};
const char *event_name(enum event_kind kind);

struct event {
	enum event_kind kind;
	int step, total;    /* Docker's numbers; 0 if outside a step */
	int stream;
	const char *text;
	size_t len;         /* of text; text is also NUL-terminated */
	int64_t bytes;
	int64_t ms, cpu_ms; /* durations */
	int64_t at_ms;      /* since the build started */
	int code;           /* exit code of EVENT_ERROR */
	struct digest image;
};

/* Non-zero: stop as soon as possible (cancelled). */
typedef int event_sink(void *arg, const struct event *event);

/* One JSON line with its newline; bytes that are not UTF-8 as "text_b64". */
void event_format_json(const struct event *event, struct buf *out);
/* The event's strings point into *storage. */
int event_parse_json(const char *line, size_t len, struct event *out,
		     struct buf *storage, struct err *err);
