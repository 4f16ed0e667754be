/* Knows how a registry is told who asks: Basic, and tokens of its server
 * (store.md 7.4). */
#include "transport/registry_inside.h"

#include <string.h>
#include <time.h>

#include "base/base64.h"
#include "transport/token.h"

static int64_t now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static char *basic_value(const struct credentials *c)
{
	AUTO(buf_release) struct buf out = BUF_INIT;
	AUTO_FREE char *plain = mem_printf("%s:%s", c->username,
					   c->password ? c->password : "");

	buf_adds(&out, "Basic ");
	base64_encode(&out, plain, strlen(plain));
	return buf_steal(&out);
}

/* application/x-www-form-urlencoded */
static void add_pair(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, "%s%s=", out->len ? "&" : "", name);
	for (; *value; value++) {
		unsigned char c = (unsigned char)*value;

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') || strchr("-_.~", c))
			buf_addc(out, (char)c);
		else
			buf_addf(out, "%%%02X", c);
	}
}

static int ask_server(struct http_session *session,
		      const struct http_request *wanted, struct token *out,
		      struct err *err)
{
	AUTO(http_answer_release) struct http_answer answer = { 0 };
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct registry_body body = { &text, TOKEN_ANSWER_MAX };
	struct http_request request = *wanted;
	AUTO_FREE char *why = NULL;

	request.sink = registry_take_body;
	request.arg = &body;
	if (http_session_do(session, &request, &answer, err) < 0)
		return err_wrap(err, "cannot get a token");
	if (answer.status < 300)
		return token_parse((struct span){ text.data, text.len }, out,
				   err);
	why = token_error_text((struct span){ answer.error.data,
					      answer.error.len });
	if (answer.status == 401 || answer.status == 403)
		return err_set(err, ERR_DENIED, "unauthorized: %s", why ? why :
			       "incorrect username or password");
	return err_set(err, ERR_FAILED, "the token server answered with "
		       "status %d%s%s", answer.status, why ? ": " : "",
		       why ? why : "");
}

/* The identity token stands for the password. */
static int refresh(struct http_session *session, const struct challenge *c,
		   const char *scope, const char *identity, struct token *out,
		   struct err *err)
{
	static char type[] =
		"Content-Type: application/x-www-form-urlencoded";
	char *lines[] = { type };
	struct strv headers = { lines, 1, true };
	AUTO(buf_release) struct buf form = BUF_INIT;
	struct http_request request = { .method = "POST", .url = c->realm,
					.headers = &headers };

	add_pair(&form, "grant_type", "refresh_token");
	add_pair(&form, "refresh_token", identity);
	add_pair(&form, "service", c->service ? c->service : "");
	if (scope)
		add_pair(&form, "scope", scope);
	add_pair(&form, "client_id", "docker");
	request.body = (struct span){ form.data, form.len };
	return ask_server(session, &request, out, err);
}

/* scope: words separated by blanks, or NULL to log in. */
static int ask_token(struct http_session *session, const struct challenge *c,
		     const char *scope, const struct credentials *who,
		     struct token *out, struct err *err)
{
	AUTO(buf_release) struct buf query = BUF_INIT;
	AUTO_FREE char *basic = NULL;
	AUTO_FREE char *url = NULL;
	const char *at = scope;

	if (who->identity_token)
		return refresh(session, c, scope, who->identity_token, out,
			       err);
	if (who->username) {
		basic = basic_value(who);
		add_pair(&query, "account", who->username);
	}
	if (!scope) {
		add_pair(&query, "client_id", "docker");
		add_pair(&query, "offline_token", "true");
	}
	while (at && *at) {
		size_t len = strcspn(at, " ");
		AUTO_FREE char *word = mem_strndup(at, len);

		add_pair(&query, "scope", word);
		at += len + (at[len] == ' ');
	}
	if (c->service)
		add_pair(&query, "service", c->service);
	url = mem_printf("%s%c%s", c->realm, strchr(c->realm, '?') ? '&' : '?',
			 query.data ? query.data : "");
	return ask_server(session, &(struct http_request){
		.method = "GET", .url = url, .authorization = basic }, out,
		err);
}

static char *find_token(struct registry *r, const char *scope)
{
	for (size_t i = 0; i < r->token_count; i++)
		if (strcmp(r->tokens[i].scope, scope) == 0 &&
		    r->tokens[i].until > now_seconds())
			return mem_printf("Bearer %s", r->tokens[i].text);
	return NULL;
}

static void drop_token(struct registry *r, const char *scope)
{
	for (size_t i = 0; i < r->token_count; i++)
		if (strcmp(r->tokens[i].scope, scope) == 0)
			r->tokens[i].until = 0;
}

void registry_forget_token(struct registry *r, const char *scope)
{
	pthread_mutex_lock(&r->lock);
	drop_token(r, scope);
	pthread_mutex_unlock(&r->lock);
}

/* With the lock held: others wait for this very token. */
static int fetch_token(struct registry *r, struct http_session *session,
		       const char *scope, char **out, struct err *err)
{
	AUTO(token_release) struct token token = { NULL, NULL, 0 };

	*out = find_token(r, scope);
	if (*out)
		return 0;
	if (ask_token(session, &r->challenge, scope, &r->credentials, &token,
		      err) < 0)
		return -1;
	MEM_PUSH(r->tokens, r->token_count) = (struct held_token){
		.scope = mem_strdup(scope),
		.text = mem_strdup(token.text),
		.until = now_seconds() + token.seconds - 5,
	};
	*out = mem_printf("Bearer %s", token.text);
	return 0;
}

int registry_authorize(struct registry *r, struct http_session *session,
		       const char *scope, char **out, struct err *err)
{
	int rc = 0;

	*out = NULL;
	if (r->credentials.registry_token) {
		*out = mem_printf("Bearer %s", r->credentials.registry_token);
		return 0;
	}
	pthread_mutex_lock(&r->lock);
	switch (r->challenge.scheme) {
	case CHALLENGE_NONE:
		break;
	case CHALLENGE_BASIC:
		if (r->credentials.username)
			*out = basic_value(&r->credentials);
		else
			rc = err_set(err, ERR_DENIED,
				     "no basic auth credentials");
		break;
	case CHALLENGE_BEARER:
		rc = fetch_token(r, session, scope, out, err);
		break;
	}
	pthread_mutex_unlock(&r->lock);
	return rc;
}

/* ---- login ---- */

static int login_basic(struct registry *r, struct http_session *session,
		       const struct credentials *who, struct err *err)
{
	AUTO(http_answer_release) struct http_answer answer = { 0 };
	AUTO_FREE char *url = mem_printf("%s/v2/", r->base);
	AUTO_FREE char *basic = basic_value(who);

	if (http_session_do(session, &(struct http_request){
		.method = "GET", .url = url, .authorization = basic }, &answer,
		err) < 0)
		return -1;
	if (answer.status == 401)
		return err_set(err, ERR_DENIED, "Get %s: unauthorized: "
			       "authentication required", url);
	if (answer.status != 200)
		return err_set(err, ERR_FAILED, "login attempt to %s failed "
			       "with status %d", url, answer.status);
	return 0;
}

int registry_login(const struct registry_options *options,
		   struct credentials *who, struct err *err)
{
	static const struct credentials nobody;
	struct registry_options plain = *options;
	AUTO(registry_free) struct registry *r = NULL;
	AUTO(http_session_free) struct http_session *session = NULL;
	AUTO(token_release) struct token token = { NULL, NULL, 0 };

	plain.credentials = &nobody;
	if (registry_open(&plain, &r, err) < 0)
		return -1;
	session = http_session_new(&r->tls, plain.timeouts, plain.cancel_fd);
	if (r->challenge.scheme != CHALLENGE_BEARER)
		return login_basic(r, session, who, err);
	if (ask_token(session, &r->challenge, NULL, who, &token, err) < 0)
		return err_wrap(err, "Get %s/v2/", r->base);
	if (token.refresh) {
		free(who->identity_token);
		who->identity_token = mem_strdup(token.refresh);
	}
	return 0;
}
