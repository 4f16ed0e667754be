/*
 * The directories of one layer, listed ahead by helper threads while the
 * caller goes through them. Inside of this folder.
 */
#pragma once

#include "store/inside.h"

struct scan;
struct scan_stat { /* of the thing itself, no link was followed */
	uint64_t dev, ino, size, rdev;
	uint32_t mode, uid, gid, nlink;
};
struct scan_name {
	const char *text, *link; /* link: of a symlink, else NULL */
	struct scan_stat st;
	struct scan_dir *dir;    /* of a directory, to be entered; else NULL */
};
struct scan_dir {
	struct scan_name *names; /* in bytewise order */
	size_t count, bytes;     /* bytes: of names and links, NULs included */
};

/* top: relative to dir_fd, which must stay open. Both are borrowed.
 * names_only: of the mode the type alone is there, and of all else only the
 * numbers of character devices. */
struct scan *scan_start(int dir_fd, const char *top, bool names_only);
void scan_free(struct scan *scan);
AUTO_DEFINE(struct scan, scan_free)
struct scan_dir *scan_top(struct scan *scan);
/* Fills in the names: of the top, and of any that an entered one named. */
int scan_enter(struct scan *scan, struct scan_dir *dir, struct err *err);
/* It is freed; what it named must have been left, or never is entered. */
void scan_leave(struct scan *scan, struct scan_dir *dir);
