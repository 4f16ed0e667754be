/* Knows what each event of the engine means for the picture of a build. */
#include "tui/run_state.h"

#include <string.h>

void run_state_init(struct run_state *run)
{
	*run = (struct run_state){ 0 };
}

void run_state_release(struct run_state *run)
{
	for (size_t i = 0; i < run->log_count; i++)
		free(run->log[i].text);
	for (int i = 0; i < 3; i++)
		buf_release(&run->partial[i]);
	free(run->log);
	free(run->steps);
	free(run->built);
	free(run->error);
	*run = (struct run_state){ 0 };
}

static void drop_old_half(struct run_state *run)
{
	size_t half = RUN_LOG_MAX / 2;

	for (size_t i = 0; i < half; i++)
		free(run->log[i].text);
	memmove(run->log, run->log + half,
		(run->log_count - half) * sizeof(*run->log));
	run->log_count -= half;
	run->log_dropped += half;
}

static void add_line(struct run_state *run, enum style style,
		     const char *text, size_t len)
{
	const char *turn;
	struct run_line *line;

	if (len && text[len - 1] == '\r')
		len--;
	/* A progress bar writes over itself: its last state counts. */
	turn = len ? memrchr(text, '\r', len) : NULL;
	if (turn) {
		len -= (size_t)(turn + 1 - text);
		text = turn + 1;
	}
	if (run->log_count >= RUN_LOG_MAX)
		drop_old_half(run);
	line = &MEM_PUSH(run->log, run->log_count);
	line->style = style;
	line->text = text_tabs(text, len);
}

void run_state_log(struct run_state *run, enum style style, const char *text,
		   size_t len)
{
	const char *end;

	while (len && (end = memchr(text, '\n', len))) {
		add_line(run, style, text, (size_t)(end - text));
		len -= (size_t)(end + 1 - text);
		text = end + 1;
	}
	if (len)
		add_line(run, style, text, len);
}

/* Output comes in pieces; a line is shown when its end has come. */
static void add_output(struct run_state *run, const struct event *event)
{
	int stream = event->stream == 2 ? 2 : 1;
	struct buf *partial = &run->partial[stream];
	enum style style = stream == 2 ? STYLE_LATE : STYLE_PLAIN;
	const char *end;

	buf_add(partial, event->text ? event->text : "",
		event->text ? event->len : 0);
	end = partial->len ? memrchr(partial->data, '\n', partial->len) : NULL;
	if (end) {
		size_t whole = (size_t)(end + 1 - partial->data);

		run_state_log(run, style, partial->data, whole);
		memmove(partial->data, partial->data + whole,
			partial->len - whole);
		partial->len -= whole;
	} else if (partial->len > 65536) {
		run_state_log(run, style, partial->data, partial->len);
		buf_clear(partial);
	}
}

static void flush_output(struct run_state *run)
{
	for (int i = 1; i < 3; i++) {
		struct buf *partial = &run->partial[i];

		if (partial->len)
			run_state_log(run, STYLE_PLAIN, partial->data,
				      partial->len);
		buf_clear(partial);
	}
}

static struct run_step *at_step(struct run_state *run, int n)
{
	if (n <= 0 || n > RUN_STEPS_MAX)
		return NULL;
	if ((size_t)n >= run->step_count) {
		size_t count = (size_t)n + 64;
		size_t old = run->step_count;

		run->steps = mem_grow(run->steps, count, sizeof(*run->steps));
		run->built = mem_grow(run->built, count, sizeof(*run->built));
		memset(run->steps + old, 0,
		       (count - old) * sizeof(*run->steps));
		memset(run->built + old, 0,
		       (count - old) * sizeof(*run->built));
		run->step_count = count;
	}
	return &run->steps[n];
}

const struct run_step *run_state_step(const struct run_state *run, int n)
{
	static const struct run_step none = { 0 };

	return n > 0 && (size_t)n < run->step_count ? &run->steps[n] : &none;
}

static void say(struct run_state *run, enum style style, const char *before,
		const char *text, size_t len)
{
	AUTO(buf_release) struct buf line = BUF_INIT;

	buf_adds(&line, before);
	buf_add(&line, text ? text : "", text ? len : 0);
	run_state_log(run, style, line.data ? line.data : "", line.len);
}

static void say_id(struct run_state *run, enum style style,
		   const char *before, const struct digest *id)
{
	const char *hex = digest_is_set(id) ? DIGEST_HEX(id) : "";

	say(run, style, before, hex, strnlen(hex, DIGEST_SHORT));
}

static void fold_step(struct run_state *run, const struct event *event)
{
	struct run_step *step = at_step(run, event->step);
	AUTO_FREE char *head = NULL;

	flush_output(run);
	run->step = event->step;
	run->total = event->total;
	if (step)
		step->state = RUN_STEP_RUNNING;
	head = mem_printf("Step %d/%d : ", event->step, event->total);
	say(run, STYLE_BOLD, head, event->text, event->len);
}

static void fold_image(struct run_state *run, const struct event *event)
{
	int n = event->step ? event->step : run->step;
	struct run_step *step = at_step(run, n);

	flush_output(run);
	if (step) {
		step->image = event->image;
		run->built[n] = event->image;
		if (step->state == RUN_STEP_RUNNING)
			step->state = RUN_STEP_DONE;
	}
	say_id(run, STYLE_PLAIN, " ---> ", &event->image);
}

static void fold_end(struct run_state *run, const struct event *event)
{
	struct run_step *step = at_step(run, run->step);

	flush_output(run);
	run->ended = run->failed = true;
	free(run->error);
	run->error = mem_strndup(event->text ? event->text : "",
				 event->text ? event->len : 0);
	if (step && step->state == RUN_STEP_RUNNING)
		step->state = RUN_STEP_FAILED;
	say(run, STYLE_ERROR, "", event->text, event->len);
}

static void fold_done(struct run_step *step, const struct event *event)
{
	step->ms = event->ms;
	step->bytes = event->bytes;
	if (step->state == RUN_STEP_RUNNING)
		step->state = RUN_STEP_DONE;
}

void run_state_fold(struct run_state *run, const struct event *event)
{
	struct run_step *step = at_step(run, event->step);

	run->started = true;
	if (event->at_ms > run->at_ms)
		run->at_ms = event->at_ms;
	switch (event->kind) {
	case EVENT_CONTEXT:
	case EVENT_PROGRESS:
	case EVENT_STAGE:
		break;
	case EVENT_STEP:
		fold_step(run, event);
		break;
	case EVENT_TRIGGERS:
	case EVENT_NOTE:
		say(run, STYLE_PLAIN, "", event->text, event->len);
		break;
	case EVENT_WARNING:
	case EVENT_UNUSED:
		say(run, STYLE_LATE, "", event->text, event->len);
		break;
	case EVENT_CACHED:
		if (step)
			step->state = RUN_STEP_CACHED;
		say(run, STYLE_HIT, " ---> Using cache", NULL, 0);
		break;
	case EVENT_RUNNING:
		say(run, STYLE_DIM, " ---> Running in ", event->text,
		    event->len < DIGEST_SHORT ? event->len : DIGEST_SHORT);
		break;
	case EVENT_LOG:
		add_output(run, event);
		break;
	case EVENT_REMOVED:
		flush_output(run);
		break;
	case EVENT_IMAGE:
		fold_image(run, event);
		break;
	case EVENT_DONE:
		if (step)
			fold_done(step, event);
		break;
	case EVENT_BUILT:
		run->ended = true;
		run->image = event->image;
		say_id(run, STYLE_HIT, "Successfully built ", &event->image);
		break;
	case EVENT_TAGGED:
		say(run, STYLE_HIT, "Successfully tagged ", event->text,
		    event->len);
		break;
	case EVENT_ERROR:
		fold_end(run, event);
		break;
	}
}

void run_state_end(struct run_state *run, bool cancelled, const char *error)
{
	struct run_step *step = at_step(run, run->step);

	flush_output(run);
	if (run->ended)
		return;
	run->ended = run->failed = true;
	if (step && step->state == RUN_STEP_RUNNING)
		step->state = RUN_STEP_FAILED;
	if (!run->error)
		run->error = mem_strdup(cancelled ? "cancelled" : error);
	run_state_log(run, STYLE_ERROR, run->error, strlen(run->error));
}
