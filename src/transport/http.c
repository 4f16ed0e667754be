/* Knows how libcurl does one GET. */
#include "transport/http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/lazy.h"
#include <config.h>
#include "spec/gzip.h"
#include "transport/http_date.h"
#include "transport/http_fail.h"
#include "transport/http_proxy.h"
#include "transport/url.h"

#define REQUESTS_MAX 10 /* Go gives up after as many */
#define CHUNK (64 * 1024)
#define POLL_MS 1000

/* libcurl brings some thirty libraries with it: few runs fetch anything. */
#define CALLS(X)                                                               \
	X(easy_cleanup) X(easy_getinfo) X(easy_init) X(easy_setopt)            \
	X(easy_strerror) X(free) X(multi_add_handle) X(multi_cleanup)          \
	X(multi_info_read) X(multi_init) X(multi_perform) X(multi_poll)        \
	X(multi_remove_handle) X(slist_append) X(slist_free_all) X(url)        \
	X(url_cleanup) X(url_get) X(url_set) X(url_strerror)
#define MEMBER(name) __typeof__(curl_##name) *name;
#define SYMBOL(name) { "curl_" #name, (void **)&curl.name },
static struct { CALLS(MEMBER) } curl;
static const struct lazy_symbol symbols[] = { CALLS(SYMBOL) };
static struct lazy library = LAZY(LIBCURL_SONAME, symbols);

struct transfer {
	CURL *easy;
	CURLM *multi;
	struct curl_slist *headers;
	int cancel_fd;
	int stall;         /* seconds */
	const char *url;   /* of the request at hand */
	struct buf buffer; /* body that came and is not yet taken */
	size_t taken;      /* of buffer */
	bool done;
	CURLcode result;   /* once done */
	char error[CURL_ERROR_SIZE];
	char peer[96];     /* address tried last, as Go writes it */
	char *line, *location, *modified, *disposition, *encoding;
};

static void drop_reply(struct transfer *t)
{
	char **fields[] = { &t->line, &t->location, &t->modified,
			    &t->disposition, &t->encoding };

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		free(*fields[i]);
		*fields[i] = NULL;
	}
	buf_clear(&t->buffer);
	t->taken = 0;
}

static void transfer_release(struct transfer *t)
{
	if (t->multi && t->easy)
		curl.multi_remove_handle(t->multi, t->easy);
	if (t->easy)
		curl.easy_cleanup(t->easy);
	if (t->multi)
		curl.multi_cleanup(t->multi);
	if (t->headers)
		curl.slist_free_all(t->headers);
	drop_reply(t);
	buf_release(&t->buffer);
}
AUTO_DEFINE_IN_PLACE(struct transfer, transfer_release)

void http_reply_release(struct http_reply *reply)
{
	free(reply->content_disposition);
	free(reply->url);
	*reply = (struct http_reply){ 0 };
}

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;

	buf_add(&t->buffer, bytes, size * count);
	return size * count;
}

/* The value if the line is this header; the first of a name counts. */
static void take_field(char **field, const char *line, const char *name)
{
	size_t len = strlen(name);

	if (*field || strncasecmp(line, name, len) != 0 || line[len] != ':')
		return;
	line += len + 1;
	line += strspn(line, " \t");
	len = strlen(line);
	while (len && strchr(" \t\r\n", line[len - 1]))
		len--;
	*field = mem_strndup(line, len);
}

static size_t take_header(char *bytes, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	AUTO_FREE char *line = mem_strndup(bytes, size * count);

	if (strncmp(line, "HTTP/", strlen("HTTP/")) == 0) {
		drop_reply(t); /* it was only a `100 Continue` */
		t->line = mem_strdup(line);
		return size * count;
	}
	take_field(&t->location, line, "Location");
	take_field(&t->modified, line, "Last-Modified");
	take_field(&t->disposition, line, "Content-Disposition");
	take_field(&t->encoding, line, "Content-Encoding");
	return size * count;
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose,
				 struct curl_sockaddr *to)
{
	struct transfer *t = arg;
	char host[64], port[16];

	(void)purpose;
	if (getnameinfo(&to->addr, to->addrlen, host, sizeof(host), port,
			sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		snprintf(t->peer, sizeof(t->peer),
			 to->family == AF_INET6 ? "[%s]:%s" : "%s:%s", host,
			 port);
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static void set_proxy(struct transfer *t, const char *scheme, const char *host)
{
	curl.easy_setopt(t->easy, CURLOPT_PROXY, http_proxy_for(scheme, host));
	curl.easy_setopt(t->easy, CURLOPT_NOPROXY, http_proxy_exempt());
}

static int set_target(struct transfer *t, CURLU *parts, struct err *err)
{
	AUTO_FREE char *request = url_request(t->url);
	char *scheme = NULL, *host = NULL;
	CURLUcode rc = curl.url_set(parts, CURLUPART_URL, request,
				    CURLU_NON_SUPPORT_SCHEME |
					    CURLU_PATH_AS_IS);

	if (rc == CURLUE_OK)
		rc = curl.url_get(parts, CURLUPART_SCHEME, &scheme, 0);
	if (rc == CURLUE_OK && strcasecmp(scheme, "http") != 0 &&
	    strcasecmp(scheme, "https") != 0) {
		http_fail_get(err, ERR_INPUT, t->url,
			      "unsupported protocol scheme \"%s\"", scheme);
		curl.free(scheme);
		return -1;
	}
	if (rc == CURLUE_OK)
		rc = curl.url_get(parts, CURLUPART_HOST, &host, 0);
	if (rc == CURLUE_OK)
		set_proxy(t, scheme, host);
	curl.free(scheme);
	curl.free(host);
	if (rc == CURLUE_NO_HOST || !url_has_host(t->url))
		return http_fail_get(err, ERR_INPUT, t->url,
				     "http: no Host in request URL");
	if (rc != CURLUE_OK)
		return http_fail_get(err, ERR_INPUT, t->url, "%s",
				     curl.url_strerror(rc));
	curl.easy_setopt(t->easy, CURLOPT_URL, request);
	return 0;
}

static int setup(struct transfer *t, struct http_timeouts timeouts,
		 struct err *err)
{
	if (lazy_load(&library, err) < 0)
		return -1;
	t->easy = curl.easy_init();
	t->multi = curl.multi_init();
	if (!t->easy || !t->multi)
		return err_set(err, ERR_FAILED, "cannot start libcurl");
	t->stall = timeouts.stall ? timeouts.stall : HTTP_STALL_SECONDS;
	t->headers = curl.slist_append(NULL, "Accept-Encoding: gzip");
	t->headers = curl.slist_append(t->headers, "Accept:");
	curl.easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
	curl.easy_setopt(t->easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	curl.easy_setopt(t->easy, CURLOPT_USERAGENT, "varve");
	curl.easy_setopt(t->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	curl.easy_setopt(t->easy, CURLOPT_PATH_AS_IS, 1L);
	curl.easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
	curl.easy_setopt(t->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl.easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT,
			 (long)(timeouts.connect ? timeouts.connect :
						   HTTP_CONNECT_SECONDS));
	curl.easy_setopt(t->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl.easy_setopt(t->easy, CURLOPT_LOW_SPEED_TIME, (long)t->stall);
	curl.easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->error);
	curl.easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, take_body);
	curl.easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
	curl.easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, take_header);
	curl.easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
	curl.easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl.easy_setopt(t->easy, CURLOPT_OPENSOCKETDATA, t);
	return 0;
}

static int start(struct transfer *t, const char *url, struct err *err)
{
	CURLU *parts = curl.url();
	int rc;

	t->url = url;
	t->done = false;
	*t->error = '\0';
	drop_reply(t);
	rc = set_target(t, parts, err);
	curl.url_cleanup(parts);
	if (rc < 0)
		return -1;
	curl.multi_remove_handle(t->multi, t->easy);
	if (curl.multi_add_handle(t->multi, t->easy) != CURLM_OK)
		return err_set(err, ERR_FAILED, "cannot start libcurl");
	return 0;
}

static void note_end(struct transfer *t)
{
	CURLMsg *message;
	int left;

	while ((message = curl.multi_info_read(t->multi, &left)))
		if (message->msg == CURLMSG_DONE) {
			t->done = true;
			t->result = message->data.result;
		}
}

/* Lets curl work until there is body or the end. 0, or -1 on cancel. */
static int wait_body(struct transfer *t, struct err *err)
{
	while (!t->done && t->taken == t->buffer.len) {
		struct curl_waitfd cancel = { .fd = t->cancel_fd,
					      .events = CURL_WAIT_POLLIN };
		int running;

		if (t->taken) {
			buf_clear(&t->buffer);
			t->taken = 0;
		}
		curl.multi_perform(t->multi, &running);
		note_end(t);
		if (t->done || t->buffer.len)
			break;
		curl.multi_poll(t->multi, &cancel, t->cancel_fd >= 0, POLL_MS,
				NULL);
		if (t->cancel_fd >= 0 && cancel.revents)
			return err_set(err, ERR_CANCELLED, "cancelled");
	}
	return 0;
}

/* A connection that cannot be made, in Go's words where they are known. */
static int fail_connect(struct transfer *t, struct err *err)
{
	const char *why = "";
	long sys = 0;
	char first;

	curl.easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &sys);
	if (!*t->peer || sys <= 0)
		return http_fail_get(err, ERR_FAILED, t->url, "%s",
				     *t->error ? t->error :
				     curl.easy_strerror(t->result));
	why = strerror((int)sys);
	first = *why >= 'A' && *why <= 'Z' ? *why + ('a' - 'A') : *why;
	return http_fail_get(err, ERR_FAILED, t->url,
			     "dial tcp %s: connect: %c%s", t->peer, first,
			     why + (*why != '\0'));
}

static int fail_lookup(struct transfer *t, struct err *err)
{
	CURLU *parts = curl.url();
	char *host = NULL;
	char *url = NULL;

	curl.easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &url);
	if (url && curl.url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK)
		(void)curl.url_get(parts, CURLUPART_HOST, &host, 0);
	http_fail_get(err, ERR_NOT_FOUND, t->url,
		      "dial tcp: lookup %s: no such host", host ? host : "");
	curl.free(host);
	curl.url_cleanup(parts);
	return -1;
}

static int fail_timeout(struct transfer *t, struct err *err)
{
	curl_off_t connected = 0;

	curl.easy_getinfo(t->easy, CURLINFO_CONNECT_TIME_T, &connected);
	if (connected > 0)
		return http_fail_get(err, ERR_FAILED, t->url,
				     "no byte came for %d seconds", t->stall);
	return http_fail_get(err, ERR_FAILED, t->url, "dial tcp%s%s: i/o "
			     "timeout", *t->peer ? " " : "", t->peer);
}

static int fail_transfer(struct transfer *t, struct err *err)
{
	switch (t->result) {
	case CURLE_COULDNT_CONNECT:
		return fail_connect(t, err);
	case CURLE_COULDNT_RESOLVE_HOST:
		return fail_lookup(t, err);
	case CURLE_OPERATION_TIMEDOUT:
		return fail_timeout(t, err);
	case CURLE_GOT_NOTHING:
		return http_fail_get(err, ERR_FAILED, t->url, "EOF");
	default:
		break;
	}
	if (t->line)
		return err_set(err, ERR_FAILED, "unexpected EOF");
	return http_fail_get(err, ERR_FAILED, t->url, "%s",
			     *t->error ? t->error :
			     curl.easy_strerror(t->result));
}

static ssize_t pull(void *arg, void *bytes, size_t len, struct err *err)
{
	struct transfer *t = arg;
	size_t n;

	if (wait_body(t, err) < 0)
		return -1;
	n = t->buffer.len - t->taken;
	if (n == 0 && t->result != CURLE_OK)
		return fail_transfer(t, err);
	if (n > len)
		n = len;
	if (n)
		memcpy(bytes, t->buffer.data + t->taken, n);
	t->taken += n;
	return (ssize_t)n;
}

static bool is_gzip(const struct transfer *t)
{
	return t->encoding && strcasecmp(t->encoding, "gzip") == 0;
}

/* A reply without any body, such as 204, is not a damaged gzip stream. */
static int read_body(struct transfer *t, http_sink *sink, void *arg,
		     int64_t *length, struct err *err)
{
	AUTO(gzip_reader_free) struct gzip_reader *gzip = NULL;
	AUTO_FREE char *chunk = mem_alloc(CHUNK);
	int64_t total = 0;
	ssize_t n;

	if (wait_body(t, err) < 0)
		return -1;
	if (is_gzip(t) && t->buffer.len > 0)
		gzip = gzip_reader_pull(pull, t);
	for (;;) {
		n = gzip ? gzip_reader_read(gzip, chunk, CHUNK, err) :
			   pull(t, chunk, CHUNK, err);
		if (n <= 0)
			break;
		if (sink(arg, chunk, (size_t)n, err) < 0)
			return -1;
		total += n;
	}
	*length = total;
	return n < 0 ? -1 : 0;
}

static int collect(void *arg, const void *bytes, size_t len, struct err *err)
{
	struct buf *body = arg;

	(void)err;
	if (len > HTTP_ERROR_BODY_MAX - body->len)
		len = HTTP_ERROR_BODY_MAX - body->len;
	buf_add(body, bytes, len);
	return 0;
}

static int fail_status(struct transfer *t, const char *url, int status,
		       struct err *err)
{
	AUTO(buf_release) struct buf body = BUF_INIT;
	AUTO_FREE char *line = mem_strdup(t->line ? t->line : "");
	struct err broken = ERR_INIT;
	int64_t length;

	if (read_body(t, collect, &body, &length, &broken) < 0) {
		if (broken.kind == ERR_CANCELLED)
			return err_set(err, ERR_CANCELLED, "cancelled");
		buf_clear(&body);
		buf_adds(&body, "error reading body");
	}
	return http_fail_status(err, url, status, line,
				(struct span){ body.data, body.len });
}

static bool redirects(const struct transfer *t, int status)
{
	return t->location && *t->location &&
	       (status == 301 || status == 302 || status == 303 ||
		status == 307 || status == 308);
}

/* The location as seen from url, owned; NULL if it makes no sense. */
static char *resolve(const char *url, const char *location)
{
	CURLU *parts = curl.url();
	AUTO_FREE char *base = url_request(url);
	char *found = NULL, *next = NULL;
	unsigned flags = CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS |
			 CURLU_URLENCODE;

	if (curl.url_set(parts, CURLUPART_URL, base, flags) == CURLUE_OK &&
	    curl.url_set(parts, CURLUPART_URL, location, flags) == CURLUE_OK &&
	    curl.url_get(parts, CURLUPART_URL, &found, 0) == CURLUE_OK)
		next = mem_strdup(found);
	curl.free(found);
	curl.url_cleanup(parts);
	return next;
}

/* Follows redirects until there is a reply to keep. *url is replaced. */
static int find_reply(struct transfer *t, char **url, int *status,
		      struct err *err)
{
	for (int requests = 1;; requests++) {
		AUTO_FREE char *next = NULL;
		long code = 0;

		if (start(t, *url, err) < 0 || wait_body(t, err) < 0)
			return -1;
		curl.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &code);
		if (!t->line || (t->done && t->result != CURLE_OK &&
				 t->buffer.len == 0))
			return fail_transfer(t, err);
		*status = (int)code;
		if (!redirects(t, *status))
			return 0;
		if (requests == REQUESTS_MAX)
			return http_fail_get(err, ERR_FAILED, t->location,
					     "stopped after 10 redirects");
		next = resolve(*url, t->location);
		if (!next)
			return http_fail_get(err, ERR_FAILED, *url,
					     "failed to parse Location header "
					     "\"%s\"", t->location);
		free(*url);
		*url = STEAL(next);
	}
}

static void fill_reply(struct transfer *t, int status,
		       struct http_reply *reply)
{
	curl_off_t declared = -1;

	curl.easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
			  &declared);
	reply->status = status;
	reply->declared = is_gzip(t) ? -1 : declared;
	if (t->modified)
		reply->last_modified = http_date_parse(t->modified);
	reply->content_disposition = mem_strdup(t->disposition);
}

int http_get_within(struct http_timeouts timeouts, const char *url,
		    http_sink *sink, void *arg, struct http_reply *reply,
		    int cancel_fd, struct err *err)
{
	AUTO(transfer_release) struct transfer t = { .cancel_fd = cancel_fd };
	AUTO(http_reply_release) struct http_reply found = { 0 };
	AUTO_FREE char *at = mem_strdup(url);
	int status = 0;

	if (url_check(url, err) < 0 || setup(&t, timeouts, err) < 0 ||
	    find_reply(&t, &at, &status, err) < 0)
		return -1;
	if (status >= 400)
		return fail_status(&t, url, status, err);
	fill_reply(&t, status, &found);
	if (read_body(&t, sink, arg, &found.length, err) < 0)
		return -1;
	found.url = mem_strdup(at);
	*reply = found;
	found = (struct http_reply){ 0 };
	return 0;
}

int http_get(const char *url, http_sink *sink, void *arg,
	     struct http_reply *reply, int cancel_fd, struct err *err)
{
	return http_get_within((struct http_timeouts){ 0, 0 }, url, sink, arg,
			       reply, cancel_fd, err);
}
