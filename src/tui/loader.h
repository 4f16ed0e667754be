/*
 * Reads trees of files of layers without ever waiting: a worker writes them
 * as a pack (store/pack.h) into the user's cache, from where they are mapped.
 * Big ones stay there, so that an image is read once.
 */
#pragma once

#include "store/pack.h"
#include "tui/worker.h"

struct loader {
	struct worker worker;
	char *path;        /* of the pack that is made, or NULL */
	bool named;        /* the names of it are there */
	int64_t since;     /* when it began, in ms */
	/* What was read last; to be taken over. */
	struct files *old, *now;
	struct waste *waste;
};
void loader_init(struct loader *loader);
void loader_release(struct loader *loader);
/* args: a verb and what it needs; "--pack PATH" is put behind the verb. name:
 * of pack_name. 1 it is there at once, 0 under way, -1. */
int loader_start(struct loader *loader, const struct strv *args,
		 const char *name, struct err *err);
bool loader_runs(const struct loader *loader);
/* 1 it is there, or (while it still runs) the names of it; 0 nothing new, -1
 * it failed. */
int loader_poll(struct loader *loader, struct err *err);
void loader_cancel(struct loader *loader);
