/* Knows how a registry is reached, asked again, and what its refusals mean. */
#include "transport/registry.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>

#include "transport/certs.h"
#include "transport/registry_inside.h"
#include "transport/token.h"

#define RETRY_AFTER_MAX 120 /* seconds */
#define HUB_HOST "registry-1.docker.io"

char *registry_scope(const char *path, const char *actions)
{
	return mem_printf("repository:%s:%s", path, actions);
}

const struct credentials *registry_credentials(const struct registry *r)
{
	return &r->credentials;
}

int registry_take_body(void *arg, const void *bytes, size_t len,
		       struct err *err)
{
	struct registry_body *body = arg;

	if (len > body->limit - body->out->len)
		return err_set(err, ERR_INPUT, "the answer has more than %zu "
			       "bytes", body->limit);
	buf_add(body->out, bytes, len);
	return 0;
}

int registry_clear_body(void *arg, struct http_request *request,
			struct err *err)
{
	struct registry_body *body = arg;

	(void)request, (void)err;
	buf_clear(body->out);
	return 0;
}

/* ---- sessions ---- */

static struct http_session *take_session(struct registry *r)
{
	struct http_session *session = NULL;

	pthread_mutex_lock(&r->lock);
	if (r->idle_count)
		session = r->idle[--r->idle_count];
	pthread_mutex_unlock(&r->lock);
	return session ? session :
	       http_session_new(&r->tls, r->options.timeouts,
				r->options.cancel_fd);
}

static void give_session(struct registry *r, struct http_session *session)
{
	pthread_mutex_lock(&r->lock);
	MEM_PUSH(r->idle, r->idle_count) = session;
	pthread_mutex_unlock(&r->lock);
}

/* ---- asking again ---- */

int registry_wait(const struct registry *r, int attempt, int retry_after,
		  struct err *err)
{
	struct pollfd cancel = { .fd = r->options.cancel_fd,
				 .events = POLLIN };
	int64_t ms = (int64_t)r->options.delay_ms * attempt;

	if (retry_after > RETRY_AFTER_MAX)
		return err_set(err, ERR_FAILED, "the registry is busy for "
			       "%d seconds", retry_after);
	if (ms && ms < (int64_t)retry_after * 1000)
		ms = (int64_t)retry_after * 1000;
	if (poll(&cancel, cancel.fd >= 0, (int)ms) > 0)
		return err_set(err, ERR_CANCELLED, "cancelled");
	return 0;
}

static bool is_busy(int status)
{
	return status == 429 || status == 408 ||
	       (status >= 500 && status != 501 && status != 507);
}

/* A new challenge may ask for another kind of proof. */
static void take_challenge(struct registry *r, const char *scope,
			   const struct http_answer *answer)
{
	AUTO(challenge_release) struct challenge found = { 0 };

	challenge_parse(&answer->challenges, &found);
	pthread_mutex_lock(&r->lock);
	if (found.scheme != CHALLENGE_NONE) {
		challenge_release(&r->challenge);
		r->challenge = found;
		found = (struct challenge){ 0 };
	}
	pthread_mutex_unlock(&r->lock);
	registry_forget_token(r, scope);
}

static int call_once(struct registry *r, struct http_session *session,
		     const char *scope, struct http_request *request,
		     struct http_answer *answer, struct err *err)
{
	AUTO_FREE char *authorization = NULL;

	for (int i = 0; i < 2; i++) {
		free(STEAL(authorization));
		if (registry_authorize(r, session, scope, &authorization,
				       err) < 0)
			return -1;
		request->authorization = authorization;
		if (http_session_do(session, request, answer, err) < 0)
			return -1;
		if (answer->status != 401)
			break;
		take_challenge(r, scope, answer);
	}
	request->authorization = NULL;
	return 0;
}

int registry_call(struct registry *r, const char *scope,
		  struct http_request *request, registry_resume *resume,
		  void *arg, struct http_answer *answer, struct err *err)
{
	struct http_session *session = take_session(r);
	int rc = -1, attempts = r->options.attempts;

	for (int i = 1; i <= attempts; i++) {
		rc = call_once(r, session, scope, request, answer, err);
		if (rc == 0 && !is_busy(answer->status))
			break;
		if ((rc < 0 && !answer->broken) || i == attempts)
			break;
		rc = registry_wait(r, i, answer->retry_after, err);
		if (rc == 0 && resume)
			rc = resume(arg, request, err);
		if (rc < 0)
			break;
	}
	give_session(r, session);
	return rc;
}

int registry_fail(const struct registry *r, const struct http_answer *answer,
		  const char *path, struct err *err)
{
	AUTO_FREE char *said = token_error_text(
		(struct span){ answer->error.data, answer->error.len });
	const char *why = said ? said : "";
	AUTO_FREE char *usual = NULL;

	if (!said) {
		usual = mem_printf("received unexpected HTTP status: %d",
				   answer->status);
		why = answer->status == 401 ?
		      "unauthorized: authentication required" :
		      answer->status == 429 ? "toomanyrequests" : usual;
	}
	(void)r, (void)path;
	return err_set(err, answer->status == 404 ? ERR_NOT_FOUND :
		       answer->status == 401 || answer->status == 403 ?
		       ERR_DENIED : ERR_FAILED, "%s", why);
}

/* ---- opening ---- */

/* As docker: 127.0.0.0/8 and names that resolve into it. */
static bool is_loopback(const char *host)
{
	AUTO_FREE char *name = mem_strndup(host, strcspn(host, ":"));
	struct addrinfo hints = { .ai_family = AF_INET,
				  .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	struct in_addr address;
	bool local = false;

	if (inet_pton(AF_INET, name, &address) == 1)
		return ntohl(address.s_addr) >> 24 == 127;
	if (strcmp(name, "localhost") != 0 ||
	    getaddrinfo(name, NULL, &hints, &found) != 0)
		return strcmp(name, "localhost") == 0;
	if (found)
		local = ntohl(((struct sockaddr_in *)(void *)found->ai_addr)
				      ->sin_addr.s_addr) >> 24 == 127;
	freeaddrinfo(found);
	return local;
}

static int ping(struct registry *r, struct http_answer *answer,
		struct err *err)
{
	struct http_session *session = take_session(r);
	AUTO_FREE char *url = mem_printf("%s/v2/", r->base);
	int rc = -1;

	for (int i = 1; i <= r->options.attempts; i++) {
		rc = http_session_do(session, &(struct http_request){
			.method = "GET", .url = url }, answer, err);
		if (rc < 0 || !is_busy(answer->status) ||
		    i == r->options.attempts)
			break;
		rc = registry_wait(r, i, answer->retry_after, err);
		if (rc < 0)
			break;
	}
	give_session(r, session);
	if (rc < 0)
		return -1;
	if (answer->status == 200 || answer->status == 401)
		return 0;
	if (answer->status == 404)
		return err_set(err, ERR_UNSUPPORTED, "'%s' does not speak the "
			       "registry's protocol", r->options.host);
	return registry_fail(r, answer, "", err);
}

static int find_base(struct registry *r, bool insecure, struct err *err)
{
	AUTO(http_answer_release) struct http_answer answer = { 0 };
	const char *host = r->options.host;
	struct err plain = ERR_INIT;
	int rc;

	r->tls.unverified = insecure;
	r->base = mem_printf("https://%s", strcmp(host, "docker.io") == 0 ?
					   HUB_HOST : host);
	rc = ping(r, &answer, err);
	if (rc < 0 && insecure && answer.broken) {
		free(r->base);
		r->base = mem_printf("http://%s", host);
		rc = ping(r, &answer, &plain);
		if (rc < 0)
			*err = plain;
	}
	if (rc == 0)
		challenge_parse(&answer.challenges, &r->challenge);
	return rc;
}

static void copy_credentials(struct credentials *to,
			     const struct credentials *from)
{
	to->username = mem_strdup(from->username);
	to->password = mem_strdup(from->password);
	to->identity_token = mem_strdup(from->identity_token);
	to->registry_token = mem_strdup(from->registry_token);
}

int registry_open(const struct registry_options *options,
		  struct registry **out, struct err *err)
{
	AUTO(registry_free) struct registry *r = mem_alloc(sizeof(*r));

	r->options = *options;
	if (!r->options.attempts)
		r->options.attempts = REGISTRY_ATTEMPTS;
	pthread_mutex_init(&r->lock, NULL);
	if (options->credentials)
		copy_credentials(&r->credentials, options->credentials);
	else if (credentials_get(options->host, &r->credentials, err) < 0)
		return -1;
	if (certs_load(options->cert_dir, options->host, &r->tls, err) < 0 ||
	    find_base(r, options->insecure || is_loopback(options->host),
		      err) < 0)
		return -1;
	*out = STEAL(r);
	return 0;
}

void registry_free(struct registry *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->idle_count; i++)
		http_session_free(r->idle[i]);
	for (size_t i = 0; i < r->token_count; i++) {
		free(r->tokens[i].scope);
		free(r->tokens[i].text);
	}
	free(r->idle);
	free(r->tokens);
	challenge_release(&r->challenge);
	credentials_release(&r->credentials);
	http_tls_release(&r->tls);
	pthread_mutex_destroy(&r->lock);
	free(r->base);
	free(r);
}
