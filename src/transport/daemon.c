/* Knows how a docker daemon is asked, in which version of its API, and what
 * it means when it does not answer. */
#include "transport/daemon.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "transport/daemon_where.h"

/* 20.10's own; from 1.45 on nothing says what an image was built with. */
#define VERSION "1.41"
#define NEWEST_MINOR 44
#define OLDEST_MINOR 24

struct daemon {
	struct daemon_where where;
	struct http_session *session;
	char version[16];
};

void daemon_free(struct daemon *daemon)
{
	if (!daemon)
		return;
	http_session_free(daemon->session);
	daemon_where_release(&daemon->where);
	free(daemon);
}

const char *daemon_host(const struct daemon *daemon)
{
	return daemon->where.host;
}

void daemon_escape(struct buf *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";

	for (; *text; text++)
		if (strchr(plain, *text))
			buf_addc(out, *text);
		else
			buf_addf(out, "%%%02X", (unsigned char)*text);
}

/* ---- one request ---- */

static int fail_connect(const struct daemon *daemon, int sys, struct err *err)
{
	const char *host = daemon->where.host;

	if (sys == EACCES)
		return err_set(err, ERR_DENIED, "permission denied while "
			       "trying to connect to the docker daemon at %s: "
			       "the socket is for root and a group (docker) "
			       "that this user is not in", host);
	if (sys == ENOENT)
		return err_set(err, ERR_FAILED, "cannot connect to the docker "
			       "daemon at %s: there is no such socket. Is the "
			       "docker daemon running?", host);
	return err_set(err, ERR_FAILED, "cannot connect to the docker daemon "
		       "at %s: %s. Is the docker daemon running?", host,
		       strerror(sys));
}

/* The message in {"message":…}, or what else came; owned. */
static char *message_of(const struct http_answer *answer)
{
	const char *text = answer->error.data ? answer->error.data : "";
	json_t *root = json_loadb(text, answer->error.len, 0, NULL);
	const char *said =
		json_string_value(json_object_get(root, "message"));
	char *message = said ? mem_strdup(said) :
			mem_printf("status %d%s%.200s", answer->status,
				   *text ? ": " : "", text);

	json_decref(root);
	return message;
}

static int fail_status(const struct http_answer *answer, struct err *err)
{
	AUTO_FREE char *message = message_of(answer);

	return err_set(err, answer->status == 404 ? ERR_NOT_FOUND :
		       answer->status == 409 ? ERR_CONFLICT : ERR_FAILED,
		       "Error response from daemon: %s", message);
}

static int perform(struct daemon *daemon, const struct daemon_call *call,
		   struct http_answer *answer, struct err *err)
{
	AUTO(strv_release) struct strv headers = { 0 };
	AUTO_FREE char *url = mem_printf("%s/v%s%s", daemon->where.url,
					 daemon->version, call->path);
	struct http_request request = {
		.method = call->method, .url = url, .headers = &headers,
		.body_fd = call->body_fd, .body_len = -1,
		.source = call->source, .source_arg = call->source_arg,
		.sink = call->sink, .arg = call->arg,
		.patient = strcmp(call->method, "GET") != 0 ||
			   strncmp(call->path, "/images/get?", 12) == 0,
	};

	if (call->header)
		strv_add(&headers, call->header);
	if (call->body_fd > 0 || call->source)
		strv_add(&headers, "Content-Type: application/x-tar");
	if (http_session_do(daemon->session, &request, answer, err) == 0)
		return 0;
	if (answer->sys)
		return fail_connect(daemon, answer->sys, err);
	return answer->broken ? err_wrap(err, "the docker daemon at %s",
					 daemon->where.host) : -1;
}

int daemon_do(struct daemon *daemon, const struct daemon_call *call,
	      struct err *err)
{
	AUTO(http_answer_release) struct http_answer answer = { 0 };

	if (perform(daemon, call, &answer, err) < 0)
		return -1;
	return answer.status >= 400 ? fail_status(&answer, err) : 0;
}

struct reading {
	struct buf *out;
	size_t left;
};

static int take(void *arg, const void *bytes, size_t len, struct err *err)
{
	struct reading *reading = arg;

	if (len > reading->left)
		return err_set(err, ERR_INPUT, "the answer is too long");
	reading->left -= len;
	buf_add(reading->out, bytes, len);
	return 0;
}

int daemon_read(struct daemon *daemon, const char *path, size_t limit,
		struct buf *out, struct err *err)
{
	struct reading reading = { out, limit };
	struct daemon_call call = { .method = "GET", .path = path,
				    .sink = take, .arg = &reading };

	return daemon_do(daemon, &call, err);
}

/* ---- versions ---- */

/* "client version 1.41 is too new. Maximum supported API version is 1.40" */
static bool offered(const char *message, unsigned *minor)
{
	const char *at = strstr(message, "API version is 1.");

	return at && sscanf(at + strlen("API version is "), "1.%u",
			    minor) == 1;
}

static int refuse(const struct daemon *daemon, const char *message,
		  struct err *err)
{
	unsigned minor;

	if (!offered(message, &minor))
		return err_set(err, ERR_FAILED, "what answers at %s is not a "
			       "docker daemon: %s", daemon->where.host,
			       message);
	if (minor > NEWEST_MINOR)
		return err_set(err, ERR_UNSUPPORTED, "the docker daemon at %s "
			       "is too new: it speaks API 1.%u and newer, and "
			       "only up to 1.%d an image says what it was "
			       "built with", daemon->where.host, minor,
			       NEWEST_MINOR);
	return err_set(err, ERR_UNSUPPORTED, "the docker daemon at %s is too "
		       "old: it speaks API 1.%u", daemon->where.host, minor);
}

/* 1 agreed, 0 try again in another version, -1. */
static int try_version(struct daemon *daemon, struct err *err)
{
	AUTO(http_answer_release) struct http_answer answer = { 0 };
	struct daemon_call ping = { .method = "GET", .path = "/_ping" };
	AUTO_FREE char *message = NULL;
	unsigned minor;

	if (perform(daemon, &ping, &answer, err) < 0)
		return -1;
	if (answer.status == 200)
		return 1;
	message = message_of(&answer);
	if (answer.status >= 500)
		return fail_status(&answer, err);
	if (strcmp(daemon->version, VERSION) != 0 ||
	    !offered(message, &minor) || minor > NEWEST_MINOR ||
	    minor < OLDEST_MINOR)
		return refuse(daemon, message, err);
	snprintf(daemon->version, sizeof(daemon->version), "1.%u", minor);
	return 0;
}

int daemon_open(int cancel_fd, struct daemon **out, struct err *err)
{
	AUTO(daemon_free) struct daemon *daemon = mem_alloc(sizeof(*daemon));
	struct http_timeouts usual = { 0, 0 };
	int agreed;

	strcpy(daemon->version, VERSION);
	if (daemon_where_find(&daemon->where, err) < 0)
		return -1;
	daemon->session = http_session_new(&daemon->where.tls, usual,
					   cancel_fd);
	if (daemon->where.socket)
		http_session_unix(daemon->session, daemon->where.socket);
	do
		agreed = try_version(daemon, err);
	while (agreed == 0);
	if (agreed < 0)
		return -1;
	*out = STEAL(daemon);
	return 0;
}
