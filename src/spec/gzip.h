/* gzip streams on descriptors: the only door to zlib. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"

/* Writes to fd, which is borrowed. The header is as Go writes it (no time,
 * OS unknown); the level is the fastest, and what is packed already is stored
 * as it is: readers take any. */
struct gzip_writer;
struct gzip_writer *gzip_writer_new(int fd);
int gzip_writer_add(struct gzip_writer *gzip, const void *bytes, size_t len,
		    struct err *err);
int gzip_writer_end(struct gzip_writer *gzip, struct err *err);
void gzip_writer_free(struct gzip_writer *gzip);
AUTO_DEFINE(struct gzip_writer, gzip_writer_free)

/* Reads from fd, which is borrowed. Members in a row are one stream. */
struct gzip_reader;
struct gzip_reader *gzip_reader_new(int fd);
/* From a callback instead: > 0 count, 0 end, -1 failed; arg is borrowed. */
typedef ssize_t gzip_pull(void *arg, void *bytes, size_t len,
			  struct err *err);
struct gzip_reader *gzip_reader_pull(gzip_pull *pull, void *arg);
/* > 0 bytes, 0 end, -1 broken (ERR_CORRUPT) or the pull failed. A damaged
 * stream first gives all the bytes that come out of it, as Go's does. */
ssize_t gzip_reader_read(struct gzip_reader *gzip, void *bytes, size_t len,
			 struct err *err);
void gzip_reader_free(struct gzip_reader *gzip);
AUTO_DEFINE(struct gzip_reader, gzip_reader_free)
