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

/* Length of the escape sequence at text ("ESC [ 1 m", "ESC ] 0 ; x BEL",
 * "ESC ( B"), 0: none, or it has no end. */
static size_t sequence(const char *text, size_t len)
{
	size_t n = 2;

	if (len < 2 || text[0] != '\x1b')
		return 0;
	if (text[1] == ']') {
		for (; n < len; n++)
			if (text[n] == '\a' ||
			    (text[n] == '\\' && text[n - 1] == '\x1b'))
				return n + 1;
		return 0;
	}
	if (text[1] == '[')
		while (n < len && text[n] >= 0x20 && text[n] < 0x40)
			n++;
	else
		for (n = 1; n < len && text[n] >= 0x20 && text[n] < 0x30; n++)
			;
	return n < len && text[n] >= 0x30 && text[n] < 0x7f ? n + 1 : 0;
}

/* What a terminal would show of a line: a progress bar writes over itself,
 * so its last state counts; colours and titles are not for this screen. */
static char *shown(const char *text, size_t len)
{
	AUTO(buf_release) struct buf out = BUF_INIT;
	const char *turn;

	while (len && text[len - 1] == '\r')
		len--;
	turn = len ? memrchr(text, '\r', len) : NULL;
	if (turn) {
		len -= (size_t)(turn + 1 - text);
		text = turn + 1;
	}
	for (size_t at = 0, n; at < len; at += n) {
		const char *esc = memchr(text + at, '\x1b', len - at);
		size_t plain = esc ? (size_t)(esc - text) - at : len - at;

		buf_add(&out, text + at, plain);
		n = plain;
		if (esc) {
			size_t skip = sequence(esc, len - at - plain);

			if (!skip)
				buf_add(&out, esc, 1);
			n += skip ? skip : 1;
		}
	}
	return text_tabs(out.data ? out.data : "", out.len);
}

static void push_line(struct run_state *run, enum style style, char *text)
{
	struct run_line *line;

	if (run->log_count >= RUN_LOG_MAX)
		drop_old_half(run);
	line = &MEM_PUSH(run->log, run->log_count);
	line->style = style;
	line->text = text;
	line->step = run->ended ? 0 : run->step;
	line->head = false;
}

/* The last line may be one that has not ended: what comes replaces it. */
static void drop_live(struct run_state *run)
{
	if (!run->live)
		return;
	free(run->log[--run->log_count].text);
	run->live = false;
}

static void log_lines(struct run_state *run, enum style style,
		      const char *text, size_t len,
		      char *(*make)(const char *text, size_t len))
{
	const char *end;

	drop_live(run);
	while (len && (end = memchr(text, '\n', len))) {
		push_line(run, style, make(text, (size_t)(end - text)));
		len -= (size_t)(end + 1 - text);
		text = end + 1;
	}
	if (len)
		push_line(run, style, make(text, len));
}

/* Words of varve's own, which may quote the Dockerfile: nothing is left out. */
void run_state_log(struct run_state *run, enum style style, const char *text,
		   size_t len)
{
	log_lines(run, style, text, len, text_tabs);
}

/* Of a line without its end that much is shown, lest a command that writes
 * byte by byte costs the square of its line. */
#define LIVE_MAX 4096

static void show_partial(struct run_state *run, enum style style,
			 const struct buf *partial, size_t most)
{
	const char *text = partial->data;
	size_t len = partial->len;
	char *line;

	drop_live(run);
	if (!len)
		return;
	if (len > most) {
		text += len - most;
		len = most;
	}
	line = shown(text, len);
	run->live = *line;
	if (*line)
		push_line(run, style, line);
	else
		free(line);
}

static enum style stream_style(int stream)
{
	return stream == 2 ? STYLE_LATE : STYLE_PLAIN;
}

/* Output comes in pieces: the end of the last line may be on its way. */
static void add_output(struct run_state *run, const struct event *event)
{
	int stream = event->stream == 2 ? 2 : 1;
	struct buf *partial = &run->partial[stream];
	enum style style = stream_style(stream);
	const char *end;

	buf_add(partial, event->text ? event->text : "",
		event->text ? event->len : 0);
	end = partial->len ? memrchr(partial->data, '\n', partial->len) : NULL;
	if (end) {
		size_t whole = (size_t)(end + 1 - partial->data);

		log_lines(run, style, partial->data, whole, shown);
		memmove(partial->data, partial->data + whole,
			partial->len - whole);
		partial->len -= whole;
	} else if (partial->len > 65536) {
		log_lines(run, style, partial->data, partial->len, shown);
		buf_clear(partial);
	}
	show_partial(run, style, partial, LIVE_MAX);
}

static void flush_output(struct run_state *run)
{
	for (int i = 1; i < 3; i++) {
		show_partial(run, stream_style(i), &run->partial[i],
			     SIZE_MAX);
		run->live = false;
		buf_clear(&run->partial[i]);
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
	struct run_step *last = at_step(run, run->step);
	AUTO_FREE char *head = NULL;

	flush_output(run);
	/* An ARG before the first FROM makes no image to be told of. */
	if (last && last->state == RUN_STEP_RUNNING)
		last->state = RUN_STEP_DONE;
	run->step = event->step;
	run->total = event->total;
	if (step) {
		step->state = RUN_STEP_RUNNING;
		step->began_ms = run->at_ms;
	}
	head = mem_printf("Step %d/%d : ", event->step, event->total);
	say(run, STYLE_BOLD, head, event->text, event->len);
	run->log[run->log_count - 1].head = true;
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

static void step_failed(const struct run_state *run, struct run_step *step)
{
	if (!step || step->state != RUN_STEP_RUNNING)
		return;
	step->state = RUN_STEP_FAILED;
	step->ms = run->at_ms - step->began_ms;
}

/* At the end of a long line it may not be seen. */
static void say_code(struct run_state *run, int code)
{
	AUTO_FREE char *text = mem_printf("Step %d failed: exit %d",
					  run->step, code);

	run_state_log(run, STYLE_ERROR, text, strlen(text));
}

static void fold_end(struct run_state *run, const struct event *event)
{
	struct run_step *step = at_step(run, run->step);

	flush_output(run);
	run->failed = true;
	free(run->error);
	run->error = mem_strndup(event->text ? event->text : "",
				 event->text ? event->len : 0);
	step_failed(run, step);
	/* The builder's own words: errors of its own have a code, too. */
	if (step && strstr(run->error, "' returned a non-zero code: "))
		step->code = event->code;
	say(run, STYLE_ERROR, "", event->text, event->len);
	if (step && step->code)
		say_code(run, step->code);
	run->ended = true;
}

static void fold_done(struct run_step *step, const struct event *event)
{
	step->timed = true;
	step->ms = event->ms;
	step->bytes = event->bytes;
	if (step->state == RUN_STEP_RUNNING)
		step->state = RUN_STEP_DONE;
}

void run_state_clock(struct run_state *run, int64_t ms)
{
	if (ms > run->at_ms)
		run->at_ms = ms;
}

void run_state_fold(struct run_state *run, const struct event *event)
{
	struct run_step *step = at_step(run, event->step);

	run->started = true;
	run_state_clock(run, event->at_ms);
	switch (event->kind) {
	case EVENT_CONTEXT:
	case EVENT_STAGE:
		break;
	case EVENT_PROGRESS:
		if (step && step->state == RUN_STEP_RUNNING)
			step->bytes = event->bytes;
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
	run->stopped = cancelled;
	if (run->ended)
		return;
	run->ended = run->failed = true;
	step_failed(run, step);
	if (!run->error)
		run->error = mem_strdup(cancelled ? "cancelled" : error);
	run_state_log(run, STYLE_ERROR, run->error, strlen(run->error));
}
