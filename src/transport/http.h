/*
 * One blocking GET, as the classic builder downloads for ADD
 * (classic-builder.md 3.6, 5.3, 7.4). The errors are Docker's text without
 * the `ADD failed: ` that the instruction puts before it.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "spec/config.h"

/* Takes the next bytes of the body: 0, or -1 with err set, which ends all. */
typedef int http_sink(void *arg, const void *bytes, size_t len,
		      struct err *err);
/* Gives the next bytes of a body to send: how many, 0 at its end, or -1 with
 * err set, which ends all. */
typedef ssize_t http_source(void *arg, void *bytes, size_t len,
			    struct err *err);

struct http_reply {
	int status;                  /* 200 … 399 */
	struct moment last_modified; /* set = false: none, or unreadable */
	char *content_disposition;   /* as it came, or NULL */
	char *url;                   /* where the redirects ended */
	int64_t declared;            /* Content-Length, -1 if not known */
	int64_t length;              /* bytes given to the sink */
};
void http_reply_release(struct http_reply *reply);
AUTO_DEFINE_IN_PLACE(struct http_reply, http_reply_release)

/* Seconds; 0 takes these: */
#define HTTP_CONNECT_SECONDS 30
#define HTTP_STALL_SECONDS 120 /* without a single byte */
struct http_timeouts {
	int connect, stall;
};

/*
 * http and https; redirects are followed to these only. Proxies come from
 * HTTP_PROXY, HTTPS_PROXY and NO_PROXY (either case), as Go reads them. A
 * gzip Content-Encoding is undone. A status from 400 on is an error with the
 * body in it, ERR_NOT_FOUND if it is 404. cancel_fd (or -1): becoming
 * readable ends it (ERR_CANCELLED). reply is set on success only; release it.
 */
int http_get(const char *url, http_sink *sink, void *arg,
	     struct http_reply *reply, int cancel_fd, struct err *err);
int http_get_within(struct http_timeouts timeouts, const char *url,
		    http_sink *sink, void *arg, struct http_reply *reply,
		    int cancel_fd, struct err *err);

/*
 * The file name of a download, owned: the last element of the path of url (as
 * it was before redirects), else what Content-Disposition says. NULL if there
 * is none: ADD then fails if its destination ends in "/", and otherwise hashes
 * the name HTTP_UNNAMED. "." and ".." can come out; no file has these names.
 */
char *http_file_name(const char *url, const char *content_disposition);
#define HTTP_UNNAMED "__unnamed__"
