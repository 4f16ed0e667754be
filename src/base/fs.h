/*
 * Files. Every name is relative to a directory descriptor (AT_FDCWD allowed).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"

/* Reads to the end; more than limit bytes is ERR_INPUT. out is appended to. */
int fs_read_fd(int fd, size_t limit, struct buf *out, struct err *err);
/* 1 read, 0 not there, -1 failed. */
int fs_read(int dir, const char *name, size_t limit, struct buf *out,
	    struct err *err);
int fs_write_all(int fd, const void *bytes, size_t len, struct err *err);

/*
 * Writes name so that it appears whole or not at all: temporary name in the
 * same directory, write, rename. With durable the file is synced before the
 * rename and the directory after it.
 */
int fs_write_atomic(int dir, const char *name, const void *bytes, size_t len,
		    mode_t mode, bool durable, struct err *err);

/*
 * Puts these bytes in the place of a user's file, whole or not at all: a link
 * is followed to the file that it names, mode and owner stay as they were. One
 * that may not be written is left alone, whatever its directory allows; one
 * that is not there is made with mode 0666 and the umask.
 */
int fs_replace(const char *path, const void *bytes, size_t len,
	       struct err *err);

/* Makes name and its missing parents. Existing directories are fine. */
int fs_mkdir_p(int dir, const char *name, mode_t mode, struct err *err);

/* Removes a file or a whole tree, however deep, never following links; no
 * more than three descriptors are open at a time. Absent is fine. */
int fs_remove_tree(int dir, const char *name, struct err *err);

/*
 * Calls visit for each name in the directory but "." and "..", in bytewise
 * order. A visit that returns non-zero ends the walk with that value.
 */
typedef int fs_visit(void *arg, int dir, const char *name, struct err *err);
int fs_each(int dir, const char *name, fs_visit *visit, void *arg,
	    struct err *err);

/* The names in a directory (bytewise order) without "." and "..". */
int fs_list(int dir, const char *name, struct strv *out, struct err *err);

/*
 * Opens path as if root were "/": links, also absolute ones, and ".." never
 * leave it (openat2 RESOLVE_IN_ROOT; a component walk where the kernel lacks
 * it). Returns a descriptor, or -1 with *err set (err->sys tells which).
 */
int fs_open_in_root(int root, const char *path, int flags, struct err *err);

/* lexical cleaning as Go's path.Clean does it; owned result. */
char *fs_clean_path(const char *path);

/* 32 random bytes as 64 lower-case hex digits and a NUL. */
void fs_random_hex(char out[65]);
void fs_random_bytes(void *out, size_t len);
