/* Knows what was said in the status line so far. */
#include <string.h>
#include <time.h>

#include "tui/pane.h"

#define INDENT 11 /* behind time and sign */

struct messages_pane {
	struct pane pane;
	struct rows rows;
	unsigned said; /* as rows have it */
	int columns;
};

static void title(const struct pane *pane, struct row *out)
{
	(void)pane;
	row_add(out, STYLE_TITLE, " Messages ");
}

static void add_message(const struct message *message, bool fixed,
			int columns, struct rows *out)
{
	enum style style = message->bad ? STYLE_ERROR : STYLE_PLAIN;
	struct flow flow = { .rows = out, .link = -1, .width = columns };
	char time[16] = "--:--:--";
	struct tm tm;

	if (!fixed && localtime_r(&message->when, &tm))
		strftime(time, sizeof(time), "%H:%M:%S", &tm);
	flow_words(&flow, STYLE_DIM, time);
	flow_word(&flow, style, message->bad ? "!" : " ");
	flow.indent = INDENT; /* of what does not fit in the first row */
	flow_words(&flow, style, message->text);
}

static void update(struct pane *pane, const struct model *model, int columns)
{
	struct messages_pane *messages = (struct messages_pane *)pane;
	bool last = pane->cursor >= pane->count - 1;

	if (messages->said == model->messages_said &&
	    messages->columns == columns)
		return;
	rows_release(&messages->rows);
	for (size_t i = 0; i < model->message_count; i++)
		add_message(&model->messages[i], model->options->fixed,
			    columns, &messages->rows);
	messages->said = model->messages_said;
	messages->columns = columns;
	pane->count = (int)messages->rows.count;
	/* Who stands on the last goes on to the next. */
	if (last)
		pane->cursor = pane->count - 1;
}

static void draw_row(const struct pane *pane, int index, struct row *out)
{
	const struct rows *rows = &((const struct messages_pane *)pane)->rows;

	for (size_t i = 0; i < rows->items[index].count; i++)
		row_add(out, rows->items[index].spans[i].style,
			rows->items[index].spans[i].text);
}

static const char *empty(const struct pane *pane)
{
	(void)pane;
	return "nothing was said yet";
}

static void release(struct pane *pane)
{
	rows_release(&((struct messages_pane *)pane)->rows);
	free(pane);
}

static const struct pane_ops ops = {
	.name = "messages", .context = CONTEXT_HELP, .title = title,
	.update = update, .row = draw_row, .empty = empty, .free = release,
};

struct pane *messages_pane_new(const struct model *model)
{
	struct messages_pane *messages = mem_alloc(sizeof(*messages));

	messages->pane.ops = &ops;
	messages->pane.model = model;
	return &messages->pane;
}
