/*
 * Private to this floor: where the docker client would find its daemon
 * (docker(1), DOCKER_HOST, DOCKER_CONTEXT, DOCKER_TLS_VERIFY,
 * DOCKER_CERT_PATH, currentContext in config.json).
 */
#pragma once

#include "transport/http_session.h"

struct daemon_where {
	char *host;    /* as the user wrote it: "unix:///run/docker.sock" */
	char *socket;  /* path, or NULL: tcp */
	char *url;     /* "http://…" or "https://…", without a slash behind */
	struct http_tls tls;
};
void daemon_where_release(struct daemon_where *where);
AUTO_DEFINE_IN_PLACE(struct daemon_where, daemon_where_release)
/* where must be zeroed. Nothing is connected to. */
int daemon_where_find(struct daemon_where *where, struct err *err);
