/* Knows how a context gets to a docker daemon, and what a build there needs
 * beside it. */
#include "engine/build_daemon.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "context/send.h"
#include "engine/build_heard.h"
#include "engine/build_query.h"
#include "engine/engine.h"
#include "transport/credentials.h"
#include "transport/daemon_work.h"

struct sending {
	const struct daemon_build *build;
	struct context_sender *sender; /* or NULL: a tar */
	struct heard heard;
	struct daemon *looker; /* asks while the other listens; or NULL */
	int64_t sent;
};

static int64_t clock_ms(void)
{
	return build_clock() / 1000000;
}

/* ---- the context ---- */

static ssize_t read_tar(int fd, void *bytes, size_t len, struct err *err)
{
	ssize_t n;

	do
		n = read(fd, bytes, len);
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_sys(err, errno, "cannot read the context") : n;
}

static ssize_t give(void *arg, void *bytes, size_t len, struct err *err)
{
	struct sending *sending = arg;
	struct event all = { .kind = EVENT_CONTEXT, .bytes = sending->sent };
	ssize_t n = sending->sender ?
		context_sender_read(sending->sender, bytes, len, err) :
		read_tar(sending->build->workspace->tar_fd, bytes, len, err);

	if (n > 0)
		sending->sent += n;
	if (n == 0 && sending->heard.sink(sending->heard.arg, &all) != 0)
		return err_set(err, ERR_CANCELLED, "cancelled");
	return n;
}

static struct context_sender *sender_of(const struct workspace *workspace)
{
	bool outside = workspace->input.outside_file;

	if (workspace->tar_fd >= 0)
		return NULL;
	return context_sender_new(workspace->context,
				  outside ? workspace->sent_name : NULL,
				  span_of(workspace->text ? workspace->text :
							    ""));
}

/* ---- what it says ---- */

static int find(void *arg, const char *id, struct digest *out)
{
	struct sending *sending = arg;
	struct err ignored = ERR_INIT;

	if (!sending->looker &&
	    daemon_open(sending->build->options->cancel_fd, &sending->looker,
			&ignored) < 0)
		return 0;
	return daemon_image_id(sending->looker, id, out, &ignored) == 1;
}

/* X-Registry-Config, base64url (RFC 4648 section 5). */
char *daemon_registry_config(struct err *err)
{
	AUTO(buf_release) struct buf json = BUF_INIT;
	AUTO(buf_release) struct buf text = BUF_INIT;

	if (credentials_all(&json, err) < 0)
		return NULL;
	base64_encode(&text, json.data, json.len);
	for (size_t i = 0; i < text.len; i++)
		text.data[i] = text.data[i] == '+' ? '-' :
			       text.data[i] == '/' ? '_' : text.data[i];
	return mem_printf("X-Registry-Config: %s", text.data);
}

static int run(struct sending *sending, struct err *err)
{
	const struct build_options *options = sending->build->options;
	AUTO(daemon_free) struct daemon *daemon = NULL;
	AUTO(buf_release) struct buf path = BUF_INIT;
	struct daemon_call call = { .method = "POST",
				    .header = sending->build->registry_config,
				    .source = give, .source_arg = sending };

	if (daemon_open(options->cancel_fd, &daemon, err) < 0)
		return -1;
	build_query(sending->build, &path);
	call.path = path.data;
	if (daemon_work(daemon, &call, heard_message, &sending->heard,
			err) < 0)
		return -1;
	return digest_is_set(&sending->heard.image) ? 0 :
	       err_set(err, ERR_FAILED, "the docker daemon named no image");
}

static void say_error(struct sending *sending, const struct err *err)
{
	struct event event = { .kind = EVENT_ERROR, .text = err->msg,
			       .len = strlen(err->msg),
			       .step = sending->heard.step,
			       .total = sending->heard.total,
			       .code = err_exit_code(err) };

	(void)sending->heard.sink(sending->heard.arg, &event);
}

int build_daemon(const struct daemon_build *build, event_sink *sink,
		 void *arg, struct digest *image, struct err *err)
{
	AUTO(context_sender_free) struct context_sender *sender =
		sender_of(build->workspace);
	struct sending sending = {
		.build = build,
		.sender = sender,
		.heard = { .sink = sink, .arg = arg, .find = find,
			   .removes = build->options->remove,
			   .started_ms = clock_ms(), .clock_ms = clock_ms },
	};
	int done;

	sending.heard.find_arg = &sending;
	done = run(&sending, err);
	if (done < 0)
		say_error(&sending, err);
	else
		*image = sending.heard.image;
	daemon_free(sending.looker);
	return done;
}
