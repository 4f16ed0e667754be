/* What the files that speak to a registry share. No other folder includes it. */
#pragma once

#include <pthread.h>

#include "transport/challenge.h"
#include "transport/http_session.h"
#include "transport/registry.h"

#define SCOPE_PULL "pull"
#define SCOPE_PUSH "push,pull"

struct held_token {
	char *scope, *text;
	int64_t until; /* seconds of the monotonic clock */
};

struct registry {
	struct registry_options options;
	char *base; /* "https://host" */
	struct http_tls tls;
	struct credentials credentials;
	pthread_mutex_t lock;      /* of all below */
	struct challenge challenge;
	struct held_token *tokens;
	size_t token_count;
	struct http_session **idle;
	size_t idle_count;
};

/*
 * One request below base with the scope's authorization, asked again when the
 * connection breaks, the server is busy, or a token ran out. resume (or NULL)
 * is called before each further attempt; it may change the request. A status
 * that is not in 200 … 399 is an answer: registry_fail() says it.
 */
typedef int registry_resume(void *arg, struct http_request *request,
			    struct err *err);
int registry_call(struct registry *registry, const char *scope,
		  struct http_request *request, registry_resume *resume,
		  void *arg, struct http_answer *answer, struct err *err);
/* In docker's words. subject: "manifest for x:y", or NULL. */
int registry_fail(const struct registry *registry,
		  const struct http_answer *answer, const char *path,
		  struct err *err);
char *registry_scope(const char *path, const char *actions); /* owned */
/* Waits before the attempt-th one: 0, or -1 on cancel. */
int registry_wait(const struct registry *registry, int attempt,
		  int retry_after, struct err *err);
/* A value for Authorization, owned; NULL: none is wanted. */
int registry_authorize(struct registry *registry, struct http_session *session,
		       const char *scope, char **out, struct err *err);
void registry_forget_token(struct registry *registry, const char *scope);
/* A request's answer body that must stay small. */
struct registry_body {
	struct buf *out;
	size_t limit;
};
int registry_take_body(void *arg, const void *bytes, size_t len,
		       struct err *err);
/* The resume of a request whose answer goes to a struct registry_body. */
int registry_clear_body(void *arg, struct http_request *request,
			struct err *err);
