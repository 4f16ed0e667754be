/* Knows how a daemon at work is followed. */
#include "transport/daemon_work.h"

#include <string.h>

#include <jansson.h>

#include "base/fs.h"

#define MESSAGE_MAX ((size_t)16 << 20)

/* ---- saving ---- */

static int write_file(void *arg, const void *bytes, size_t len,
		      struct err *err)
{
	return fs_write_all(*(int *)arg, bytes, len, err);
}

int daemon_save(struct daemon *daemon, const char *image, int fd,
		struct err *err)
{
	AUTO(buf_release) struct buf path = BUF_INIT;
	struct daemon_call call = { .method = "GET", .sink = write_file,
				    .arg = &fd };

	buf_adds(&path, "/images/get?names=");
	daemon_escape(&path, image);
	call.path = path.data;
	return daemon_do(daemon, &call, err);
}

/* ---- looking up ---- */


int daemon_image_id(struct daemon *daemon, const char *name,
		    struct digest *out, struct err *err)
{
	AUTO(buf_release) struct buf path = BUF_INIT;
	AUTO(buf_release) struct buf text = BUF_INIT;
	const char *id;
	json_t *root;
	int found;

	buf_adds(&path, "/images/");
	daemon_escape(&path, name);
	buf_adds(&path, "/json");
	if (daemon_read(daemon, path.data, MESSAGE_MAX, &text, err) < 0) {
		if (err->kind != ERR_NOT_FOUND)
			return -1;
		*err = (struct err)ERR_INIT;
		return 0;
	}
	root = json_loadb(text.data ? text.data : "", text.len,
			  JSON_ALLOW_NUL, NULL);
	id = json_string_value(json_object_get(root, "Id"));
	found = id && digest_parse(id, out);
	json_decref(root);
	return found;
}

/* ---- messages ---- */

struct work {
	struct buf line;
	daemon_listen *listen;
	void *arg;
};

static const char *text_in(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static int fail(const json_t *root, struct err *err)
{
	const json_t *detail = json_object_get(root, "errorDetail");
	const char *said = text_in(detail, "message");
	json_int_t code = json_integer_value(json_object_get(detail, "code"));

	if (!said)
		said = text_in(root, "error");
	err_set(err, code ? ERR_COMMAND : ERR_FAILED, "%s",
		said ? said : "the daemon failed");
	err->status = code > 0 && code < 256 ? (int)code : 0;
	return -1;
}

static int take_message(struct work *work, const char *text, size_t len,
			struct err *err)
{
	struct daemon_message message = { .counts = false };
	json_error_t where;
	json_t *root = json_loadb(text, len, JSON_ALLOW_NUL, &where);
	int done = 0;

	if (!json_is_object(root))
		done = err_set(err, ERR_INPUT, "the docker daemon said what "
			       "is no JSON: %.*s", (int)(len < 80 ? len : 80),
			       text);
	else if (json_object_get(root, "error") ||
		 json_object_get(root, "errorDetail"))
		done = fail(root, err);
	if (done == 0) {
		message.stream = text_in(root, "stream");
		message.stream_len = json_string_length(
			json_object_get(root, "stream"));
		message.status = text_in(root, "status");
		message.id = text_in(root, "id");
		message.counts = json_object_size(json_object_get(
			root, "progressDetail")) > 0;
		message.image = text_in(json_object_get(root, "aux"), "ID");
		done = work->listen(work->arg, &message, err);
	}
	json_decref(root);
	return done;
}

static int take(void *arg, const void *bytes, size_t len, struct err *err)
{
	struct work *work = arg;
	const char *at = bytes, *end;

	for (; (end = memchr(at, '\n', len)); at = end + 1) {
		size_t part = (size_t)(end - at);

		buf_add(&work->line, at, part);
		len -= part + 1;
		if (work->line.len > 1 &&
		    take_message(work, work->line.data, work->line.len,
				 err) < 0)
			return -1;
		buf_clear(&work->line);
	}
	if (work->line.len + len > MESSAGE_MAX)
		return err_set(err, ERR_INPUT, "a message of the docker daemon "
			       "has no end");
	buf_add(&work->line, at, len);
	return 0;
}

int daemon_work(struct daemon *daemon, const struct daemon_call *call,
		daemon_listen *listen, void *arg, struct err *err)
{
	struct work work = { .listen = listen, .arg = arg };
	struct daemon_call with = *call;
	int done;

	with.sink = take;
	with.arg = &work;
	done = daemon_do(daemon, &with, err);
	if (done == 0 && work.line.len > 1)
		done = take_message(&work, work.line.data, work.line.len, err);
	buf_release(&work.line);
	return done;
}
