/* Knows the lines of the classic builder, and which of them are only what a
 * RUN printed. */
#include "engine/build_heard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COLOUR_ON "\033[91m"
#define COLOUR_OFF "\033[0m"
#define ARROW " ---> "

static int send(struct heard *heard, struct event event, struct err *err)
{
	event.step = heard->step;
	event.total = heard->total;
	event.at_ms = heard->clock_ms() - heard->started_ms;
	if (event.text && event.len == 0)
		event.len = strlen(event.text);
	return heard->sink(heard->arg, &event) == 0 ? 0 :
	       err_set(err, ERR_CANCELLED, "cancelled");
}

/* What follows prefix up to suffix, if that is all; owned, or NULL. */
static char *between(const char *text, const char *prefix, const char *suffix)
{
	size_t len = strlen(text), before = strlen(prefix);
	size_t after = strlen(suffix);

	if (len < before + after || strncmp(text, prefix, before) != 0 ||
	    strcmp(text + len - after, suffix) != 0)
		return NULL;
	return mem_strndup(text + before, len - before - after);
}

static bool is_id(const char *text)
{
	return text && strlen(text) == DIGEST_SHORT &&
	       strspn(text, "0123456789abcdef") == DIGEST_SHORT;
}

/* ---- output of a command ---- */

static int send_log(struct heard *heard, const char *text, size_t len,
		    struct err *err)
{
	size_t on = strlen(COLOUR_ON), off = strlen(COLOUR_OFF);
	struct event event = { .kind = EVENT_LOG, .stream = 1, .text = text,
			       .len = len };
	AUTO_FREE char *inner = NULL;

	if (len > on + off && memcmp(text, COLOUR_ON, on) == 0 &&
	    memcmp(text + len - off, COLOUR_OFF, off) == 0) {
		event.len = len - on - off;
		event.text = inner = mem_alloc(event.len + 1);
		memcpy(inner, text + on, event.len);
		event.stream = 2;
	}
	return len ? send(heard, event, err) : 0;
}

/* ---- lines of the builder ---- */

/* "Step 2/5 : RUN x" and the end of the line come apart. */
static int take_step(struct heard *heard, const char *text, struct err *err)
{
	int step, total, at = 0;

	if (sscanf(text, "Step %d/%d : %n", &step, &total, &at) < 2 || !at)
		return 0;
	heard->step = step;
	heard->total = total;
	heard->rest = "\n";
	heard->works = strncasecmp(text + at, "FROM", 4) != 0;
	heard->step_ms = heard->clock_ms();
	return send(heard, (struct event){ .kind = EVENT_STEP,
					   .text = text + at,
					   .len = strlen(text + at) },
		    err) < 0 ? -1 : 1;
}

static int send_done(struct heard *heard, struct err *err)
{
	if (!heard->works)
		return 0;
	heard->works = false;
	return send(heard, (struct event){
			    .kind = EVENT_DONE,
			    .ms = heard->clock_ms() - heard->step_ms }, err);
}

/* " ---> 465d6bad2668": a step has its image. */
static int take_image(struct heard *heard, const char *text, struct err *err)
{
	AUTO_FREE char *id = between(text, ARROW, "\n");
	struct event event = { .kind = EVENT_IMAGE };

	if (!id || (*id && (!is_id(id) || heard->find(heard->find_arg, id,
						      &event.image) != 1)))
		return 0;
	*heard->running = '\0';
	return send(heard, event, err) < 0 || send_done(heard, err) < 0 ?
	       -1 : 1;
}

static int take_removed(struct heard *heard, const char *text,
			struct err *err)
{
	AUTO_FREE char *id = between(
		text, "Removing intermediate container ", "\n");

	if (!is_id(id) || !heard->removes ||
	    (*heard->running && strcmp(id, heard->running) != 0))
		return 0;
	*heard->running = '\0';
	return send(heard, (struct event){ .kind = EVENT_REMOVED, .text = id },
		    err) < 0 ? -1 : 1;
}

static int take_running(struct heard *heard, const char *text,
			struct err *err)
{
	AUTO_FREE char *id = between(text, ARROW "Running in ", "\n");

	if (!is_id(id))
		return 0;
	snprintf(heard->running, sizeof(heard->running), "%s", id);
	return send(heard, (struct event){ .kind = EVENT_RUNNING, .text = id },
		    err) < 0 ? -1 : 1;
}

static int take_cached(struct heard *heard, const char *text, struct err *err)
{
	if (strcmp(text, ARROW "Using cache\n") != 0)
		return 0;
	heard->works = false;
	return send(heard, (struct event){ .kind = EVENT_CACHED }, err) < 0 ?
	       -1 : 1;
}

static int take_triggers(struct heard *heard, const char *text,
			 struct err *err)
{
	AUTO_FREE char *count = between(text, "# Executing ",
					" build trigger");
	int64_t n = count ? strtoll(count, NULL, 10) : 0;

	if (n <= 0)
		return 0;
	heard->rest = n == 1 ? "\n" : "s\n";
	return send(heard, (struct event){ .kind = EVENT_TRIGGERS,
					   .bytes = n }, err) < 0 ? -1 : 1;
}

/* ---- the end ---- */

static int take_text(struct heard *heard, const char *text,
		     const char *prefix, const char *suffix,
		     enum event_kind kind, struct err *err)
{
	AUTO_FREE char *inner = between(text, prefix, suffix);

	if (!inner || !*inner)
		return 0;
	return send(heard, (struct event){ .kind = kind, .text = inner },
		    err) < 0 ? -1 : 1;
}

static int take_end(struct heard *heard, const char *text, struct err *err)
{
	AUTO_FREE char *id = between(text, "Successfully built ", "\n");
	int taken;

	if (is_id(id) && digest_is_set(&heard->image)) {
		heard->step = heard->total = 0;
		return send(heard, (struct event){ .kind = EVENT_BUILT,
						   .image = heard->image },
			    err) < 0 ? -1 : 1;
	}
	taken = take_text(heard, text, "Successfully tagged ", "\n",
			  EVENT_TAGGED, err);
	return taken ? taken :
	       take_text(heard, text, "[Warning] One or more build-args [",
			 "] were not consumed\n", EVENT_UNUSED, err);
}

static int take_line(struct heard *heard, const char *text, struct err *err)
{
	typedef int taker(struct heard *heard, const char *text,
			  struct err *err);
	static taker *const takers[] = { take_step, take_cached, take_running,
					 take_removed, take_image,
					 take_triggers, take_end };
	int taken = 0;

	/* While a command runs, only its end is the builder's. */
	if (*heard->running) {
		taken = take_removed(heard, text, err);
		return taken || heard->removes ? taken :
		       take_image(heard, text, err);
	}
	for (size_t i = 0; !taken && i < sizeof(takers) / sizeof(*takers);
	     i++)
		taken = takers[i](heard, text, err);
	return taken;
}

/* The rest of a line that was told already. */
static bool take_rest(struct heard *heard, const char *text)
{
	size_t len = strlen(text);
	const char *rest = heard->rest;

	heard->rest = NULL;
	if (!rest || !len || strncmp(rest, text, len) != 0)
		return false;
	if (rest[len])
		heard->rest = rest + len;
	return true;
}

static int take_stream(struct heard *heard, const char *text, size_t len,
		       struct err *err)
{
	int taken;

	if (take_rest(heard, text))
		return 0;
	/* The builder's own lines have no NUL. */
	taken = strlen(text) == len ? take_line(heard, text, err) : 0;
	return taken ? (taken < 0 ? -1 : 0) : send_log(heard, text, len, err);
}

int heard_message(void *arg, const struct daemon_message *message,
		  struct err *err)
{
	struct heard *heard = arg;
	AUTO_FREE char *line = NULL;

	if (message->image) {
		if (!digest_parse(message->image, &heard->image))
			return 0;
		return send(heard, (struct event){ .kind = EVENT_STAGE,
						   .image = heard->image },
			    err);
	}
	if (message->stream)
		return take_stream(heard, message->stream,
				   message->stream_len, err);
	if (!message->status || message->counts)
		return 0;
	line = mem_printf("%s%s%s", message->id ? message->id : "",
			  message->id && *message->id ? ": " : "",
			  message->status);
	return send(heard, (struct event){ .kind = EVENT_NOTE, .text = line },
		    err);
}
