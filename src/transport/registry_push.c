/* Knows how blobs and manifests are put into a registry (store.md 7.5). */
#include <string.h>

#include "transport/registry_inside.h"

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
		   const struct digest *digest, struct err *err)
{
	AUTO(http_answer_release) struct http_answer answer = { 0 };
	AUTO_FREE char *url = mem_printf(
		"%s/v2/%s/blobs/uploads/?mount=%s&from=%s", r->base, path,
		digest->text, from);
	AUTO_FREE char *scope = mem_printf(
		"repository:%s:" SCOPE_PUSH " repository:%s:" SCOPE_PULL, path,
		from);
	struct http_request request = { .method = "POST", .url = url };
	struct http_request forget = { .method = "DELETE" };

	if (registry_call(r, scope, &request, NULL, NULL, &answer, err) < 0)
		return -1;
	if (answer.status == 201)
		return 1;
	if (answer.status == 202 && answer.location) {
		AUTO(http_answer_release) struct http_answer done = { 0 };
		struct err ignored = ERR_INIT;

		forget.url = answer.location;
		(void)simple(r, path, SCOPE_PUSH, &forget, &done, &ignored);
	}
	return 0;
}

/* ---- uploads ---- */

struct upload {
	struct registry *r;
	const char *path;
	char *location;
	int fd;
	int64_t size, sent;
};

static void upload_release(struct upload *u)
{
	free(u->location);
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

static int send_chunk(struct upload *u, struct err *err)
{
	AUTO(http_answer_release) struct http_answer answer = { 0 };
	AUTO(strv_release) struct strv headers = { 0 };
	int64_t len = u->size - u->sent;
	struct http_request request = {
		.method = "PATCH", .url = u->location, .headers = &headers,
		.body_fd = u->fd, .body_at = u->sent,
	};

	if (len > UPLOAD_CHUNK)
		len = UPLOAD_CHUNK;
	request.body_len = len;
	strv_add(&headers, "Content-Type: application/octet-stream");
	strv_take(&headers, mem_printf("Content-Range: %lld-%lld",
				       (long long)u->sent,
				       (long long)(u->sent + len - 1)));
	if (simple(u->r, u->path, SCOPE_PUSH, &request, &answer, err) < 0 ||
	    take_location(u, &answer, 202, err) < 0)
		return -1;
	u->sent += len;
	return 0;
}

static int finish(struct upload *u, const struct digest *digest,
		  struct err *err)
{
	AUTO(http_answer_release) struct http_answer answer = { 0 };
	AUTO_FREE char *url = mem_printf(
		"%s%cdigest=%s", u->location,
		strchr(u->location, '?') ? '&' : '?', digest->text);
	struct http_request request = { .method = "PUT", .url = url };

	if (simple(u->r, u->path, SCOPE_PUSH, &request, &answer, err) < 0)
		return -1;
	return answer.status == 201 || answer.status == 204 ? 0 :
	       registry_fail(u->r, &answer, u->path, err);
}

static int upload_once(struct upload *u, const struct digest *digest,
		       registry_progress *progress, void *arg,
		       struct err *err)
{
	if (begin(u, err) < 0)
		return -1;
	while (u->sent < u->size) {
		if (send_chunk(u, err) < 0)
			return -1;
		if (progress && progress(arg, u->sent, err) < 0)
			return -1;
	}
	return finish(u, digest, err);
}

int registry_put_blob(struct registry *r, const char *path,
		      const struct digest *digest, int fd, int64_t size,
		      registry_progress *progress, void *arg, struct err *err)
{
	AUTO(upload_release) struct upload u = { .r = r, .path = path,
						 .fd = fd, .size = size };
	int rc = -1;

	/* A session that the registry lost is begun anew, once. */
	for (int i = 0; i < 2; i++) {
		rc = upload_once(&u, digest, progress, arg, err);
		if (rc == 0 || err->kind != ERR_NOT_FOUND)
			break;
	}
	return rc;
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
