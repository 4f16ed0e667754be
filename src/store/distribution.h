/*
 * What Docker remembers of layers that came from or went to registries
 * (store.md 7.8): it only saves work, and may be missing altogether.
 */
#pragma once

#include "store/store.h"

/* repository: "docker.io/library/alpine". hmac: "" after a pull. */
int store_remember_blob(struct store *store, const struct digest *blob,
			const struct digest *diff_id, const char *repository,
			const char *hmac, struct err *err);

struct known_blob {
	struct digest digest;
	char *repository;
};
/* Blobs that a layer was, newest first; owned array of owned names. None is
 * no error. */
int store_known_blobs(struct store *store, const struct digest *diff_id,
		      struct known_blob **out, size_t *count,
		      struct err *err);
void known_blobs_free(struct known_blob *blobs, size_t count);
