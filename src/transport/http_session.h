/*
 * Requests to one server over kept connections: what a registry is spoken to
 * with. A session is used by one thread at a time.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "transport/http.h"

/* How a server proves itself, and we to it. */
struct http_tls {
	struct buf authorities;  /* PEM, beside the system's; may be empty */
	bool only_these;         /* and not beside them */
	char *certificate, *key; /* files of the client's pair, or NULL */
	bool unverified;         /* takes any certificate */
};
void http_tls_release(struct http_tls *tls);
AUTO_DEFINE_IN_PLACE(struct http_tls, http_tls_release)

struct http_session;
/* tls is borrowed. cancel_fd (or -1): becoming readable ends a request. */
struct http_session *http_session_new(const struct http_tls *tls,
				      struct http_timeouts timeouts,
				      int cancel_fd);
/* All requests go through this socket of the machine; path is borrowed. */
void http_session_unix(struct http_session *session, const char *path);
void http_session_free(struct http_session *session);
AUTO_DEFINE(struct http_session, http_session_free)

struct http_request {
	const char *method;         /* "GET", "HEAD", "POST", "PUT", "PATCH" */
	const char *url;
	const struct strv *headers; /* "Name: value", or NULL */
	const char *authorization;  /* a value, or NULL; stays with this host */
	struct span body;           /* sent unless fd says otherwise … */
	int body_fd;                /* … > 0: these bytes of a file, borrowed */
	int64_t body_at, body_len;  /* body_len < 0: a pipe's, to its end */
	http_source *source;        /* … or what this gives, to its end */
	void *source_arg;
	/* Told how many of the body's bytes went; -1 with err ends it. */
	int (*on_sent)(void *arg, int64_t sent, struct err *err);
	void *sent_arg;
	bool patient;               /* any time may pass without a byte */
	http_sink *sink;            /* gets the body of 200 … 299; or NULL */
	void *arg;
};

#define HTTP_CHALLENGES_MAX 16
struct http_answer {
	int status;              /* 0: none came; set before the first byte */
	struct strv challenges;  /* values of WWW-Authenticate */
	char *location;          /* absolute; or NULL */
	char *content_type, *digest; /* Docker-Content-Digest; or NULL */
	int retry_after;         /* seconds, -1 none */
	int64_t length;          /* Content-Length, -1 not known */
	int64_t received;        /* of an upload: the end of Range, or -1 */
	struct buf error;        /* body of a status from 400 on, cut */
	bool broken;             /* the failure was the connection's: retry */
	int sys;                 /* errno of a connection not made, or 0 */
};
void http_answer_release(struct http_answer *answer);
AUTO_DEFINE_IN_PLACE(struct http_answer, http_answer_release)

/*
 * Does it; redirects of GET and HEAD are followed (10), on another host with
 * the headers Accept and Range only, as docker does. A status from 400 on is
 * an answer, not a failure. answer must be zeroed.
 */
int http_session_do(struct http_session *session,
		    const struct http_request *request,
		    struct http_answer *answer, struct err *err);
