/* Knows the names of the events. */
#include "plan/event.h"

static const char *const names[] = {
	[EVENT_CONTEXT] = "context",
	[EVENT_WARNING] = "warning",
	[EVENT_STEP] = "step",
	[EVENT_TRIGGERS] = "triggers",
	[EVENT_NOTE] = "note",
	[EVENT_CACHED] = "cached",
	[EVENT_RUNNING] = "running",
	[EVENT_LOG] = "log",
	[EVENT_PROGRESS] = "progress",
	[EVENT_REMOVED] = "removed",
	[EVENT_IMAGE] = "image",
	[EVENT_DONE] = "done",
	[EVENT_STAGE] = "stage",
	[EVENT_UNUSED] = "unused",
	[EVENT_BUILT] = "built",
	[EVENT_TAGGED] = "tagged",
	[EVENT_ERROR] = "error",
};

const char *event_name(enum event_kind kind)
{
	return names[kind];
}
