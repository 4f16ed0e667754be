/*
 * Where images lie, in skopeo's words (containers-transports(5)):
 *
 *	docker://ref               a registry
 *	docker-archive:path[:ref]  what docker save writes
 *	oci:dir[:ref]              an OCI image layout
 *	oci-archive:file[:ref]     the same as a tar
 *	docker-daemon:[ref]        a daemon, by its API
 *	containers-storage:[ref]   the store of podman and buildah
 *	docker-root:dir[:ref]      a daemon's data root
 *	anything else              a name in our own store
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"

enum location_kind {
	LOCATION_STORE,
	LOCATION_REGISTRY,
	LOCATION_DOCKER_ARCHIVE,
	LOCATION_OCI,
	LOCATION_OCI_ARCHIVE,
	LOCATION_DAEMON,
	LOCATION_CONTAINERS,
	LOCATION_DOCKER_ROOT,
};

struct location {
	enum location_kind kind;
	char *path; /* of the file or directory, or NULL */
	char *ref;  /* the image in it, or NULL: not named */
};
void location_release(struct location *location);
/* out may be uninitialised; it is only set on success. */
int location_parse(const char *text, struct location *out, struct err *err);
/* Whether the text names a transport; if not it is a name or a directory. */
bool location_is_transport(const char *text);
/* "oci", "docker-archive", …; the store is "". */
const char *location_name(enum location_kind kind);
AUTO_DEFINE_IN_PLACE(struct location, location_release)
