/* xz streams: the only door to liblzma, which is loaded when one comes. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"

/* > 0 count, 0 end, -1 failed; arg is borrowed. */
typedef ssize_t xz_pull(void *arg, void *bytes, size_t len, struct err *err);

/*
 * Streams in a row are one, as for the program xz, which is what Docker runs.
 * Like it, a stream that is damaged or cut short first gives all the bytes
 * that come out of it.
 */
struct xz_reader;
/* NULL with err: liblzma cannot be loaded. */
struct xz_reader *xz_reader_pull(xz_pull *pull, void *arg, struct err *err);
/* > 0 bytes, 0 end, -1 broken or the pull failed. Whoever reads what the
 * program xz writes sees only that it ends: ERR_INPUT "unexpected EOF". */
ssize_t xz_reader_read(struct xz_reader *xz, void *bytes, size_t len,
		       struct err *err);
/* What the program says of a stream that broke. */
const char *xz_reader_complaint(const struct xz_reader *xz);
void xz_reader_free(struct xz_reader *xz);
AUTO_DEFINE(struct xz_reader, xz_reader_free)
