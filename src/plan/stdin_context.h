/* A context that comes on stdin: a tar, or the text of a Dockerfile. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "spec/tree.h"

/* A nameless file, empty; -1 and err. */
int stdin_context_file(struct err *err);
/* All of stdin in a nameless file, at its start; -1 and err. */
int stdin_context_save(struct err *err);
/* 1 a tar (plain or compressed), 0 a text; the position is kept. */
int stdin_context_is_tar(int fd, struct err *err);
/* The tar that the docker client makes of a Dockerfile alone, nameless and at
 * its start; -1 and err. */
int stdin_context_tar(const struct buf *text, struct err *err);
/* The context that the docker client makes of a Dockerfile alone. */
int stdin_context_of_text(const struct buf *text, struct tree **out,
			  struct err *err);
