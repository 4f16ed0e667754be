/*
 * Reads tars as Go's archive/tar does, with every raw byte at hand for
 * tar-split, and unpacks layers into a directory by Docker's rules.
 * (store.md 1.6, section 3, 6.3; classic-builder.md 7.3.)
 */
#pragma once

#include "base/err.h"
#include "spec/archive.h"
#include "spec/layertar.h"

struct untar;
/* source is borrowed. Raw header and padding bytes go to split (tar-split
 * JSON, gzip) if split_fd >= 0, all bytes to a running SHA-256. */
#define UNTAR_NO_SUMS (-2) /* as split_fd: untar_finish gives no sums then */
struct untar *untar_new(struct archive_source *source, int split_fd);
/* A cleaned name given twice becomes an error; so it is with a split_fd,
 * since tar-split cannot tell the two apart. */
void untar_refuse_duplicates(struct untar *untar);
void untar_free(struct untar *untar);
/* 1 next entry (valid until the next call), 0 end, -1 broken. PAX globals are
 * skipped. Unread content of the entry before is skipped. size is 0 where no
 * content follows; a sparse PAX file reads as the whole file. */
int untar_next(struct untar *untar, const struct tar_entry **out,
	       struct err *err);
/* Content of the current entry: bytes read, 0 at its end, -1. */
ssize_t untar_read(struct untar *untar, void *bytes, size_t len,
		   struct err *err);
/* A sparse file may have a hole here: passes over it, gives its length. */
int64_t untar_skip_hole(struct untar *untar);
/* Reads to the very end (trailing bytes count), then gives the sums. */
int untar_finish(struct untar *untar, struct layer_sums *out, struct err *err);
AUTO_DEFINE(struct untar, untar_free)

/*
 * Unpacks into dir, by store.md 1.6. layer: a path given twice is refused.
 * Not layer (an archive over what is there, import, load): existing things
 * give way, but for a directory under a directory. opaque_xattr (as in
 * layertar.h) makes whiteouts 0:0 devices and opaque marks; NULL: ".wh.x" is
 * a file like any other. Links that lead out of dir are followed as if dir
 * were the root; nothing is ever written outside dir. *size as in
 * layer_writer_upper.
 */
struct unpack_options {
	bool layer;
	bool plain;     /* a tar context: ".wh.x" is a name like any other */
	bool no_owner;  /* everything belongs to the caller */
	const char *opaque_xattr;
};
int untar_unpack(struct untar *untar, int dir,
		 const struct unpack_options *options, uint64_t *size,
		 struct err *err);

/* Rebuilds the exact layer tar from the tar-split file and the layer's
 * directory; verifies each file's CRC. */
int tarsplit_rebuild(int split_fd, int diff_dir, layer_sink *out, void *arg,
		     struct err *err);
