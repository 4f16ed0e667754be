/* Knows how the build context is read while the keys go on. */
#include "tui/app.h"

#include <string.h>

#define LINES_AT_ONCE 200 /* a few milliseconds */
#define ENOUGH_BYTES 65536 /* no more is taken in before these are read */

void app_read_context(struct app *app)
{
	AUTO(strv_release) struct strv args = { 0 };
	struct err err = ERR_INIT;
	const struct whatif *whatif = &app->whatif;

	if (detail_pane_mode(app->panes[PANE_DETAIL]) != DETAIL_CONTEXT)
		return;
	strv_add(&args, "context");
	strv_add(&args, "--format=jsonl");
	for (size_t i = 0; i < whatif->ignore.count; i++)
		strv_take(&args, mem_printf("--ignore=%s",
					    whatif->ignore.items[i]));
	for (size_t i = 0; i < whatif->unignore.count; i++)
		strv_take(&args, mem_printf("--unignore=%s",
					    whatif->unignore.items[i]));
	app_add_common(app, &args);
	lens_reader_free(app->lens_reader);
	app->lens_reader = lens_reader_new();
	if (worker_start(&app->lens, &args, &err) < 0)
		app_say(app, true, "%s", err.msg);
}

bool app_context_reads(const struct app *app)
{
	return worker_runs(&app->lens) || app->lens_reader;
}

bool app_context_waits(const struct app *app)
{
	const struct buf *out = &app->lens.out;

	return app->lens_reader &&
	       (!worker_runs(&app->lens) ||
		(out->len && memchr(out->data, '\n', out->len)));
}

static void end(struct app *app, struct lens *lens, const char *error)
{
	lens_reader_free(app->lens_reader);
	app->lens_reader = NULL;
	buf_release(&app->lens.out);
	buf_release(&app->lens.err);
	detail_pane_keep(app->panes[PANE_DETAIL]);
	model_set_context(&app->model, lens, error);
	app->dirty = true;
}

/* Some of the lines that came whole: 1 there were some, 0 none, -1. */
static int take_lines(struct app *app, struct err *err)
{
	struct buf *out = &app->lens.out;
	size_t at = 0;

	for (int i = 0; i < LINES_AT_ONCE && at < out->len; i++) {
		const char *line = out->data + at;
		const char *end = memchr(line, '\n', out->len - at);

		if (!end)
			break;
		if (lens_reader_add(app->lens_reader, line,
				    (size_t)(end - line), err) < 0)
			return -1;
		at += (size_t)(end - line) + 1;
	}
	if (!at)
		return 0;
	memmove(out->data, out->data + at, out->len - at);
	out->len -= at;
	return 1;
}

/* What it could not say, it says why. */
void app_poll_context(struct app *app)
{
	struct worker *worker = &app->lens;
	AUTO_FREE char *words = NULL;
	struct lens *lens = NULL;
	struct err err = ERR_INIT;
	int rc;

	if (!app->lens_reader)
		return;
	/* A line may be longer than is enough. */
	if (worker_runs(worker) && (worker->out.len < ENOUGH_BYTES ||
				    !app_context_waits(app)))
		worker_poll(worker);
	rc = take_lines(app, &err);
	if (rc > 0 || (rc == 0 && worker_runs(worker)))
		return;
	worker_stop(worker);
	words = worker_words(worker);
	if (rc == 0 && lens_reader_end(app->lens_reader, &lens, &err) == 0)
		end(app, lens, NULL);
	else
		end(app, NULL, rc < 0 ? err.msg : words);
}

void app_stop_context(struct app *app, const char *words)
{
	if (!app_context_reads(app))
		return;
	worker_release(&app->lens);
	if (!app->model.lens) {
		end(app, NULL, words);
		return;
	}
	lens_reader_free(app->lens_reader);
	app->lens_reader = NULL;
	app_say(app, false, "%s", words);
}
