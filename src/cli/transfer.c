/* Knows how docker shows layers on their way. */
#include "cli/transfer.h"

#include <string.h>
#include <sys/ioctl.h>

#include "spec/gofmt.h"

#define BAR_CELLS 50
#define BAR_WIDTH 110 /* narrower terminals get no bar */

void transfer_init(struct transfer *t, FILE *out, bool quiet)
{
	struct winsize size = { 0 };

	*t = (struct transfer){ .out = out, .quiet = quiet, .width = 200 };
	t->terminal = isatty(fileno(out)) == 1;
	if (t->terminal && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 &&
	    size.ws_col)
		t->width = size.ws_col;
}

void transfer_release(struct transfer *t)
{
	strv_release(&t->ids);
}

static void print_progress(const struct transfer *t,
			   const struct transfer_event *event)
{
	int full = (int)(event->current * BAR_CELLS / event->total);
	char now[32], all[32];

	gofmt_size(now, (double)event->current, 4);
	gofmt_size(all, (double)event->total, 4);
	if (t->width > BAR_WIDTH) {
		putc('[', t->out);
		for (int i = 0; i < full; i++)
			putc('=', t->out);
		fprintf(t->out, ">%*s] ", BAR_CELLS - full, "");
	}
	fprintf(t->out, "%8s/%s", now, all);
}

/* Lines between the one of this id and the cursor's; it gets one if new. */
static size_t line_of(struct transfer *t, const char *id)
{
	for (size_t i = 0; i < t->ids.count; i++)
		if (strcmp(t->ids.items[i], id) == 0)
			return t->ids.count - i;
	strv_add(&t->ids, id);
	putc('\n', t->out);
	return 1;
}

static void show_on_terminal(struct transfer *t,
			     const struct transfer_event *event)
{
	size_t up;

	if (!event->id || event->heading) {
		fprintf(t->out, "%s%s%s\n", event->id ? event->id : "",
			event->id ? ": " : "", event->status);
		strv_release(&t->ids);
		return;
	}
	up = line_of(t, event->id);
	fprintf(t->out, "\033[%zuA\033[2K\r%s: %s ", up, event->id,
		event->status);
	if (event->total > 0)
		print_progress(t, event);
	fprintf(t->out, "\r\033[%zuB", up);
	fflush(t->out);
}

void transfer_show(void *arg, const struct transfer_event *event)
{
	struct transfer *t = arg;

	if (t->quiet)
		return;
	if (t->terminal) {
		show_on_terminal(t, event);
		return;
	}
	if (event->total > 0)
		return;
	if (event->id)
		fprintf(t->out, "%s: ", event->id);
	fprintf(t->out, "%s\n", event->status);
	fflush(t->out);
}
