/* Knows an event as a line of JSON. */
#include <inttypes.h>
#include <string.h>

#include "base/base64.h"
#include "base/utf8.h"
#include "plan/event.h"
#include "plan/json_fields.h"
#include "spec/config.h"

#define EVENT_LINE_MAX (4u * 1024 * 1024) /* bytes of one line */

/* A NUL also goes as base64: JSON strings end there for many readers. */
static bool is_text(const char *text, size_t len)
{
	return utf8_is_valid(text, len) && !memchr(text, '\0', len) &&
	       !memmem(text, len, UTF8_NUL, strlen(UTF8_NUL));
}

static void add_number(struct buf *out, const char *key, int64_t value)
{
	if (value)
		buf_addf(out, ",\"%s\":%" PRId64, key, value);
}

void event_format_json(const struct event *event, struct buf *out)
{
	buf_addf(out, "{\"event\":\"%s\"", event_name(event->kind));
	add_number(out, "step", event->step);
	add_number(out, "total", event->total);
	add_number(out, "stream", event->stream);
	add_number(out, "bytes", event->bytes);
	add_number(out, "ms", event->ms);
	add_number(out, "cpu_ms", event->cpu_ms);
	add_number(out, "at_ms", event->at_ms);
	add_number(out, "code", event->code);
	if (digest_is_set(&event->image))
		buf_addf(out, ",\"image\":\"%s\"", event->image.text);
	if (event->text && is_text(event->text, event->len)) {
		buf_adds(out, ",\"text\":");
		config_format_string(out, event->text, event->len);
	} else if (event->text) {
		buf_adds(out, ",\"text_b64\":\"");
		base64_encode(out, event->text, event->len);
		buf_addc(out, '"');
	}
	buf_adds(out, "}\n");
}

static bool parse_kind(const json_t *root, enum event_kind *out)
{
	const char *name = json_text_of(root, "event");

	for (int kind = EVENT_CONTEXT; name && kind <= EVENT_ERROR; kind++)
		if (!strcmp(event_name((enum event_kind)kind), name)) {
			*out = (enum event_kind)kind;
			return true;
		}
	return false;
}

static bool parse_text(const json_t *root, struct event *out,
		       struct buf *storage)
{
	const json_t *plain = json_object_get(root, "text");
	const char *coded = json_text_of(root, "text_b64");

	buf_clear(storage);
	if (coded && !base64_decode(storage, coded, strlen(coded)))
		return false;
	if (json_is_string(plain))
		buf_add(storage, json_string_value(plain),
			json_string_length(plain));
	if (!coded && !json_is_string(plain))
		return true;
	buf_adds(storage, "");
	out->text = storage->data;
	out->len = storage->len;
	return true;
}

static bool parse_event(const json_t *root, struct event *out,
			struct buf *storage)
{
	const char *image = json_text_of(root, "image");

	if (!parse_kind(root, &out->kind) || !parse_text(root, out, storage))
		return false;
	out->step = json_small_of(root, "step");
	out->total = json_small_of(root, "total");
	out->stream = json_small_of(root, "stream");
	out->code = json_small_of(root, "code");
	out->bytes = json_number_of(root, "bytes", 0);
	out->ms = json_number_of(root, "ms", 0);
	out->cpu_ms = json_number_of(root, "cpu_ms", 0);
	out->at_ms = json_number_of(root, "at_ms", 0);
	return !image || digest_parse(image, &out->image);
}

int event_parse_json(const char *line, size_t len, struct event *out,
		     struct buf *storage, struct err *err)
{
	struct event event = { 0 };
	json_t *root;
	bool good;

	if (len > EVENT_LINE_MAX)
		return err_set(err, ERR_INPUT, "an event line is too long");
	root = json_loadb(line, len, 0, NULL);
	good = json_is_object(root) && parse_event(root, &event, storage);
	json_decref(root);
	if (!good)
		return err_set(err, ERR_INPUT, "not an event: '%.*s'",
			       (int)(len < 200 ? len : 200), line);
	*out = event;
	return 0;
}
