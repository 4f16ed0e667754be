/* Knows the very lines of Docker's classic builder. */
#include "cli/progress.h"

#include "base/utf8.h"
#include "spec/gofmt.h"

static void add_size(struct buf *out, int64_t bytes)
{
	char size[32];

	gofmt_size(size, (double)bytes, 4);
	buf_addf(out, "Sending build context to Docker daemon %8s\r\r\n", size);
}

/* Docker wraps each chunk of standard error in its error colour. */
static void add_log(struct buf *out, const struct event *event)
{
	if (event->stream == 2)
		buf_adds(out, "\033[91m");
	buf_add(out, event->text, event->len);
	if (event->stream == 2)
		buf_adds(out, "\033[0m");
}

static void add_image(struct buf *out, const struct event *event)
{
	if (digest_is_set(&event->image))
		buf_addf(out, " ---> %.12s\n", DIGEST_HEX(&event->image));
	else
		buf_adds(out, " ---> \n");
}

static void format(const struct progress *progress, const struct event *event,
		   struct buf *out)
{
	switch (event->kind) {
	case EVENT_CONTEXT:
		add_size(out, event->bytes);
		break;
	case EVENT_WARNING:
		buf_addf(out, "\033[91m%s\033[0m", event->text);
		break;
	case EVENT_STEP:
		buf_addf(out, "Step %d/%d : %s\n", event->step, event->total,
			 event->text);
		break;
	case EVENT_TRIGGERS:
		buf_addf(out, "# Executing %lld build trigger%s\n",
			 (long long)event->bytes, event->bytes == 1 ? "" : "s");
		break;
	case EVENT_NOTE:
		buf_addf(out, "%s\n", event->text);
		break;
	case EVENT_CACHED:
		buf_adds(out, " ---> Using cache\n");
		break;
	case EVENT_RUNNING:
		buf_addf(out, " ---> Running in %.12s\n", event->text);
		break;
	case EVENT_LOG:
		add_log(out, event);
		break;
	case EVENT_REMOVED:
		if (progress->remove)
			buf_addf(out, "Removing intermediate container %.12s\n",
				 event->text);
		break;
	case EVENT_IMAGE:
		add_image(out, event);
		break;
	case EVENT_UNUSED:
		buf_addf(out, "[Warning] One or more build-args [%s] were not "
			      "consumed\n", event->text);
		break;
	case EVENT_BUILT:
		buf_addf(out, "Successfully built %.12s\n",
			 DIGEST_HEX(&event->image));
		break;
	case EVENT_TAGGED:
		buf_addf(out, "Successfully tagged %s\n", event->text);
		break;
	case EVENT_PROGRESS:
	case EVENT_DONE:
	case EVENT_STAGE:
	case EVENT_ERROR: /* the verb says it, on standard error */
		break;
	}
}

int progress_event(void *arg, const struct event *event)
{
	struct progress *progress = arg;
	AUTO(buf_release) struct buf text = BUF_INIT;
	AUTO(buf_release) struct buf shown = BUF_INIT;

	if (progress->style == PROGRESS_JSON)
		event_format_json(event, &text);
	else
		format(progress, event, &shown);
	utf8_show_nul(&text, (struct span){ shown.data, shown.len });
	if (!text.len)
		return 0;
	if (progress->style == PROGRESS_QUIET) {
		buf_add(&progress->kept, text.data, text.len);
		return 0;
	}
	fwrite(text.data, 1, text.len, progress->out);
	return fflush(progress->out) != 0; /* nobody listens: stop */
}

void progress_release(struct progress *progress)
{
	buf_release(&progress->kept);
}

void progress_error(const char *text)
{
	AUTO(buf_release) struct buf shown = BUF_INIT;

	utf8_show_nul(&shown, span_of(text));
	buf_addc(&shown, '\n');
	fwrite(shown.data, 1, shown.len, stderr);
}
