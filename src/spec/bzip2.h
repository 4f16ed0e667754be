/* bzip2 streams: the only door to libbz2, which is loaded when one comes. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"

/* > 0 count, 0 end, -1 failed; arg is borrowed. */
typedef ssize_t bzip2_pull(void *arg, void *bytes, size_t len,
			   struct err *err);

/* Streams in a row are one. As with Go's compress/bzip2, which Docker reads
 * with, a stream that is damaged or cut short first gives its whole blocks,
 * and the start of one that ends well if the bits it lacks were zeros. */
struct bzip2_reader;
/* NULL with err: libbz2 cannot be loaded. */
struct bzip2_reader *bzip2_reader_pull(bzip2_pull *pull, void *arg,
				       struct err *err);
/* > 0 bytes, 0 end, -1 broken (ERR_INPUT in Go's words) or the pull failed. */
ssize_t bzip2_reader_read(struct bzip2_reader *bzip2, void *bytes, size_t len,
			  struct err *err);
void bzip2_reader_free(struct bzip2_reader *bzip2);
AUTO_DEFINE(struct bzip2_reader, bzip2_reader_free)
