/*
 * The tar of a context directory as the docker client sends it
 * (classic-builder.md 3.2, 6.1), made while it is read.
 */
#pragma once

#include "base/buf.h"
#include "spec/tree.h"

struct context_sender;
/*
 * tree: of context_open_dir, borrowed. name: what the Dockerfile from outside
 * the context is called there (its extra_ignore), or NULL; dockerfile: its
 * text. Both borrowed.
 */
struct context_sender *context_sender_new(struct tree *tree, const char *name,
					  struct span dockerfile);
/* The next bytes: how many, 0 at the end, -1 failed. */
ssize_t context_sender_read(struct context_sender *sender, void *bytes,
			    size_t len, struct err *err);
void context_sender_free(struct context_sender *sender);
AUTO_DEFINE(struct context_sender, context_sender_free)
