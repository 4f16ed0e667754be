/*
 * Archives without manifest.json, as docker save wrote them before 1.10: a
 * directory per layer, each an image of its own (store.md 6.3).
 */
#pragma once

#include "store/store.h"

/* An archive that was unpacked. */
struct load_archive {
	struct store *store;
	int dir;
	struct strv *lines;  /* docker's output */
};
int load_legacy(const struct load_archive *archive, struct err *err);

/* ---- load.c ---- */
/* A tar, plain or compressed, into dir, all of it the caller's. */
int load_unpack(int fd, int dir, struct err *err);
/* A regular file of the archive; links stay inside. */
int load_open(const struct load_archive *archive, const char *path,
	      struct err *err);
/* parent unset: a parent known already is kept. */
int load_put_image(const struct load_archive *archive, const struct buf *json,
		   const struct digest *parent, struct digest *id,
		   struct err *err);
int load_tag(const struct load_archive *archive, const char *text,
	     const struct digest *id, struct err *err);
