/* Knows how blobs and manifests are put into a registry (store.md 7.5). */
#include <string.h>

#include "transport/registry_inside.h"
#include "transport/token.h"

#define UPLOAD_CHUNK ((int64_t)64 << 20)

static int simple(struct registry *r, const char *path, const char *actions,
		  struct http_request *request, struct http_answer *answer,
		  struct err *err)
{
	AUTO_FREE char *scope = registry_scope(path, actions);

	return registry_call(r, scope, request, NULL, NULL, answer, err);
}

int registry_has_blob(struct registry *r, const char *path,
		      const struct digest *digest, int64_t *size,
		      struct err *err)
{
	AUTO(http_answer_release) struct http_answer answer = { 0 };
	AUTO_FREE char *url = mem_printf("%s/v2/%s/blobs/%s", r->base, path,
					 digest->text);
	struct http_request request = { .method = "HEAD", .url = url };

	if (simple(r, path, SCOPE_PUSH, &request, &answer, err) < 0)
		return -1;
	if (size)
		*size = answer.length;
	if (answer.status == 200)
		return 1;
	return answer.status == 404 ? 0 : registry_fail(r, &answer, path, err);
}

int registry_mount(struct registry *r, const char *path, const char *from,
		   const struct digest *digest, char **upload,
		   struct err *err)
{
	AUTO(http_answer_release) struct http_answer answer = { 0 };
	AUTO_FREE char *url = mem_printf(
		"%s/v2/%s/blobs/uploads/?mount=%s&from=%s", r->base, path,
		digest->text, from);
	AUTO_FREE char *scope = mem_printf(
		"repository:%s:" SCOPE_PUSH " repository:%s:" SCOPE_PULL, path,
		from);
	struct http_request request = { .method = "POST", .url = url };

	*upload = NULL;
	if (registry_call(r, scope, &request, NULL, NULL, &answer, err) < 0)
		return -1;
	if (answer.status == 201)
		return 1;
	if (answer.status == 202)
		*upload = STEAL(answer.location);
	return 0;
}

/* ---- uploads ---- */

struct upload {
	struct registry *r;
	const char *path;
	const struct digest *digest;
	char *location;
	int fd;
	int64_t size, sent;
	bool garbled; /* the registry got other bytes than were sent */
	struct strv headers; /* of the request under way, and its URL */
	char *url;
	registry_progress *progress;
	void *arg;
};

static void upload_release(struct upload *u)
{
	free(u->location);
	free(u->url);
	strv_release(&u->headers);
}
AUTO_DEFINE_IN_PLACE(struct upload, upload_release)

static int take_location(struct upload *u, struct http_answer *answer,
			 int wanted, struct err *err)
{
	if (answer->status != wanted)
		return registry_fail(u->r, answer, u->path, err);
	if (!answer->location)
		return err_set(err, ERR_FAILED, "the registry does not say "
			       "where the upload goes on");
	free(u->location);
	u->location = STEAL(answer->location);
	return 0;
}

static int begin(struct upload *u, struct err *err)
{
	AUTO(http_answer_release) struct http_answer answer = { 0 };
	AUTO_FREE char *url = mem_printf("%s/v2/%s/blobs/uploads/",
					 u->r->base, u->path);
	struct http_request request = { .method = "POST", .url = url };

	u->sent = 0;
	if (simple(u->r, u->path, SCOPE_PUSH, &request, &answer, err) < 0)
		return -1;
	return take_location(u, &answer, 202, err);
}

static int on_sent(void *arg, int64_t sent, struct err *err)
{
	struct upload *u = arg;

	return u->progress ? u->progress(u->arg, u->sent + sent, err) : 0;
}

/* The request for the bytes from u->sent on: a chunk, or all the rest. */
static void aim(struct upload *u, struct http_request *request)
{
	int64_t len = u->size - u->sent;
	bool last = len <= UPLOAD_CHUNK;

	if (!last)
		len = UPLOAD_CHUNK;
	free(u->url);
	u->url = last ? mem_printf("%s%cdigest=%s", u->location,
				   strchr(u->location, '?') ? '&' : '?',
				   u->digest->text) : mem_strdup(u->location);
	strv_release(&u->headers);
	strv_add(&u->headers, "Content-Type: application/octet-stream");
	if (!last || u->sent)
		strv_take(&u->headers,
			  mem_printf("Content-Range: %lld-%lld",
				     (long long)u->sent,
				     (long long)(u->sent + len - 1)));
	*request = (struct http_request){
		.method = last ? "PUT" : "PATCH", .url = u->url,
		.headers = &u->headers, .body_fd = u->fd,
		.body_at = u->sent, .body_len = len,
		.on_sent = on_sent, .sent_arg = u,
	};
}

/* How far it came before the connection broke. What cannot be said is tried
 * as it was. */
static int ask_where(void *arg, struct http_request *request, struct err *err)
{
	AUTO(http_answer_release) struct http_answer answer = { 0 };
	struct http_request ask = { .method = "GET" };
	struct err ignored = ERR_INIT;
	struct upload *u = arg;

	(void)err;
	ask.url = u->location;
	if (simple(u->r, u->path, SCOPE_PUSH, &ask, &answer, &ignored) < 0 ||
	    answer.status != 204 || answer.received < u->sent ||
	    answer.received >= u->size)
		return 0;
	u->sent = answer.received + (answer.received > 0);
	if (answer.location) {
		free(u->location);
		u->location = STEAL(answer.location);
	}
	aim(u, request);
	return 0;
}

/* One request; u->sent is the size once the blob is there. */
static int send_some(struct upload *u, struct err *err)
{
	AUTO(http_answer_release) struct http_answer answer = { 0 };
	AUTO_FREE char *scope = registry_scope(u->path, SCOPE_PUSH);
	struct http_request request;
	bool last;

	aim(u, &request);
	if (registry_call(u->r, scope, &request, ask_where, u, &answer, err) <
	    0)
		return -1;
	last = strcmp(request.method, "PUT") == 0;
	if (last && answer.status != 201 && answer.status != 204) {
		u->garbled = token_error_is(
			(struct span){ answer.error.data, answer.error.len },
			"DIGEST_INVALID");
		return registry_fail(u->r, &answer, u->path, err);
	}
	if (!last && take_location(u, &answer, 202, err) < 0)
		return -1;
	u->sent += request.body_len;
	return last ? 1 : 0;
}

static int upload_once(struct upload *u, const char *offered, struct err *err)
{
	int rc;

	u->sent = 0;
	free(u->location);
	u->location = mem_strdup(offered);
	if (!offered && begin(u, err) < 0)
		return -1;
	while ((rc = send_some(u, err)) == 0)
		;
	return rc < 0 ? -1 : 0;
}

int registry_put_blob(struct registry *r, const char *path,
		      const struct digest *digest, int fd, int64_t size,
		      const char *offered, registry_progress *progress,
		      void *arg, struct err *err)
{
	AUTO(upload_release) struct upload u = {
		.r = r, .path = path, .digest = digest, .fd = fd,
		.size = size, .progress = progress, .arg = arg,
	};

	if (upload_once(&u, offered, err) == 0)
		return 0;
	/* It may be there, only the answer was lost; a session that the
	 * registry lost or mixed up is begun anew, once: docker, too, tries
	 * again after DIGEST_INVALID, which a registry of Debian 12 says
	 * at times of one of several uploads of the same blob. */
	if (err->kind != ERR_NOT_FOUND && !u.garbled)
		return -1;
	return registry_has_blob(r, path, digest, NULL, err) > 0 ? 0 :
	       upload_once(&u, NULL, err);
}

int registry_put_manifest(struct registry *r, const char *path,
			  const char *ref, const char *type,
			  struct span bytes, struct err *err)
{
	AUTO(http_answer_release) struct http_answer answer = { 0 };
	AUTO(strv_release) struct strv headers = { 0 };
	AUTO_FREE char *url = mem_printf("%s/v2/%s/manifests/%s", r->base,
					 path, ref);
	struct http_request request = { .method = "PUT", .url = url,
					.headers = &headers, .body = bytes };

	strv_take(&headers, mem_printf("Content-Type: %s", type));
	if (simple(r, path, SCOPE_PUSH, &request, &answer, err) < 0)
		return -1;
	return answer.status == 201 ? 0 :
	       registry_fail(r, &answer, path, err);
}
