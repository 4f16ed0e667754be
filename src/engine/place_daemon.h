/* Private to place*.c: archives of images from and to a docker daemon. */
#pragma once

#include <sys/types.h>

#include "spec/location.h"
#include "transport/daemon.h"

/* The image of from as an archive in a nameless file, which *out then names;
 * *fd: keeps it. To be called before a user namespace is entered, where the
 * group that may speak to the daemon is lost. */
int place_from_daemon(const struct location *from, struct location *out,
		      int *fd, struct err *err);

/* A process that gives the daemon what is written to fd. */
struct place_upload {
	struct daemon *daemon;
	pid_t child;
	int fd, said;
};
int place_to_daemon(struct place_upload *out, struct err *err);
/* done: of the writing. The daemon's word counts more than a broken pipe. */
int place_uploaded(struct place_upload *upload, int done, struct err *err);
