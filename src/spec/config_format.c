/* Knows the bytes in which Docker 20.10 writes an image configuration. */
#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"
#include "spec/gofmt.h"
#include "spec/run_fields.h"

static void format_rune(struct buf *out, uint32_t rune, const char *raw,
			size_t len)
{
	static const char short_escapes[][3] = {
		['\n'] = "\\n", ['\r'] = "\\r", ['\t'] = "\\t",
		['"'] = "\\\"", ['\\'] = "\\\\",
	};

	if (rune < sizeof(short_escapes) / sizeof(*short_escapes) &&
	    short_escapes[rune][0])
		buf_adds(out, short_escapes[rune]);
	else if (rune < 0x20 || rune == '<' || rune == '>' || rune == '&' ||
		 rune == 0x2028 || rune == 0x2029)
		buf_addf(out, "\\u%04" PRIx32, rune);
	else
		buf_add(out, raw, len);
}

void config_format_string(struct buf *out, const char *text, size_t len)
{
	buf_addc(out, '"');
	while (len > 0) {
		uint32_t rune;
		bool valid;
		size_t n = utf8_decode(text, len, &rune, &valid);

		if (valid)
			format_rune(out, rune, text, n);
		else
			buf_adds(out, "\\ufffd");
		text += n;
		len -= n;
	}
	buf_addc(out, '"');
}

static void format_text(struct buf *out, const char *text)
{
	config_format_string(out, text, strlen(text));
}

static void format_list(struct buf *out, const struct strv *list)
{
	if (!list->set && list->count == 0) {
		buf_adds(out, "null");
		return;
	}
	buf_addc(out, '[');
	for (size_t i = 0; i < list->count; i++) {
		if (i)
			buf_addc(out, ',');
		format_text(out, list->items[i]);
	}
	buf_addc(out, ']');
}

static void format_map(struct buf *out, const struct map *map, bool is_set)
{
	if (!map->set && map->count == 0) {
		buf_adds(out, "null");
		return;
	}
	buf_addc(out, '{');
	for (size_t i = 0; i < map->count; i++) {
		if (i)
			buf_addc(out, ',');
		format_text(out, map->items[i].key);
		buf_addc(out, ':');
		if (is_set)
			buf_adds(out, "{}");
		else
			format_text(out, map->items[i].value);
	}
	buf_addc(out, '}');
}

/* Writes `"name":`, with a comma before it unless it is the object's first. */
static void format_key(struct buf *out, const char *name)
{
	if (out->len > 0 && out->data[out->len - 1] != '{')
		buf_addc(out, ',');
	format_text(out, name);
	buf_addc(out, ':');
}

static void format_number_if(struct buf *out, const char *name, int64_t value)
{
	if (value == 0)
		return;
	format_key(out, name);
	buf_addf(out, "%" PRId64, value);
}

static void format_text_if(struct buf *out, const char *name, const char *text)
{
	if (text[0] == '\0')
		return;
	format_key(out, name);
	format_text(out, text);
}

static void format_health(struct buf *out, const struct healthcheck *check)
{
	buf_addc(out, '{');
	if (check->test.count > 0) {
		format_key(out, "Test");
		format_list(out, &check->test);
	}
	format_number_if(out, "Interval", check->interval);
	format_number_if(out, "Timeout", check->timeout);
	format_number_if(out, "StartPeriod", check->start_period);
	format_number_if(out, "Retries", check->retries);
	buf_addc(out, '}');
}

static bool field_is_empty(const struct run_config *config,
			   const struct run_field *field)
{
	switch (field->kind) {
	case RUN_STRING:
		return (*RUN_FIELD_CONST(config, char *, field))[0] == '\0';
	case RUN_BOOL:
		return !*RUN_FIELD_CONST(config, bool, field);
	case RUN_LIST:
	case RUN_WORDS:
		return RUN_FIELD_CONST(config, struct strv, field)->count == 0;
	case RUN_SET:
	case RUN_MAP:
		return RUN_FIELD_CONST(config, struct map, field)->count == 0;
	case RUN_HEALTH:
		return !config->healthcheck;
	case RUN_TIMEOUT:
		return !config->stop_timeout_set;
	}
	return true;
}

static void format_field(struct buf *out, const struct run_config *config,
			 const struct run_field *field)
{
	switch (field->kind) {
	case RUN_STRING:
		format_text(out, *RUN_FIELD_CONST(config, char *, field));
		break;
	case RUN_BOOL:
		buf_adds(out, *RUN_FIELD_CONST(config, bool, field) ? "true"
								    : "false");
		break;
	case RUN_LIST:
	case RUN_WORDS:
		format_list(out, RUN_FIELD_CONST(config, struct strv, field));
		break;
	case RUN_SET:
	case RUN_MAP:
		format_map(out, RUN_FIELD_CONST(config, struct map, field),
			   field->kind == RUN_SET);
		break;
	case RUN_HEALTH:
		format_health(out, config->healthcheck);
		break;
	case RUN_TIMEOUT:
		buf_addf(out, "%" PRId64, config->stop_timeout);
		break;
	}
}

void run_config_format(const struct run_config *config, struct buf *out)
{
	buf_addc(out, '{');
	for (size_t i = 0; i < RUN_FIELDS; i++) {
		const struct run_field *field = &run_fields[i];

		if (field->optional && field_is_empty(config, field))
			continue;
		format_key(out, field->name);
		format_field(out, config, field);
	}
	buf_addc(out, '}');
}

static void format_history(struct buf *out, const struct history *entry)
{
	static const struct moment never = { 0 };
	char created[40];

	if (!gofmt_time_normal(entry->created, created))
		gofmt_time(never, created);
	buf_addc(out, '{');
	format_key(out, "created");
	format_text(out, created);
	format_text_if(out, "author", entry->author);
	format_text_if(out, "created_by", entry->created_by);
	format_text_if(out, "comment", entry->comment);
	if (entry->empty_layer) {
		format_key(out, "empty_layer");
		buf_adds(out, "true");
	}
	buf_addc(out, '}');
}

static void format_histories(struct buf *out, const struct image_config *config)
{
	if (config->history_count == 0)
		return;
	format_key(out, "history");
	buf_addc(out, '[');
	for (size_t i = 0; i < config->history_count; i++) {
		if (i)
			buf_addc(out, ',');
		format_history(out, &config->history[i]);
	}
	buf_addc(out, ']');
}

static void format_rootfs(struct buf *out, const struct image_config *config)
{
	format_key(out, "rootfs");
	buf_adds(out, "{\"type\":\"layers\"");
	if (config->diff_id_count > 0)
		buf_adds(out, ",\"diff_ids\":[");
	for (size_t i = 0; i < config->diff_id_count; i++) {
		if (i)
			buf_addc(out, ',');
		format_text(out, config->diff_ids[i].text);
	}
	buf_adds(out, config->diff_id_count > 0 ? "]}" : "}");
}

/* The keys stand in bytewise order: Docker passes the object through a map. */
void image_config_format(const struct image_config *config, struct buf *out)
{
	char created[40];

	gofmt_time(config->created, created);
	buf_addc(out, '{');
	format_text_if(out, "architecture", config->architecture);
	format_text_if(out, "author", config->author);
	format_text_if(out, "comment", config->comment);
	if (config->has_config) {
		format_key(out, "config");
		run_config_format(&config->config, out);
	}
	format_text_if(out, "container", config->container);
	format_key(out, "container_config");
	run_config_format(&config->container_config, out);
	format_key(out, "created");
	format_text(out, created);
	format_text_if(out, "docker_version", config->docker_version);
	format_histories(out, config);
	format_text_if(out, "os", config->os);
	if (config->os_features.count > 0) {
		format_key(out, "os.features");
		format_list(out, &config->os_features);
	}
	format_text_if(out, "os.version", config->os_version);
	format_rootfs(out, config);
	format_text_if(out, "variant", config->variant);
	buf_addc(out, '}');
}
