/* varve inspect: everything the store knows of images, as docker prints it. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/image_flags.h"
#include "cli/jansson_text.h"
#include "spec/gofmt.h"

static const struct opt opts[] = {
	ROOT_ROW,
	FORMAT_ROW,
	OPT_END,
};

static json_t *config_json(const struct run_config *config)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	json_t *json;

	run_config_format(config, &text);
	json = json_loadb(text.data, text.len, JSON_ALLOW_NUL, NULL);
	return json ? json : json_null();
}

static json_t *strings(const struct strv *list, bool digests)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++) {
		bool digest = strchr(list->items[i], '@') != NULL;

		if (digest == digests)
			json_array_append_new(array,
					      json_string(list->items[i]));
	}
	return array;
}

static json_t *layers_json(const struct image_config *config)
{
	json_t *array = json_array();

	for (size_t i = 0; i < config->diff_id_count; i++)
		json_array_append_new(array,
				      json_string(config->diff_ids[i].text));
	return array;
}

/* GraphDriver.Data as docker gives it: the paths of the top layer. */
static int graph_json(struct store *store, const struct image_config *config,
		      json_t **out, struct err *err)
{
	AUTO_FREE const struct layer **layers = NULL;
	AUTO_FREE char *upper = NULL;
	struct buf lower = BUF_INIT;
	json_t *data = json_object();
	size_t count;

	if (store_layers_of(store, config, &layers, &count, err) < 0) {
		json_decref(data);
		return -1;
	}
	for (size_t i = count; i-- > 1;) {
		AUTO_FREE char *path = store_layer_path(store, layers[i - 1]);

		buf_addf(&lower, "%s%s", lower.len ? ":" : "", path);
	}
	if (count) {
		upper = store_layer_path(store, layers[count - 1]);
		json_object_set_new(data, "UpperDir", json_string(upper));
		if (lower.len)
			json_object_set_new(data, "LowerDir",
					    json_string(lower.data));
	}
	buf_release(&lower);
	*out = json_pack("{s:s, s:o}", "Name", "overlay2", "Data", data);
	return 0;
}

static int inspect(struct store *store, struct image *image, json_t *array,
		   struct err *err)
{
	const struct image_config *config = store_config(store, image, err);
	char created[40];
	json_t *graph;
	uint64_t size;

	if (!config || store_image_size(store, image, &size, err) < 0 ||
	    graph_json(store, config, &graph, err) < 0)
		return -1;
	gofmt_time(config->created, created);
	json_array_append_new(array, json_pack(
		"{s:s, s:o, s:o, s:s, s:o, s:s, s:s, s:o, s:s, s:o, s:o, s:s,"
		" s:s, s:I, s:I, s:o, s:{s:s, s:o}}",
		"Id", image->id.text,
		"RepoTags", strings(&image->tags, false),
		"RepoDigests", strings(&image->tags, true),
		"Parent", image->parent.text,
		"Comment", jansson_text(config->comment),
		"Created", created,
		"Container", config->container,
		"ContainerConfig", config_json(&config->container_config),
		"DockerVersion", config->docker_version,
		"Author", jansson_text(config->author),
		"Config", config_json(&config->config),
		"Architecture", config->architecture,
		"Os", *config->os ? config->os : "linux",
		"Size", (json_int_t)size, "VirtualSize", (json_int_t)size,
		"GraphDriver", graph,
		"RootFS", "Type", "layers", "Layers", layers_json(config)));
	return 0;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(image_flags_release) struct image_flags flags = { 0 };
	AUTO(image_verb_end) struct store *store = NULL;
	json_t *array = json_array();
	struct err err = ERR_INIT;
	int rest = 0, rc, code = 0;

	rc = image_verb_start(verb, argc, argv, 1, -1, STORE_READ, &flags,
			      &rest, &store, &err);
	if (rc > 0)
		code = rc == 1 ? 0 : 2;
	if (rc < 0)
		code = fail(&err);
	for (int i = rest; rc == 0 && i < argc; i++) {
		struct image *image;

		if (image_verb_find(store, argv[i], &image, &err) < 0 ||
		    inspect(store, image, array, &err) < 0)
			code = fail(&err);
	}
	if (rc == 0) {
		json_dumpf(array, stdout, JSON_INDENT(4));
		putchar('\n');
	}
	json_decref(array);
	return code;
}

const struct verb verb_inspect = {
	"inspect", "[OPTIONS] IMAGE [IMAGE...]",
	"Print everything about images, as JSON.", opts, run,
};
