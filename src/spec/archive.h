/*
 * Streams of bytes from outside, decompressed (gzip, bzip2, xz, zstd, or
 * plain, told by magic). The only door to libarchive.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"

struct archive_source;
/* fd is borrowed, read from where it stands. */
struct archive_source *archive_source_fd(int fd, struct err *err);
/* Bytes from a callback: > 0 count, 0 end, -1 failed. arg is borrowed. */
typedef ssize_t archive_pull(void *arg, void *bytes, size_t len,
			     struct err *err);
struct archive_source *archive_source_pull(archive_pull *pull, void *arg,
					   struct err *err);
/* Decompressed bytes: > 0, 0 end, -1 failed (err says "unexpected EOF"…). */
ssize_t archive_source_read(struct archive_source *source, void *bytes,
			    size_t len, struct err *err);
/* From here on a stream that is damaged or cut short ends where it is, as for
 * a process that reads what another one decompresses. */
void archive_source_forgive(struct archive_source *source);
/* What the damage was, or NULL: there is none so far. */
const char *archive_source_damage(const struct archive_source *source);
/* More decompressed bytes than these are ERR_INPUT. */
void archive_source_limit(struct archive_source *source, uint64_t bytes);
/* Docker learnt zstd after 20.10, whose ADD takes such a file as a file. */
bool archive_source_is_zstd(const struct archive_source *source);
/* What the program that Docker runs for this compression says of a stream that
 * broke; NULL: it runs none. */
const char *archive_source_complaint(const struct archive_source *source);
void archive_source_free(struct archive_source *source);
AUTO_DEFINE(struct archive_source, archive_source_free)

/*
 * Whether ADD unpacks this file (classic-builder.md 7.3): a known
 * compression or none, and a first tar header that parses. fd's position is
 * put back. 1 archive, 0 not, -1 failed.
 */
int archive_is_tar(int fd, struct err *err);
