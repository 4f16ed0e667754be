/*
 * A registry's repository as a place to take images from and to put them
 * into, as transport/image.h has it. Manifests keep their bytes.
 */
#pragma once

#include "spec/reference.h"
#include "transport/image.h"
#include "transport/registry.h"

/* The one image of a reference that has a tag or a digest. registry is
 * borrowed; platform: which of an index's; NULL: this machine's. */
struct image_source *registry_source(struct registry *registry,
				     const struct reference *ref,
				     const struct platform *platform);
/* The reference of put_image is a tag, or the manifest's own digest; none is
 * "latest". scratch: a directory for blobs on their way, borrowed. from: a
 * repository of this registry to mount blobs from, or NULL; copied. */
struct image_dest *registry_dest(struct registry *registry, const char *path,
				 const char *from, int scratch);
