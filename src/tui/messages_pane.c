/* Knows what was said in the status line so far. */
#include <string.h>
#include <time.h>

#include "tui/pane.h"

static void title(const struct pane *pane, struct row *out)
{
	(void)pane;
	row_add(out, STYLE_TITLE, " Messages ");
}

static void update(struct pane *pane, const struct model *model, int columns)
{
	int count = (int)model->message_count;
	bool last = pane->cursor >= pane->count - 1;

	(void)columns;
	/* Who stands on the last goes on to the next. */
	if (count != pane->count && last)
		pane->cursor = count - 1;
	pane->count = count;
}

static void draw_row(const struct pane *pane, int index, struct row *out)
{
	const struct message *message = &pane->model->messages[index];
	char time[16] = "--:--:--";
	struct tm tm;

	if (!pane->model->options->fixed &&
	    localtime_r(&message->when, &tm))
		strftime(time, sizeof(time), "%H:%M:%S", &tm);
	row_addf(out, STYLE_DIM, "%s ", time);
	row_add(out, message->bad ? STYLE_ERROR : STYLE_DIM,
		message->bad ? "! " : "  ");
	row_add(out, message->bad ? STYLE_ERROR : STYLE_PLAIN, message->text);
}

static const char *empty(const struct pane *pane)
{
	(void)pane;
	return "nothing was said yet";
}

static void release(struct pane *pane)
{
	free(pane);
}

static const struct pane_ops ops = {
	.name = "messages", .context = CONTEXT_HELP, .title = title,
	.update = update, .row = draw_row, .empty = empty, .free = release,
};

struct pane *messages_pane_new(const struct model *model)
{
	struct pane *pane = mem_alloc(sizeof(*pane));

	pane->ops = &ops;
	pane->model = model;
	return pane;
}
