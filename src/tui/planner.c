/* Knows how a text becomes a plan while the keys go on. */
#include "tui/planner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define PIPE_WANTED (1024 * 1024) /* a longer text gets no plan unsaved */

void planner_init(struct planner *planner)
{
	*planner = (struct planner){ 0 };
	worker_init(&planner->worker);
}

void planner_release(struct planner *planner)
{
	worker_release(&planner->worker);
	buf_release(&planner->next);
	free(planner->asked);
	free(planner->answered);
	planner_init(planner);
}

int planner_start(struct planner *planner, const struct strv *args,
		  struct err *err)
{
	int got;

	worker_release(&planner->worker);
	planner->ready = planner->busy = false;
	if (worker_start_talking(&planner->worker, args, err) < 0)
		return -1;
	got = fcntl(planner->worker.in_fd, F_SETPIPE_SZ, PIPE_WANTED);
	planner->room = got > 0 ? (size_t)got : 65536;
	return 0;
}

bool planner_runs(const struct planner *planner)
{
	return worker_runs(&planner->worker);
}

const char *planner_text(const struct planner *planner)
{
	return planner->answered;
}

bool planner_owes(const struct planner *planner)
{
	return planner_runs(planner) && (planner->busy || planner->waits);
}

/* Only while it listens, and what its pipe takes whole: no write waits. */
static void send_next(struct planner *planner)
{
	ssize_t n;

	if (!planner->waits || !planner->ready || planner->busy)
		return;
	n = write(planner->worker.in_fd, planner->next.data,
		  planner->next.len);
	planner->waits = false;
	free(planner->asked);
	planner->asked = mem_strdup(planner->next.data + planner->text_at);
	planner->busy = n == (ssize_t)planner->next.len;
	if (!planner->busy)
		worker_cancel(&planner->worker);
}

void planner_ask(struct planner *planner, const char *what, const char *text,
		 size_t len)
{
	buf_clear(&planner->next);
	buf_addf(&planner->next, "%stext %zu\n", what, len);
	planner->text_at = planner->next.len;
	buf_add(&planner->next, text, len);
	planner->waits = planner->next.len <= planner->room;
	send_next(planner);
}

/* Takes the answer's head "plan 123\n": bytes of the head, 0 not there yet. */
static size_t read_head(const struct buf *out, bool *good, size_t *len)
{
	const char *end = out->len ? memchr(out->data, '\n', out->len) : NULL;
	char kind[8];

	if (!end)
		return 0;
	*len = 0;
	*good = sscanf(out->data, "%7s %zu", kind, len) == 2 &&
		strcmp(kind, "plan") == 0;
	return (size_t)(end - out->data) + 1;
}

static void drop(struct buf *out, size_t n)
{
	memmove(out->data, out->data + n, out->len - n);
	out->len -= n;
	out->data[out->len] = '\0';
}

static void take_ready(struct planner *planner)
{
	struct buf *out = &planner->worker.out;

	if (planner->ready || out->len < strlen("ready\n"))
		return;
	planner->ready = true;
	drop(out, strlen("ready\n"));
}

/* What was asked has its answer, whatever is asked next. */
static void answered(struct planner *planner)
{
	free(planner->answered);
	planner->answered = STEAL(planner->asked);
	planner->busy = false;
}

static int take_answer(struct planner *planner, struct plan **plan,
		       char **error)
{
	struct buf *out = &planner->worker.out;
	struct err err = ERR_INIT;
	bool good;
	size_t len, head = read_head(out, &good, &len);

	if (!planner->busy || !head || out->len < head + len)
		return 0;
	if (!good)
		*error = mem_strndup(out->data + head, len);
	else if (plan_parse_json(out->data + head, len, plan, &err) < 0)
		*error = mem_strdup(err.msg);
	drop(out, head + len);
	answered(planner);
	return 1;
}

int planner_poll(struct planner *planner, struct plan **plan, char **error)
{
	bool gone;
	int rc;

	*plan = NULL;
	*error = NULL;
	if (!planner_runs(planner))
		return 0;
	gone = worker_poll(&planner->worker);
	take_ready(planner);
	rc = planner->ready ? take_answer(planner, plan, error) : 0;
	if (gone && !rc) {
		*error = worker_words(&planner->worker);
		answered(planner);
		planner->waits = false;
		return -1;
	}
	send_next(planner);
	return rc;
}
