/*
 * A build in a docker daemon, by its API and its classic builder; what it
 * says comes as the events of our own.
 */
#pragma once

#include "engine/build.h"
#include "plan/workspace.h"

struct daemon_build {
	/* Opened with .sent; borrowed as all of this. */
	const struct workspace *workspace;
	/* .plan without a store, .tags as the user wrote them; .runtime and
	 * caches do not count. */
	const struct build_options *options;
	/* Words that only a daemon understands, as the user wrote them. */
	const char *registry_config; /* of daemon_registry_config() */
	const char *network, *cgroup_parent, *isolation;
	const struct strv *security;
	bool squash;
};

/* The credentials that docker's client sends for registries, owned; helpers
 * are run. NULL: failed. */
char *daemon_registry_config(struct err *err);
/*
 * As build_run: -1 with the daemon's words (ERR_COMMAND: a RUN failed), and
 * EVENT_ERROR was sent. Ending it early closes the connection, at which the
 * daemon gives up.
 */
int build_daemon(const struct daemon_build *build, event_sink *sink,
		 void *arg, struct digest *image, struct err *err);
