/* Knows how an image configuration is read from JSON, as Go's decoder does. */
#include <jansson.h>
#include <string.h>

#include "base/utf8.h"
#include "spec/gofmt.h"
#include "spec/run_fields.h"

static int wrong(struct err *err, const char *name, const char *want)
{
	return err_set(err, ERR_INPUT,
		       "invalid image configuration: '%s' is not %s", name,
		       want);
}

/* Owned; a NUL in it is hidden (base/utf8.h). */
static char *text_of(const json_t *string)
{
	struct buf out = BUF_INIT;

	buf_adds(&out, "");
	utf8_hide_nul(&out, (struct span){ json_string_value(string),
					   json_string_length(string) });
	return buf_steal(&out);
}

/* null reads as absent for every type but the lists and maps themselves. */
static int read_text(const json_t *value, const char *name, char **out,
		     struct err *err)
{
	if (!value || json_is_null(value))
		return 0;
	if (!json_is_string(value))
		return wrong(err, name, "a string");
	free(*out);
	*out = text_of(value);
	return 0;
}

static int read_bool(const json_t *value, const char *name, bool *out,
		     struct err *err)
{
	if (!value || json_is_null(value))
		return 0;
	if (!json_is_boolean(value))
		return wrong(err, name, "true or false");
	*out = json_is_true(value);
	return 0;
}

static int read_number(const json_t *value, const char *name, int64_t *out,
		       struct err *err)
{
	if (!value || json_is_null(value))
		return 0;
	if (!json_is_integer(value))
		return wrong(err, name, "an integer");
	*out = json_integer_value(value);
	return 0;
}

static int read_list(const json_t *value, const char *name, struct strv *out,
		     struct err *err)
{
	size_t i;
	json_t *item;

	if (!value || json_is_null(value))
		return 0;
	if (!json_is_array(value))
		return wrong(err, name, "a list");
	out->set = true;
	json_array_foreach(value, i, item) {
		if (!json_is_string(item) && !json_is_null(item))
			return wrong(err, name, "a list of strings");
		strv_take(out, json_is_null(item) ? mem_strdup("")
						  : text_of(item));
	}
	return 0;
}

static int read_words(const json_t *value, const char *name, struct strv *out,
		      struct err *err)
{
	if (json_is_string(value)) {
		strv_take(out, text_of(value));
		return 0;
	}
	return read_list(value, name, out, err);
}

/* The keys go in sorted, so that filling the map stays linear. */
static int read_map(json_t *value, const char *name, bool is_set,
		    struct map *out, struct err *err)
{
	AUTO(strv_release) struct strv keys = { 0 };
	const char *key;
	json_t *item;

	if (!value || json_is_null(value))
		return 0;
	if (!json_is_object(value))
		return wrong(err, name, "an object");
	out->set = true;
	json_object_foreach(value, key, item) {
		if (!json_is_null(item) && (is_set ? !json_is_object(item)
						   : !json_is_string(item)))
			return wrong(err, name, is_set ? "a set"
						: "an object of strings");
		strv_add(&keys, key);
	}
	strv_sort(&keys);
	for (size_t i = 0; i < keys.count; i++) {
		AUTO_FREE char *text = NULL;

		item = json_object_get(value, keys.items[i]);
		text = json_is_string(item) ? text_of(item) : mem_strdup("");
		map_put(out, keys.items[i], text);
	}
	return 0;
}

static int read_health(const json_t *value, const char *name,
		       struct healthcheck **out, struct err *err)
{
	struct healthcheck *check;

	if (!value || json_is_null(value))
		return 0;
	if (!json_is_object(value))
		return wrong(err, name, "an object");
	check = *out = mem_alloc(sizeof(*check));
	if (read_list(json_object_get(value, "Test"), "Test", &check->test,
		      err) < 0 ||
	    read_number(json_object_get(value, "Interval"), "Interval",
			&check->interval, err) < 0 ||
	    read_number(json_object_get(value, "Timeout"), "Timeout",
			&check->timeout, err) < 0 ||
	    read_number(json_object_get(value, "StartPeriod"), "StartPeriod",
			&check->start_period, err) < 0)
		return -1;
	return read_number(json_object_get(value, "Retries"), "Retries",
			   &check->retries, err);
}

static int read_field(json_t *value, const struct run_field *field,
		      struct run_config *out, struct err *err)
{
	switch (field->kind) {
	case RUN_STRING:
		return read_text(value, field->name,
				 RUN_FIELD(out, char *, field), err);
	case RUN_BOOL:
		return read_bool(value, field->name,
				 RUN_FIELD(out, bool, field), err);
	case RUN_LIST:
		return read_list(value, field->name,
				 RUN_FIELD(out, struct strv, field), err);
	case RUN_WORDS:
		return read_words(value, field->name,
				  RUN_FIELD(out, struct strv, field), err);
	case RUN_SET:
	case RUN_MAP:
		return read_map(value, field->name, field->kind == RUN_SET,
				RUN_FIELD(out, struct map, field), err);
	case RUN_HEALTH:
		return read_health(value, field->name, &out->healthcheck, err);
	case RUN_TIMEOUT:
		out->stop_timeout_set = json_is_integer(value);
		return read_number(value, field->name, &out->stop_timeout,
				   err);
	}
	return 0;
}

static int read_run_config(const json_t *value, const char *name,
			   struct run_config *out, bool *present,
			   struct err *err)
{
	*present = value && !json_is_null(value);
	if (!*present)
		return 0;
	if (!json_is_object(value))
		return wrong(err, name, "an object");
	for (size_t i = 0; i < RUN_FIELDS; i++)
		if (read_field(json_object_get(value, run_fields[i].name),
			       &run_fields[i], out, err) < 0)
			return err_wrap(err, "'%s'", name);
	return 0;
}

static int read_history_entry(const json_t *value, struct image_config *out,
			      struct err *err)
{
	struct history *entry;
	char created[40];

	if (!json_is_object(value))
		return wrong(err, "history", "a list of objects");
	image_config_add_history(out, &(struct history){ 0 });
	entry = &out->history[out->history_count - 1];
	if (read_text(json_object_get(value, "created"), "created",
		      &entry->created, err) < 0 ||
	    read_text(json_object_get(value, "author"), "author",
		      &entry->author, err) < 0 ||
	    read_text(json_object_get(value, "created_by"), "created_by",
		      &entry->created_by, err) < 0 ||
	    read_text(json_object_get(value, "comment"), "comment",
		      &entry->comment, err) < 0 ||
	    read_bool(json_object_get(value, "empty_layer"), "empty_layer",
		      &entry->empty_layer, err) < 0)
		return -1;
	if (entry->created[0] == '\0')
		return 0;
	if (!gofmt_time_normal(entry->created, created))
		return wrong(err, "created", "a time");
	run_config_set(&entry->created, created);
	return 0;
}

static int read_history(const json_t *value, struct image_config *out,
			struct err *err)
{
	size_t i;
	json_t *item;

	if (!value || json_is_null(value))
		return 0;
	if (!json_is_array(value))
		return wrong(err, "history", "a list");
	json_array_foreach(value, i, item)
		if (read_history_entry(item, out, err) < 0)
			return err_wrap(err, "history entry %zu", i);
	return 0;
}

static int read_rootfs(const json_t *value, struct image_config *out,
		       struct err *err)
{
	json_t *ids, *item;
	size_t i;

	if (!json_is_object(value))
		return err_set(err, ERR_INPUT,
			       "invalid image JSON, no RootFS key");
	ids = json_object_get(value, "diff_ids");
	if (!ids || json_is_null(ids))
		return 0;
	if (!json_is_array(ids))
		return wrong(err, "diff_ids", "a list");
	json_array_foreach(ids, i, item) {
		struct digest diff;

		if (!json_is_string(item) ||
		    !digest_parse(json_string_value(item), &diff))
			return wrong(err, "diff_ids", "a list of digests");
		image_config_add_diff(out, &diff);
	}
	return 0;
}

static int read_created(const json_t *value, struct moment *out,
			struct err *err)
{
	if (!value || json_is_null(value))
		return 0;
	if (!json_is_string(value) ||
	    !gofmt_time_parse(json_string_value(value), out))
		return wrong(err, "created", "a time");
	return 0;
}

static int read_texts(const json_t *root, struct image_config *out,
		      struct err *err)
{
	const struct {
		const char *name;
		char **field;
	} texts[] = {
		{ "architecture", &out->architecture },
		{ "author", &out->author },
		{ "comment", &out->comment },
		{ "container", &out->container },
		{ "docker_version", &out->docker_version },
		{ "os", &out->os },
		{ "os.version", &out->os_version },
		{ "variant", &out->variant },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (read_text(json_object_get(root, texts[i].name),
			      texts[i].name, texts[i].field, err) < 0)
			return -1;
	return read_list(json_object_get(root, "os.features"), "os.features",
			 &out->os_features, err);
}

static int read_image(const json_t *root, struct image_config *out,
		      struct err *err)
{
	if (read_texts(root, out, err) < 0 ||
	    read_run_config(json_object_get(root, "config"), "config",
			    &out->config, &out->has_config, err) < 0 ||
	    read_run_config(json_object_get(root, "container_config"),
			    "container_config", &out->container_config,
			    &out->has_container_config, err) < 0 ||
	    read_created(json_object_get(root, "created"), &out->created,
			 err) < 0 ||
	    read_history(json_object_get(root, "history"), out, err) < 0)
		return -1;
	return read_rootfs(json_object_get(root, "rootfs"), out, err);
}

static void unref(json_t *json)
{
	json_decref(json);
}
AUTO_DEFINE(json_t, unref)

int image_config_parse(const char *json, size_t len, struct image_config *out,
		       struct err *err)
{
	AUTO(image_config_release) struct image_config config;
	json_error_t error;
	AUTO(unref) json_t *root = json_loadb(json, len, JSON_ALLOW_NUL, &error);

	image_config_init(&config);
	if (!root)
		return err_set(err, ERR_INPUT,
			       "invalid image configuration: line %d: %s",
			       error.line, error.text);
	if (!json_is_object(root))
		return err_set(err, ERR_INPUT,
			       "invalid image configuration: not an object");
	if (read_image(root, &config, err) < 0)
		return -1;
	image_config_release(out);
	*out = config;
	config = (struct image_config){ 0 };
	return 0;
}
