/*
 * A registry of images (distribution-spec; store.md section 7). Any number of
 * threads may ask one registry.
 */
#pragma once

#include "transport/credentials.h"
#include "transport/http.h"
#include "transport/manifest.h"

struct registry_options {
	const char *host;      /* "docker.io", "127.0.0.1:5000" */
	const char *cert_dir;  /* instead of docker's certs.d/<host>; or NULL */
	bool insecure;         /* TLS without proof, and plain http */
	const struct credentials *credentials; /* NULL: docker's config.json */
	int attempts;          /* 0: 5 */
	int delay_ms;          /* before the second, twice it before the third
	                          …; as docker: 5000; 0 waits never */
	struct http_timeouts timeouts;
	int cancel_fd;         /* or -1 */
};
#define REGISTRY_ATTEMPTS 5
#define REGISTRY_DELAY_MS 5000

struct registry;
/* Asks /v2/, so that it is known how to speak to it. Borrows the options. */
int registry_open(const struct registry_options *options,
		  struct registry **out, struct err *err);
void registry_free(struct registry *registry);
AUTO_DEFINE(struct registry, registry_free)
const struct credentials *registry_credentials(const struct registry *r);

/* ref: a tag or a digest, against which the bytes are checked. type: their
 * media type; owned, or NULL. */
int registry_manifest(struct registry *registry, const char *path,
		      const char *ref, struct buf *bytes, char **type,
		      struct digest *digest, struct err *err);
/* The same of one image: an index leads to its entry for the platform.
 * digest: of what ref names, be it an index. */
int registry_image_manifest(struct registry *registry, const char *path,
			    const char *ref, const struct platform *platform,
			    struct buf *bytes, char **type,
			    struct digest *digest, struct err *err);
int registry_tags(struct registry *registry, const char *path,
		  struct strv *out, struct err *err);

/* Page by page; of a repository that is not there none. */
int registry_all_tags(struct registry *registry, const char *path,
		      struct strv *out, struct err *err);

/* got of all bytes; called often, by the thread that asked. -1 ends it. */
typedef int registry_progress(void *arg, int64_t got, struct err *err);

/*
 * The bytes of a blob go behind those that stand in fd already (a download
 * that broke); all of them are checked against digest and size. On failure
 * fd holds what can be gone on with.
 */
int registry_blob(struct registry *registry, const char *path,
		  const struct descriptor *blob, int fd,
		  registry_progress *progress, void *arg, struct err *err);
/* The bytes go to sink, each once, however often the connection breaks; that
 * they were right is known at the end. */
int registry_blob_stream(struct registry *registry, const char *path,
			 const struct descriptor *blob, http_sink *sink,
			 void *arg, struct err *err);
/* A small one: more than limit bytes is ERR_INPUT. */
int registry_blob_bytes(struct registry *registry, const char *path,
			const struct descriptor *blob, size_t limit,
			struct buf *out, struct err *err);

/* ---- push ---- */

/* 1 it is there, 0 not. size (or NULL): -1 if it is not said. */
int registry_has_blob(struct registry *registry, const char *path,
		      const struct digest *digest, int64_t *size,
		      struct err *err);
/* From another repository of the same registry: 1 done, 0 it would not; then
 * *upload, owned, is what it offers instead, or NULL. */
int registry_mount(struct registry *registry, const char *path,
		   const char *from, const struct digest *digest,
		   char **upload, struct err *err);
/* The whole of fd, in chunks that are gone on with if one breaks. upload: one
 * that was offered, or NULL. */
int registry_put_blob(struct registry *registry, const char *path,
		      const struct digest *digest, int fd, int64_t size,
		      const char *upload, registry_progress *progress,
		      void *arg, struct err *err);
int registry_put_manifest(struct registry *registry, const char *path,
			  const char *ref, const char *type,
			  struct span bytes, struct err *err);

/* ---- login ---- */

/* Proves the credentials; an identity token the server gives for them is put
 * in their place. */
int registry_login(const struct registry_options *options,
		   struct credentials *credentials, struct err *err);
