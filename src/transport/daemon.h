/*
 * A docker daemon, spoken to by its API (Docker Engine API v1.41; store.md
 * section 8): images, what they were built with, archives in and out, builds.
 * It is found where the docker client finds it.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "transport/http.h"

struct daemon;
/*
 * Connects and agrees on a version that still says what an image was built
 * with. ERR_DENIED: the socket is not ours to use; ERR_UNSUPPORTED: the
 * daemon is too new. cancel_fd (or -1): becoming readable ends a request.
 */
int daemon_open(int cancel_fd, struct daemon **out, struct err *err);
void daemon_free(struct daemon *daemon);
AUTO_DEFINE(struct daemon, daemon_free)
/* As the user wrote it, "unix:///var/run/docker.sock"; borrowed. */
const char *daemon_host(const struct daemon *daemon);

struct daemon_call {
	const char *method, *path; /* path: below the version, escaped */
	const char *header;        /* one more ("Name: value"), or NULL */
	int body_fd;               /* > 0: a tar, to its end; borrowed */
	http_source *source;       /* or a tar that is made as it goes */
	void *source_arg;
	http_sink *sink;           /* gets the body of a good answer */
	void *arg;
};
/* A status from 400 on is an error in the daemon's words ("Error response
 * from daemon: …"), ERR_NOT_FOUND if it is 404. */
int daemon_do(struct daemon *daemon, const struct daemon_call *call,
	      struct err *err);
/* The body of a GET, which may have limit bytes; out is appended to. */
int daemon_read(struct daemon *daemon, const char *path, size_t limit,
		struct buf *out, struct err *err);
/* Escapes what a path or a query needs; appends. */
void daemon_escape(struct buf *out, const char *text);
