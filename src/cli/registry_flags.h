/* Options of the verbs that speak to a registry. */
#pragma once

#include "cli/verb.h"
#include "engine/distribute.h"
#include "spec/reference.h"

struct registry_flags {
	const char *root, *cert_dir, *platform;
	const char *username, *password;
	struct strv insecure;
	int64_t retry, retry_delay, timeout; /* -1: not given */
	bool all, quiet, password_stdin, content_trust;
};
#define REGISTRY_FLAG(l, n, k, field, a, h)                                    \
	{ l, n, k, offsetof(struct registry_flags, field), a, h }
#define REGISTRY_ROWS                                                          \
	REGISTRY_FLAG(0, "cert-dir", OPT_STRING, cert_dir, "DIR",              \
		      "Certificates of the registry (default: "                \
		      "/etc/docker/certs.d/HOST)"),                            \
	REGISTRY_FLAG(0, "insecure-registry", OPT_LIST, insecure, "HOST",      \
		      "Take any certificate of HOST, and plain HTTP"),         \
	REGISTRY_FLAG(0, "retry", OPT_NUMBER, retry, "N",                      \
		      "Times that a request is tried (default: 5)"),           \
	REGISTRY_FLAG(0, "retry-delay", OPT_NUMBER, retry_delay, "SECONDS",    \
		      "Wait before the second try, longer before each that "   \
		      "follows (default: 5)"),                                 \
	REGISTRY_FLAG(0, "timeout", OPT_NUMBER, timeout, "SECONDS",            \
		      "Give up a connection that brings nothing for so long "  \
		      "(default: 120)")
#define TRUST_ROW                                                              \
	REGISTRY_FLAG(0, "disable-content-trust", OPT_BOOL, content_trust,     \
		      NULL, NULL)
#define REGISTRY_FLAGS_INIT                                                    \
	{ .retry = -1, .retry_delay = -1, .timeout = -1,                       \
	  .content_trust = true }
/*
 * The image that is named, as docker takes it: without a notary; a tag that is
 * not given is said. ref must be zeroed.
 */
int registry_flags_name(const struct registry_flags *flags, const char *text,
			struct reference *ref, struct err *err);
/* The store that is written; the caller frees it. */
int registry_flags_store(const struct registry_flags *flags,
			 struct store **store, struct err *err);
void registry_flags_release(struct registry_flags *flags);
AUTO_DEFINE_IN_PLACE(struct registry_flags, registry_flags_release)

/* host: "127.0.0.1:5000". */
void registry_flags_fill(const struct registry_flags *flags, const char *host,
			 struct registry_options *out);
