/* Knows how libcurl sends requests of any method over one connection. */
#include "transport/http_session.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <config.h>

#include "base/fs.h"
#include "base/lazy.h"
#include "transport/http_fail.h"
#include "transport/http_proxy.h"
#include "transport/url.h"

#define REDIRECTS_MAX 10
#define AUTHORITIES_MAX ((size_t)8 << 20)
#define TRANSFER_BUFFER 262144L
#define SYSTEM_AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"

#define CALLS(X)                                                               \
	X(easy_cleanup) X(easy_getinfo) X(easy_init) X(easy_perform)           \
	X(easy_reset) X(easy_setopt) X(easy_strerror) X(slist_append)          \
	X(slist_free_all)
#define MEMBER(name) __typeof__(curl_##name) *name;
#define SYMBOL(name) { "curl_" #name, (void **)&curl.name },
static struct { CALLS(MEMBER) } curl;
static const struct lazy_symbol symbols[] = { CALLS(SYMBOL) };
static struct lazy library = LAZY(LIBCURL_SONAME, symbols);

struct http_session {
	CURL *easy;
	const struct http_tls *tls;
	struct http_timeouts timeouts;
	struct buf authorities; /* the system's and ours, once read */
	int cancel_fd;
	const char *socket; /* or NULL */
	char error[CURL_ERROR_SIZE];
};

/* One request under way. */
struct call {
	struct http_session *session;
	const struct http_request *request;
	struct http_answer *answer;
	struct err *err;
	struct curl_slist *headers;
	int64_t sent;   /* of the body */
	bool refused;   /* the sink failed; err is set */
	bool cancelled;
};

void http_tls_release(struct http_tls *tls)
{
	buf_release(&tls->authorities);
	free(tls->certificate);
	free(tls->key);
	*tls = (struct http_tls){ 0 };
}

static void answer_clear(struct http_answer *answer)
{
	strv_release(&answer->challenges);
	free(answer->location);
	free(answer->content_type);
	free(answer->digest);
	buf_release(&answer->error);
	*answer = (struct http_answer){ .retry_after = -1, .length = -1,
					 .received = -1 };
}

void http_answer_release(struct http_answer *answer)
{
	answer_clear(answer);
}

struct http_session *http_session_new(const struct http_tls *tls,
				      struct http_timeouts timeouts,
				      int cancel_fd)
{
	struct http_session *session = mem_alloc(sizeof(*session));

	session->tls = tls;
	session->timeouts = timeouts;
	session->cancel_fd = cancel_fd;
	return session;
}

void http_session_unix(struct http_session *session, const char *path)
{
	session->socket = path;
}

void http_session_free(struct http_session *session)
{
	if (!session)
		return;
	if (session->easy)
		curl.easy_cleanup(session->easy);
	buf_release(&session->authorities);
	free(session);
}

/* ---- what curl calls ---- */

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct call *call = arg;
	struct buf *error = &call->answer->error;
	size_t len = size * count;

	if (call->answer->status >= 400) {
		if (error->len < HTTP_ERROR_BODY_MAX)
			buf_add(error, bytes, len);
		return error->len < HTTP_ERROR_BODY_MAX ? len : 0;
	}
	if (call->answer->status >= 300 || !call->request->sink)
		return len;
	if (call->request->sink(call->request->arg, bytes, len,
				call->err) == 0)
		return len;
	call->refused = true;
	return 0;
}

/* The value if the line is this header. Owned, or NULL. */
static char *field_value(const char *line, const char *name)
{
	size_t len = strlen(name);

	if (strncasecmp(line, name, len) != 0 || line[len] != ':')
		return NULL;
	line += len + 1;
	line += strspn(line, " \t");
	len = strlen(line);
	while (len && strchr(" \t\r\n", line[len - 1]))
		len--;
	return mem_strndup(line, len);
}

static void take_once(char **field, const char *line, const char *name)
{
	char *value = field_value(line, name);

	if (!value)
		return;
	free(*field);
	*field = value;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *arg)
{
	struct call *call = arg;
	struct http_answer *answer = call->answer;
	AUTO_FREE char *line = mem_strndup(bytes, size * count);
	AUTO_FREE char *challenge = field_value(line, "WWW-Authenticate");
	AUTO_FREE char *wait = field_value(line, "Retry-After");
	AUTO_FREE char *length = field_value(line, "Content-Length");
	AUTO_FREE char *range = field_value(line, "Range");

	if (strncmp(line, "HTTP/", strlen("HTTP/")) == 0) {
		const char *blank = strchr(line, ' ');

		answer_clear(answer);
		answer->status = blank ? atoi(blank) : 0;
		return size * count;
	}
	if (challenge && answer->challenges.count < HTTP_CHALLENGES_MAX)
		strv_take(&answer->challenges, STEAL(challenge));
	if (wait && *wait >= '0' && *wait <= '9')
		answer->retry_after = atoi(wait);
	if (length && *length >= '0' && *length <= '9')
		answer->length = strtoll(length, NULL, 10);
	if (range && strncmp(range, "0-", 2) == 0)
		answer->received = strtoll(range + 2, NULL, 10);
	take_once(&answer->content_type, line, "Content-Type");
	take_once(&answer->digest, line, "Docker-Content-Digest");
	take_once(&answer->location, line, "Location");
	return size * count;
}

static int64_t body_length(const struct http_request *request)
{
	return request->source ? -1 :
	       request->body_fd > 0 ? request->body_len :
				      (int64_t)request->body.len;
}

static size_t give_piped(struct call *call, char *bytes, size_t len)
{
	ssize_t n;

	do
		n = read(call->request->body_fd, bytes, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return CURL_READFUNC_ABORT;
	call->sent += n;
	return (size_t)n;
}

static size_t give_made(struct call *call, char *bytes, size_t len)
{
	const struct http_request *request = call->request;
	ssize_t n = request->source(request->source_arg, bytes, len,
				    call->err);

	if (n >= 0) {
		call->sent += n;
		return (size_t)n;
	}
	call->refused = true;
	return CURL_READFUNC_ABORT;
}

static size_t give_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct call *call = arg;
	const struct http_request *request = call->request;
	int64_t left = body_length(request) - call->sent;
	size_t len = size * count;
	ssize_t n;

	if (request->source)
		return give_made(call, bytes, len);
	if (request->body_fd > 0 && request->body_len < 0)
		return give_piped(call, bytes, len);
	if ((int64_t)len > left)
		len = (size_t)left;
	if (request->body_fd > 0) {
		n = pread(request->body_fd, bytes, len,
			  request->body_at + call->sent);
		if (n < 0)
			return CURL_READFUNC_ABORT;
		len = (size_t)n;
	} else if (len) {
		memcpy(bytes, request->body.ptr + call->sent, len);
	}
	call->sent += (int64_t)len;
	if (request->on_sent &&
	    request->on_sent(request->sent_arg, call->sent, call->err) < 0) {
		call->refused = true;
		return CURL_READFUNC_ABORT;
	}
	return len;
}

/* What comes from a pipe or is made on the way is there once. */
static int seek_body(void *arg, curl_off_t offset, int origin)
{
	struct call *call = arg;
	bool once = body_length(call->request) < 0;

	if (origin != SEEK_SET || (once && offset != call->sent))
		return CURL_SEEKFUNC_CANTSEEK;
	call->sent = offset;
	return CURL_SEEKFUNC_OK;
}

static int on_progress(void *arg, curl_off_t down, curl_off_t got,
		       curl_off_t up, curl_off_t sent)
{
	struct call *call = arg;
	struct pollfd cancel = { .fd = call->session->cancel_fd,
				 .events = POLLIN };

	(void)down, (void)got, (void)up, (void)sent;
	if (cancel.fd >= 0 && poll(&cancel, 1, 0) > 0)
		call->cancelled = true;
	return call->cancelled;
}

/* ---- setting up ---- */

static int set_tls(struct http_session *session, struct err *err)
{
	const struct http_tls *tls = session->tls;
	struct buf *pem = &session->authorities;
	struct curl_blob blob;

	if (!tls)
		return 0;
	if (tls->unverified) {
		curl.easy_setopt(session->easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl.easy_setopt(session->easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	curl.easy_setopt(session->easy, CURLOPT_SSLCERT, tls->certificate);
	curl.easy_setopt(session->easy, CURLOPT_SSLKEY, tls->key);
	if (tls->authorities.len == 0)
		return 0;
	if (pem->len == 0) {
		if (!tls->only_these &&
		    fs_read(AT_FDCWD, SYSTEM_AUTHORITIES, AUTHORITIES_MAX, pem,
			    err) < 0)
			return -1;
		buf_addc(pem, '\n');
		buf_add(pem, tls->authorities.data, tls->authorities.len);
	}
	blob = (struct curl_blob){ pem->data, pem->len, CURL_BLOB_NOCOPY };
	curl.easy_setopt(session->easy, CURLOPT_CAINFO_BLOB, &blob);
	return 0;
}

static void set_proxy(CURL *easy, const char *url)
{
	size_t scheme = strcspn(url, ":");
	const char *at = strstr(url, "://");
	const char *host = at ? at + strlen("://") : url;
	AUTO_FREE char *name = mem_strndup(url, scheme);
	AUTO_FREE char *peer = mem_strndup(
		host, *host == '[' ? strcspn(host, "]") + 1 :
				     strcspn(host, ":/?#"));

	curl.easy_setopt(easy, CURLOPT_PROXY, http_proxy_for(name, peer));
	curl.easy_setopt(easy, CURLOPT_NOPROXY, http_proxy_exempt());
}

static void set_method(struct call *call)
{
	CURL *easy = call->session->easy;
	const char *method = call->request->method;

	if (strcmp(method, "HEAD") == 0) {
		curl.easy_setopt(easy, CURLOPT_NOBODY, 1L);
		return;
	}
	if (strcmp(method, "GET") == 0)
		return;
	curl.easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl.easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
	curl.easy_setopt(easy, CURLOPT_INFILESIZE_LARGE,
			 (curl_off_t)body_length(call->request));
	curl.easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
	curl.easy_setopt(easy, CURLOPT_READDATA, call);
	curl.easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek_body);
	curl.easy_setopt(easy, CURLOPT_SEEKDATA, call);
}

static bool travels(const char *header)
{
	return strncasecmp(header, "Accept:", strlen("Accept:")) == 0 ||
	       strncasecmp(header, "Range:", strlen("Range:")) == 0;
}

static void set_headers(struct call *call, bool at_home)
{
	const struct http_request *request = call->request;

	call->headers = curl.slist_append(NULL, "Expect:");
	for (size_t i = 0; request->headers && i < request->headers->count;
	     i++)
		if (at_home || travels(request->headers->items[i]))
			call->headers = curl.slist_append(
				call->headers, request->headers->items[i]);
	if (request->authorization && at_home) {
		AUTO_FREE char *line = mem_printf("Authorization: %s",
						  request->authorization);

		call->headers = curl.slist_append(call->headers, line);
	}
	curl.easy_setopt(call->session->easy, CURLOPT_HTTPHEADER,
			 call->headers);
}

static int seconds_or(int seconds, int usual)
{
	return seconds ? seconds : usual;
}

static void set_common(struct call *call)
{
	struct http_session *session = call->session;
	CURL *easy = session->easy;

	*session->error = '\0';
	curl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl.easy_setopt(easy, CURLOPT_USERAGENT, "varve");
	curl.easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl.easy_setopt(easy, CURLOPT_BUFFERSIZE, TRANSFER_BUFFER);
	curl.easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT,
			 (long)seconds_or(session->timeouts.connect,
					  HTTP_CONNECT_SECONDS));
	curl.easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT,
			 call->request->patient ? 0L : 1L);
	curl.easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
			 (long)seconds_or(session->timeouts.stall,
					  HTTP_STALL_SECONDS));
	curl.easy_setopt(easy, CURLOPT_ERRORBUFFER, session->error);
	curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl.easy_setopt(easy, CURLOPT_WRITEDATA, call);
	curl.easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl.easy_setopt(easy, CURLOPT_HEADERDATA, call);
	curl.easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl.easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl.easy_setopt(easy, CURLOPT_XFERINFODATA, call);
}

/* ---- one exchange ---- */

static bool is_web(const char *url)
{
	return strncasecmp(url, "http://", strlen("http://")) == 0 ||
	       strncasecmp(url, "https://", strlen("https://")) == 0;
}

/* Curl wants to know the address of its peer first, and one that closed the
 * connection at once has none. */
static const char *why(const char *said, CURLcode rc)
{
	return strncmp(said, "getpeername() ", strlen("getpeername() ")) == 0 ?
		       "the connection was reset" :
	       *said ? said : curl.easy_strerror(rc);
}

static int fail_perform(struct call *call, CURLcode rc, const char *url)
{
	AUTO_FREE char *shown = url_shown(url);
	char method[16] = "";
	long sys = 0;

	if (call->refused)
		return -1;
	if (call->cancelled)
		return err_set(call->err, ERR_CANCELLED, "cancelled");
	call->answer->broken = true;
	for (size_t i = 0; call->request->method[i] && i < 15; i++)
		method[i] = (char)(i ? call->request->method[i] | 0x20 :
				       call->request->method[i]);
	curl.easy_getinfo(call->session->easy, CURLINFO_OS_ERRNO, &sys);
	if (rc == CURLE_COULDNT_CONNECT)
		call->answer->sys = (int)sys;
	if (rc == CURLE_COULDNT_CONNECT && sys > 0)
		return err_set(call->err, ERR_FAILED,
			       "%s %s: cannot connect: %s", method, shown,
			       strerror((int)sys));
	return err_set(call->err, ERR_FAILED, "%s %s: %s", method, shown,
		       why(call->session->error, rc));
}

/* *next: where a redirect leads, owned, or NULL. */
static int exchange(struct call *call, const char *url, bool at_home,
		    char **next)
{
	CURL *easy = call->session->easy;
	char *found = NULL;
	CURLcode rc;

	curl.easy_reset(easy);
	answer_clear(call->answer);
	call->sent = 0;
	set_common(call);
	if (set_tls(call->session, call->err) < 0)
		return -1;
	set_method(call);
	set_headers(call, at_home);
	if (call->session->socket)
		curl.easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH,
				 call->session->socket);
	else
		set_proxy(easy, url);
	curl.easy_setopt(easy, CURLOPT_URL, url);
	rc = curl.easy_perform(easy);
	curl.slist_free_all(call->headers);
	if (rc != CURLE_OK && !(call->answer->status >= 400 &&
				rc == CURLE_WRITE_ERROR))
		return fail_perform(call, rc, url);
	curl.easy_getinfo(easy, CURLINFO_REDIRECT_URL, &found);
	if (found) {
		free(call->answer->location);
		call->answer->location = mem_strdup(found);
	}
	if (found && call->answer->status < 400 &&
	    call->answer->status >= 300)
		*next = mem_strdup(found);
	return 0;
}

/* A Location of 201 and 202 may be relative; curl resolves only redirects. */
static void make_absolute(struct http_answer *answer, const char *url)
{
	const char *rest = strstr(url, "://");
	size_t origin;

	if (!answer->location || *answer->location != '/' || !rest)
		return;
	rest += strlen("://");
	origin = (size_t)(rest - url) + strcspn(rest, "/?#");
	rest = answer->location;
	answer->location = mem_printf("%.*s%s", (int)origin, url, rest);
	free((char *)(uintptr_t)rest);
}

int http_session_do(struct http_session *session,
		    const struct http_request *request,
		    struct http_answer *answer, struct err *err)
{
	struct call call = { .session = session, .request = request,
			     .answer = answer, .err = err };
	AUTO_FREE char *url = mem_strdup(request->url);
	bool reads = strcmp(request->method, "GET") == 0 ||
		     strcmp(request->method, "HEAD") == 0;

	if (lazy_load(&library, err) < 0)
		return -1;
	if (!session->easy && !(session->easy = curl.easy_init()))
		return err_set(err, ERR_FAILED, "cannot start libcurl");
	for (int i = 0; i <= REDIRECTS_MAX; i++) {
		AUTO_FREE char *next = NULL;

		if (!is_web(url))
			return err_set(err, ERR_INPUT, "cannot follow a "
				       "redirect to '%s'", url);
		if (exchange(&call, url, url_same_origin(url, request->url),
			     &next) < 0)
			return -1;
		if (!next || !reads) {
			make_absolute(answer, url);
			return 0;
		}
		free(url);
		url = STEAL(next);
	}
	return err_set(err, ERR_FAILED, "%s %s: stopped after 10 redirects",
		       request->method, request->url);
}
