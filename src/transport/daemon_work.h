/* What a docker daemon does that takes time: it saves an image, or says in
 * lines of JSON what it does (build, load). */
#pragma once

#include "spec/digest.h"
#include "transport/daemon.h"

/* GET /images/get: the archive of an image, by name or ID, written to fd. */
int daemon_save(struct daemon *daemon, const char *image, int fd,
		struct err *err);

/* The whole ID of an image: 1 found, 0 not there, -1. */
int daemon_image_id(struct daemon *daemon, const char *name,
		    struct digest *out, struct err *err);

/* One message: text of a log, or the status of something (id or ""). */
struct daemon_message {
	const char *stream;       /* as it came, or NULL */
	size_t stream_len;        /* NULs may be in it */
	const char *status, *id;  /* or NULL */
	bool counts;              /* the status has bytes beside it */
	const char *image;        /* of a build: a stage ended with it; or NULL */
};
/* Non-zero ends it, with err set. */
typedef int daemon_listen(void *arg, const struct daemon_message *message,
			  struct err *err);
/*
 * Does the call and tells what is said. What the daemon calls an error fails
 * in its words; with a code (of a RUN) it is ERR_COMMAND. call's sink is not
 * used.
 */
int daemon_work(struct daemon *daemon, const struct daemon_call *call,
		daemon_listen *listen, void *arg, struct err *err);
