/*
 * Notices that the Dockerfile, the context or the store changed on disk.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WATCH_DIRS_MAX 8192 /* directories of a context that are watched */

struct watch;
enum watch_what {
	WATCH_SOURCES = 1, /* Dockerfile or context */
	WATCH_STORE = 2,
};
/* Never fails: where the kernel gives no watches, nothing is noticed. */
struct watch *watch_new(void);
void watch_free(struct watch *watch);
int watch_fd(const struct watch *watch); /* -1: none */
/* The directory and all below it, but for the skipped ones. */
void watch_tree(struct watch *watch, const char *path,
		const char *const *skip, size_t skip_count);
/* The directory alone. */
void watch_dir(struct watch *watch, const char *path, enum watch_what what);
/* Whether some directories could not be watched (cap, kernel limits). */
bool watch_incomplete(const struct watch *watch);
/* Reads what there is; bits of enum watch_what. New directories are taken
 * into the watch. */
unsigned watch_poll(struct watch *watch);
