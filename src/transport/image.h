/*
 * Images as they lie elsewhere: what every place to read them from and to
 * write them to has to do. (image-spec, manifest.md, image-layout.md;
 * store.md 6.4, 7, 9.) engine/copy_image.h joins two of them, and our own
 * store to either.
 */
#pragma once

#include "transport/manifest.h"

#define IMAGE_CONFIG_MAX ((size_t)16 << 20)

/* One image. The bytes are owned and were checked against their digests. */
struct image_parts {
	struct buf manifest, config;
	struct digest manifest_digest, config_digest;
	int64_t config_size;  /* what the manifest says */
	char *media_type;     /* of the manifest */
	char *config_type;
	struct descriptor *layers; /* bottom first, as they lie there; a size
	                              may be -1: not known */
	size_t layer_count;
};
void image_parts_release(struct image_parts *parts);
AUTO_DEFINE_IN_PLACE(struct image_parts, image_parts_release)
/* Takes a manifest's bytes apart: config digest and layers are set, and the
 * bytes are kept; expected: their digest; type: as manifest_parse has it.
 * config itself is left to be read. */
int image_parts_manifest(struct image_parts *parts, struct buf *bytes,
			 const char *type, const struct digest *expected,
			 struct err *err);

typedef int image_sink(void *arg, const void *bytes, size_t len,
		       struct err *err);

struct image_source;
struct image_source_ops {
	const char *name;
	/* References of all images; "" for one that has none, and is opened
	 * as "@<index>". */
	int (*list)(struct image_source *source, struct strv *names,
		    struct err *err);
	/* ref NULL: the only image there is. */
	int (*open)(struct image_source *source, const char *ref,
		    struct image_parts *out, struct err *err);
	/* The layer's bytes, as parts->layers says, perhaps compressed;
	 * digest and size are checked at the end. */
	int (*layer)(struct image_source *source,
		     const struct image_parts *parts, size_t index,
		     image_sink *sink, void *arg, struct err *err);
	void (*free)(struct image_source *source);
};
struct image_source {
	const struct image_source_ops *ops;
};
void image_source_free(struct image_source *source);
AUTO_DEFINE(struct image_source, image_source_free)

struct image_dest;
struct image_dest_ops {
	/* 1: that layer need not be sent. */
	int (*has_layer)(struct image_dest *dest,
			 const struct image_parts *parts, size_t index,
			 struct err *err);
	/* A layer comes, from the bottom up; add takes its bytes. */
	int (*begin)(struct image_dest *dest, const struct image_parts *parts,
		     size_t index, struct err *err);
	image_sink *add; /* arg: the dest */
	int (*end)(struct image_dest *dest, struct err *err);
	/* After all layers: makes the image seen. ref may be NULL. */
	int (*put_image)(struct image_dest *dest,
			 const struct image_parts *parts, const char *ref,
			 struct err *err);
	void (*free)(struct image_dest *dest);
};
struct image_dest {
	const struct image_dest_ops *ops;
};
void image_dest_free(struct image_dest *dest);
AUTO_DEFINE(struct image_dest, image_dest_free)
/* Every layer that is not there, then the image. */
int image_send(struct image_source *source, const struct image_parts *parts,
	       struct image_dest *dest, const char *ref, struct err *err);

/* Bytes on their way are counted and summed: a belt for sources. */
struct image_check {
	const struct descriptor *blob;
	image_sink *sink;
	void *arg;
	struct sha256 *sum;
	int64_t bytes;
};
/* sink or NULL; release with image_check_end, which also judges. */
void image_check_begin(struct image_check *check, const struct descriptor *blob,
		       image_sink *sink, void *arg);
int image_check_add(void *check, const void *bytes, size_t len,
		    struct err *err);
/* done: of the reading; 0 only if that was and the blob is what it says. */
int image_check_end(struct image_check *check, int done, struct err *err);

/* The OCI manifest of it: blobs are the same, types have OCI's names. */
void image_parts_oci(const struct image_parts *parts, struct buf *out);
/* Makes the manifest of what has its config and layers already. */
void image_parts_make(struct image_parts *parts);
