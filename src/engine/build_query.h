/* What a daemon is told of a build (Docker Engine API v1.41, POST /build). */
#pragma once

#include "engine/build_daemon.h"

/* "/build?…" as docker's 20.10 client writes it, but for the order; appended. */
void build_query(const struct daemon_build *build, struct buf *out);
