/* Private to this floor: certificates of a registry as docker keeps them
 * (store.md 7.1): DIR/<host[:port]>/ with *.crt, *.cert and *.key. */
#pragma once

#include "transport/http_session.h"

#define CERTS_DIR "/etc/docker/certs.d"
/* dir: instead of CERTS_DIR/<host>, the very directory; or NULL. */
int certs_load(const char *dir, const char *host, struct http_tls *out,
	       struct err *err);
