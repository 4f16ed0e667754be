/*
 * Who we are to a registry: config.json of the docker client and its helper
 * programs (store.md 7.4; docker-credential-helpers).
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

struct credentials {
	char *username, *password;  /* or NULL */
	char *identity_token;       /* for the token server; or NULL */
	char *registry_token;       /* sent as it is; or NULL */
};
void credentials_release(struct credentials *credentials);
AUTO_DEFINE_IN_PLACE(struct credentials, credentials_release)

/* The key of a registry ("docker.io", "host:5000"): Docker Hub has its own. */
const char *credentials_key(const char *host);
/* $DOCKER_CONFIG or ~/.docker, then "/config.json"; owned. */
char *credentials_path(void);
/* 1 found, 0 anonymous, -1. out must be zeroed. */
int credentials_get(const char *host, struct credentials *out,
		    struct err *err);
/* All of them as docker's client tells a daemon that builds: {} or an object
 * of registries, JSON; appended. A helper that fails is left out. */
int credentials_all(struct buf *out, struct err *err);
/* Written whole, 0600. *plain: the password lies there unencrypted. */
int credentials_store(const char *host, const struct credentials *credentials,
		      bool *plain, struct err *err);
/* 1 removed, 0 none was there, -1. */
int credentials_erase(const char *host, struct err *err);
