/* Knows how manifests and blobs are asked for, resumed and checked. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "transport/registry_inside.h"

#define HASH_CHUNK 65536

static char accept_1[] = "Accept: " TYPE_DOCKER_MANIFEST;
static char accept_2[] = "Accept: " TYPE_DOCKER_LIST;
static char accept_3[] = "Accept: " TYPE_OCI_INDEX;
static char accept_4[] = "Accept: " TYPE_OCI_MANIFEST;
static char accept_5[] = "Accept: application/json";
static char *accept_lines[] = { accept_1, accept_2, accept_3, accept_4,
				accept_5 };
static const struct strv accepts = { accept_lines, 5, true };

/* A small GET: 0 with the body, or -1. */
static int get_small(struct registry *r, const char *path, const char *url,
		     const struct strv *headers, struct registry_body *body,
		     char **type, struct err *err)
{
	AUTO(http_answer_release) struct http_answer answer = { 0 };
	AUTO_FREE char *scope = registry_scope(path, SCOPE_PULL);
	struct http_request request = {
		.method = "GET", .url = url, .headers = headers,
		.sink = registry_take_body, .arg = body,
	};

	if (registry_call(r, scope, &request, registry_clear_body, body,
			  &answer, err) < 0)
		return -1;
	if (answer.status != 200)
		return registry_fail(r, &answer, path, err);
	if (type) {
		*type = STEAL(answer.content_type);
		if (*type)
			(*type)[strcspn(*type, "; ")] = '\0';
	}
	return 0;
}

int registry_manifest(struct registry *r, const char *path, const char *ref,
		      struct buf *bytes, char **type, struct digest *digest,
		      struct err *err)
{
	AUTO_FREE char *url = mem_printf("%s/v2/%s/manifests/%s", r->base,
					 path, ref);
	struct registry_body body = { bytes, MANIFEST_MAX };
	AUTO_FREE char *said = NULL;
	struct digest wanted;

	if (get_small(r, path, url, &accepts, &body, &said, err) < 0)
		return -1;
	digest_make(bytes->data ? bytes->data : "", bytes->len, digest);
	if (digest_parse(ref, &wanted) && !digest_equal(&wanted, digest))
		return err_set(err, ERR_CORRUPT, "manifest verification failed "
			       "for digest %s", ref);
	*type = STEAL(said);
	return 0;
}

int registry_image_manifest(struct registry *r, const char *path,
			    const char *ref, const struct platform *platform,
			    struct buf *bytes, char **type,
			    struct digest *digest, struct err *err)
{
	AUTO(manifest_release) struct manifest found = { 0 };
	const struct descriptor *entry;
	struct digest inner;

	if (registry_manifest(r, path, ref, bytes, type, digest, err) < 0 ||
	    manifest_parse((struct span){ bytes->data, bytes->len }, *type,
			   &found, err) < 0)
		return -1;
	if (!found.is_index)
		return 0;
	if (manifest_choose(&found, platform ? platform :
			    names_host_platform(), &entry, err) < 0)
		return -1;
	buf_clear(bytes);
	free(STEAL(*type));
	return registry_manifest(r, path, entry->digest.text, bytes, type,
				 &inner, err);
}

/* ---- blobs ---- */

/* A blob on its way into a file. */
struct arrival {
	const struct descriptor *blob;
	struct http_answer *answer;
	struct sha256 *sum;
	struct strv headers;   /* Range, once it is resumed */
	int fd;
	http_sink *sink;       /* where they go */
	void *to;
	int64_t have;          /* bytes that are given and summed */
	int64_t skip;          /* of what comes: there already */
	bool started;
	registry_progress *progress;
	void *arg;
};

static void arrival_release(struct arrival *a)
{
	sha256_free(a->sum);
	strv_release(&a->headers);
}
AUTO_DEFINE_IN_PLACE(struct arrival, arrival_release)

static int on_bytes(void *arg, const void *bytes, size_t len, struct err *err)
{
	struct arrival *a = arg;
	const char *from = bytes;

	if (!a->started) { /* not every server knows Range */
		a->started = true;
		a->skip = a->answer->status == 206 ? 0 : a->have;
	}
	if (a->skip) {
		size_t cut = (int64_t)len < a->skip ? len : (size_t)a->skip;

		a->skip -= (int64_t)cut;
		from += cut;
		len -= cut;
	}
	if ((int64_t)len > a->blob->size - a->have)
		return err_set(err, ERR_CORRUPT, "blob %s is longer than the "
			       "%lld bytes that its manifest says",
			       a->blob->digest.text,
			       (long long)a->blob->size);
	if (len && a->sink(a->to, from, len, err) < 0)
		return -1;
	sha256_add(a->sum, from, len);
	a->have += (int64_t)len;
	return a->progress ? a->progress(a->arg, a->have, err) : 0;
}

static int write_fd(void *arg, const void *bytes, size_t len, struct err *err)
{
	return fs_write_all(((struct arrival *)arg)->fd, bytes, len, err);
}

static int go_on(void *arg, struct http_request *request, struct err *err)
{
	struct arrival *a = arg;

	(void)err;
	a->started = false;
	strv_release(&a->headers);
	if (a->have)
		strv_take(&a->headers, mem_printf("Range: bytes=%lld-",
						  (long long)a->have));
	request->headers = &a->headers;
	return 0;
}

/* What an earlier download left. */
static int sum_there(struct arrival *a, struct err *err)
{
	AUTO_FREE char *chunk = mem_alloc(HASH_CHUNK);
	ssize_t n;

	a->have = 0;
	sha256_reset(a->sum);
	if (lseek(a->fd, 0, SEEK_SET) < 0)
		return err_sys(err, errno, "cannot read a download");
	while ((n = read(a->fd, chunk, HASH_CHUNK)) > 0) {
		sha256_add(a->sum, chunk, (size_t)n);
		a->have += n;
	}
	if (n < 0)
		return err_sys(err, errno, "cannot read a download");
	return 0;
}

static int start_anew(struct arrival *a, struct err *err)
{
	if (ftruncate(a->fd, 0) < 0 || lseek(a->fd, 0, SEEK_SET) < 0)
		return err_sys(err, errno, "cannot write a download");
	sha256_reset(a->sum);
	a->have = 0;
	return 0;
}

/* Until all bytes are there; a body may also end too early without a word. */
static int fetch_rest(struct registry *r, const char *path, struct arrival *a,
		      struct err *err)
{
	AUTO_FREE char *url = mem_printf("%s/v2/%s/blobs/%s", r->base, path,
					 a->blob->digest.text);
	AUTO_FREE char *scope = registry_scope(path, SCOPE_PULL);

	for (int i = 1; a->have < a->blob->size; i++) {
		AUTO(http_answer_release) struct http_answer answer = { 0 };
		struct http_request request = { .method = "GET", .url = url,
						.sink = on_bytes, .arg = a };

		a->answer = &answer;
		go_on(a, &request, err);
		if (registry_call(r, scope, &request, go_on, a, &answer,
				  err) < 0)
			return -1;
		if (answer.status >= 300)
			return registry_fail(r, &answer, path, err);
		if (a->have == a->blob->size)
			break;
		if (i == r->options.attempts)
			return err_set(err, ERR_CORRUPT, "blob %s ends after "
				       "%lld of %lld bytes",
				       a->blob->digest.text,
				       (long long)a->have,
				       (long long)a->blob->size);
		if (registry_wait(r, i, -1, err) < 0)
			return -1;
	}
	return 0;
}

int registry_blob(struct registry *r, const char *path,
		  const struct descriptor *blob, int fd,
		  registry_progress *progress, void *arg, struct err *err)
{
	AUTO(arrival_release) struct arrival a = {
		.blob = blob, .fd = fd, .sum = sha256_new(),
		.sink = write_fd, .to = &a,
		.progress = progress, .arg = arg,
	};

	if (sum_there(&a, err) < 0 ||
	    (a.have > blob->size && start_anew(&a, err) < 0))
		return -1;
	for (bool old = a.have > 0;; old = false) {
		struct digest made;

		if (fetch_rest(r, path, &a, err) < 0)
			return -1;
		sha256_end(a.sum, &made);
		if (digest_equal(&made, &blob->digest))
			return 0;
		if (start_anew(&a, err) < 0)
			return -1;
		if (!old)
			return err_set(err, ERR_CORRUPT, "filesystem layer "
				       "verification failed for digest %s",
				       blob->digest.text);
	}
}

int registry_blob_stream(struct registry *r, const char *path,
			 const struct descriptor *blob, http_sink *sink,
			 void *arg, struct err *err)
{
	AUTO(arrival_release) struct arrival a = {
		.blob = blob, .sum = sha256_new(), .sink = sink, .to = arg,
	};
	struct digest made;

	if (fetch_rest(r, path, &a, err) < 0)
		return -1;
	sha256_end(a.sum, &made);
	return digest_equal(&made, &blob->digest) ? 0 :
	       err_set(err, ERR_CORRUPT, "filesystem layer verification "
		       "failed for digest %s", blob->digest.text);
}

int registry_blob_bytes(struct registry *r, const char *path,
			const struct descriptor *blob, size_t limit,
			struct buf *out, struct err *err)
{
	AUTO_FREE char *url = mem_printf("%s/v2/%s/blobs/%s", r->base, path,
					 blob->digest.text);
	struct registry_body body = { out, limit };
	struct digest made;

	if (blob->size > (int64_t)limit)
		return err_set(err, ERR_INPUT, "blob %s has more than %zu "
			       "bytes", blob->digest.text, limit);
	body.limit = (size_t)blob->size;
	if (get_small(r, path, url, NULL, &body, NULL, err) < 0)
		return err_wrap(err, "blob %s", blob->digest.text);
	digest_make(out->data ? out->data : "", out->len, &made);
	if (!digest_equal(&made, &blob->digest))
		return err_set(err, ERR_CORRUPT, "image config verification "
			       "failed for digest %s", blob->digest.text);
	return 0;
}
