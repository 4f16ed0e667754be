/*
 * The layer tar as Docker 20.10 writes it: header bytes, PAX records,
 * whiteouts, order; its DiffID, size and tar-split, made in one pass.
 * (classic-builder.md section 9; store.md 1.6, 3.)
 */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "spec/chunk.h"
#include "spec/digest.h"

struct tar_xattr {
	char *name;
	struct buf value;
};

/* One tar entry. All strings may be NULL (= empty). */
struct tar_entry {
	char *name;     /* as in the tar: no leading '/', directories end in '/' */
	uint32_t mode;  /* with the type bits that Docker writes (0100644) */
	int64_t uid, gid;
	int64_t size;   /* bytes of content that follow */
	struct timespec mtime;
	char typeflag;  /* '0' '1' '2' '3' '4' '5' '6' */
	char *linkname, *uname, *gname;
	int64_t devmajor, devminor;
	struct tar_xattr *xattrs; /* only security.capability is written */
	size_t xattr_count;
	int64_t atime_sec; /* read only; -1 absent */
};
void tar_entry_release(struct tar_entry *entry);

/* Appends the header block(s), PAX ones included. */
void tar_header_format(const struct tar_entry *entry, struct buf *out);

/*
 * Writes one layer. Entries come in tar order, each followed by exactly
 * entry->size bytes. The tar itself goes to tar_out (may be NULL: only
 * hashed), the tar-split lines as gzip to split_fd (may be -1).
 * Hashing runs in a thread of its own beside the caller's reading; tar_out is
 * called there.
 */
struct layer_writer;
struct layer_sums {
	struct digest diff_id;
	uint64_t tar_size; /* bytes of the tar */
	bool empty;        /* the diff ID is DIGEST_EMPTY_LAYER */
};
typedef int layer_sink(void *arg, const void *bytes, size_t len,
		       struct err *err);
struct layer_writer *layer_writer_new(layer_sink *tar_out, void *arg,
				      int split_fd);
int layer_writer_entry(struct layer_writer *writer,
		       const struct tar_entry *entry, struct err *err);
/* bytes may be reused as soon as this returns. */
int layer_writer_data(struct layer_writer *writer, const void *bytes,
		      size_t len, struct err *err);
/* The same without copying (spec/chunk.h): the writer holds the chunk until
 * it was hashed. Worth it from some 32 KiB on; below, layer_writer_data puts
 * many files into one chunk. */
int layer_writer_lend(struct layer_writer *writer, struct chunk *chunk,
		      size_t len, struct err *err);
/* Ends the tar, flushes the tar-split. out may be NULL to throw away. */
int layer_writer_finish(struct layer_writer *writer, struct layer_sums *out,
			struct err *err);
void layer_writer_free(struct layer_writer *writer);
AUTO_DEFINE(struct layer_writer, layer_writer_free)
AUTO_DEFINE_IN_PLACE(struct tar_entry, tar_entry_release)

/*
 * Writes the tree of an overlay upper directory: whiteouts (0:0 devices),
 * opaque directories, hard links, capabilities; sockets left out; the root
 * itself is never an entry. opaque_xattr: "trusted.overlay.opaque" or
 * "user.overlay.opaque". *size gets store.md 1.6's sum of sizes.
 */
int layer_writer_upper(struct layer_writer *writer, int upper_dir,
		       const char *opaque_xattr, uint64_t *size,
		       struct err *err);

/* Host account names as Docker puts them into tars: "" if unknown. Cached. */
const char *layertar_user_name(uid_t uid);
const char *layertar_group_name(gid_t gid);
