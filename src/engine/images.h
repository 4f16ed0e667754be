/*
 * Images in and out as files: docker import, load, save (store.md section 6).
 */
#pragma once

#include "base/buf.h"
#include "store/store.h"

/* A root file system tar (plain or compressed) from fd becomes an image.
 * changes: -c lines ("ENV A=1"). ref: familiar, or NULL. */
int images_import(struct store *store, int fd, const struct strv *changes,
		  const char *message, const char *ref, struct digest *id,
		  struct err *err);
/* docker-archive from fd; lines get docker's output ("Loaded image: …"). */
int images_load(struct store *store, int fd, struct strv *lines,
		struct err *err);
/* docker-archive to fd, byte layout of 20.10; names as docker save. */
int images_save(struct store *store, const struct strv *names, int fd,
		struct err *err);
