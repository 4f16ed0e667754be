/*
 * Tars made in memory, right ones and wrong ones, for the tests that read
 * them.
 */
#pragma once

#include "base/buf.h"
#include "spec/archive.h"
#include "spec/layertar.h"
#include "spec/untar.h"

/* Appends one entry as Docker would write it, content and padding too. */
void tarmake_entry(struct buf *tar, const struct tar_entry *entry,
		   const char *content);
void tarmake_file(struct buf *tar, const char *name, const char *content);
void tarmake_dir(struct buf *tar, const char *name);
void tarmake_link(struct buf *tar, char typeflag, const char *name,
		  const char *target);
/* A block of this type with a body as it is: 'x', 'g', 'L', 'K'. */
void tarmake_special(struct buf *tar, char typeflag, const void *body,
		     size_t len);
/* One PAX record, its length counted. */
void tarmake_record(struct buf *body, const char *key, const char *value);
void tarmake_end(struct buf *tar);
/* Puts the right sum into the block at offset at. */
void tarmake_sum(struct buf *tar, size_t at);

void tarmake_gzip(const struct buf *from, struct buf *to);

/* A nameless file with these bytes, at its start. */
int tarmake_fd(const void *bytes, size_t len);
/* The bytes of such a file, from its start. */
void tarmake_slurp(int fd, struct buf *out);

/* Reads from a buf by small pieces, so that every boundary is met. */
struct tarmake_pipe {
	const struct buf *bytes;
	size_t at, step;
};
archive_pull tarmake_pull;
