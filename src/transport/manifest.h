/*
 * Manifests and indexes, of Docker (schema 2) and of OCI (store.md 7.2, 7.3;
 * image-spec manifest.md, image-index.md).
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "spec/digest.h"
#include "spec/names.h"

#define MANIFEST_MAX ((size_t)4 << 20)  /* bytes, as registries have it */
#define MANIFEST_LAYERS_MAX 1000
#define MANIFEST_ENTRIES_MAX 10000

#define TYPE_DOCKER_MANIFEST                                                   \
	"application/vnd.docker.distribution.manifest.v2+json"
#define TYPE_DOCKER_LIST                                                       \
	"application/vnd.docker.distribution.manifest.list.v2+json"
#define TYPE_DOCKER_CONFIG "application/vnd.docker.container.image.v1+json"
#define TYPE_DOCKER_LAYER "application/vnd.docker.image.rootfs.diff.tar.gzip"
#define TYPE_OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define TYPE_OCI_INDEX "application/vnd.oci.image.index.v1+json"
#define TYPE_OCI_CONFIG "application/vnd.oci.image.config.v1+json"
#define TYPE_OCI_LAYER "application/vnd.oci.image.layer.v1.tar"

struct descriptor {
	struct digest digest;
	int64_t size;
	char *media_type;  /* "" if it has none */
	struct platform platform; /* of an index's entries */
	bool foreign;      /* a layer that is not kept in the registry */
};

struct manifest {
	char *media_type;
	bool is_index;
	struct descriptor config;    /* of a manifest */
	struct descriptor *items;    /* layers, bottom first; or entries */
	size_t count;
};
void manifest_release(struct manifest *manifest);
AUTO_DEFINE_IN_PLACE(struct manifest, manifest_release)

/* type: the Content-Type it came with, or NULL. out must be zeroed. */
int manifest_parse(struct span json, const char *type, struct manifest *out,
		   struct err *err);
/* Docker's choice: the first entry that fits. ERR_NOT_FOUND: `no matching
 * manifest for linux/amd64 in the manifest list entries`. */
int manifest_choose(const struct manifest *index,
		    const struct platform *wanted,
		    const struct descriptor **out, struct err *err);
/* A schema 2 manifest in the bytes of docker push: three spaces. */
void manifest_format(const struct descriptor *config,
		     const struct descriptor *layers, size_t count,
		     struct buf *out);
