/* varve tree: the parent/child tree of all images. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/image_flags.h"
#include "cli/jansson_text.h"
#include "cli/print.h"
#include "view/views.h"

static const struct opt opts[] = {
	ROOT_ROW,
	IMAGE_FLAG(0, "no-trunc", OPT_BOOL, no_trunc, NULL, "Do not cut IDs"),
	IMAGE_FLAG(0, "filter", OPT_STRING, filter, "TEXT",
		   "Only branches with TEXT in a tag, an ID or a command"),
	IMAGE_FLAG(0, "color", OPT_STRING, color, "auto|always|never", "Colours"),
	FORMAT_ROW,
	OPT_END,
};

static int print_text(struct store *store, const struct image_flags *flags,
		      struct err *err)
{
	AUTO(rows_release) struct rows rows = { 0 };
	AUTO_FREE struct image **order = NULL;
	size_t count;
	struct tree_view view = {
		.ascii = print_ascii(),
		.all_ids = flags->no_trunc,
		.width = flags->no_trunc ? 0 : print_width(stdout),
		.filter = flags->filter,
	};

	if (view_tree(store, &view, &rows, &order, &count, err) < 0)
		return -1;
	print_rows(stdout, &rows, print_in_color(stdout, flags->color));
	/* A mistyped root is an empty store, too. */
	if (!rows.count)
		fprintf(stderr, "varve: no image%s in the store '%s'\n",
			flags->filter ? " matches" : "s", store_root(store));
	return 0;
}

static json_t *image_json(struct store *store, struct image *image,
			  struct err *err)
{
	const struct image_config *config = store_config(store, image, err);
	json_t *tags, *children;
	uint64_t size;
	const char *by;

	if (!config || store_image_size(store, image, &size, err) < 0)
		return NULL;
	by = config->history_count
		? config->history[config->history_count - 1].created_by : "";
	tags = json_array();
	for (size_t i = 0; i < image->tags.count; i++)
		json_array_append_new(tags, json_string(image->tags.items[i]));
	children = json_array();
	for (size_t i = 0; i < image->child_count; i++)
		json_array_append_new(children,
				      json_string(image->children[i]->id.text));
	return json_pack("{s:s, s:s?, s:o, s:o?, s:I, s:o}",
			 "id", image->id.text, "parent",
			 digest_is_set(&image->parent) ? image->parent.text
						       : NULL,
			 "tags", tags, "created_by", jansson_text(by),
			 "size", (json_int_t)size, "children", children);
}

/* A flat list: chains may be as deep as history is long. */
static int print_json(struct store *store, struct err *err)
{
	struct image *const *images;
	json_t *array = json_array();
	size_t count;
	int rc = store_images(store, &images, &count, err);

	for (size_t i = 0; rc == 0 && i < count; i++) {
		json_t *json = image_json(store, images[i], err);

		if (!json || json_array_append_new(array, json) < 0)
			rc = -1;
	}
	if (rc == 0) {
		json_t *root = json_pack("{s:i, s:O}", "format", 1,
					 "images", array);

		json_dumpf(root, stdout, JSON_INDENT(1));
		putchar('\n');
		json_decref(root);
	}
	json_decref(array);
	return rc;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(image_flags_release) struct image_flags flags = { 0 };
	AUTO(image_verb_end) struct store *store = NULL;
	struct err err = ERR_INIT;
	int rest, rc;

	rc = image_verb_start(verb, argc, argv, 0, 0, STORE_READ, &flags,
			      &rest, &store, &err);
	if (rc > 0)
		return rc == 1 ? 0 : 2;
	if (rc == 0)
		rc = image_flags_json(&flags) ? print_json(store, &err)
					      : print_text(store, &flags, &err);
	return rc < 0 ? fail(&err) : 0;
}

const struct verb verb_tree = {
	"tree", "[OPTIONS]",
	"Draw the parent/child tree of all images.", opts, run,
};
