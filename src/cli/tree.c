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
	IMAGE_FLAG(0, "filter", OPT_STRING, filter, "WORDS",
		   "Only branches with all WORDS in a tag, an ID or a command; "
		   "dangling, tagged"),
	IMAGE_FLAG(0, "sort", OPT_STRING, sort, "tree|size|created|name",
		   "All but tree give a flat list"),
	IMAGE_FLAG(0, "color", OPT_STRING, color, "auto|always|never", "Colours"),
	FORMAT_ROW,
	OPT_END,
};

static int parse_sort(const struct verb *verb, const char *word,
		      enum tree_sort *out)
{
	for (*out = 0; word && tree_sort_word(*out); (*out)++)
		if (strcmp(word, tree_sort_word(*out)) == 0)
			return 0;
	if (!word)
		return 0;
	return usage_error(verb, "invalid value '%s' for --sort: tree, size, "
			   "created or name", word);
}

static int print_text(struct store *store, const struct image_flags *flags,
		      enum tree_sort sort, struct err *err)
{
	AUTO(rows_release) struct rows rows = { 0 };
	struct tree_view view = {
		.ascii = print_ascii(),
		.all_ids = flags->no_trunc,
		.width = flags->no_trunc ? 0 : print_width(stdout),
		.filter = flags->filter,
		.sort = sort,
	};

	if (view_tree(store, &view, &rows, err) < 0)
		return -1;
	print_rows(stdout, &rows, print_in_color(stdout, flags->color));
	/* A mistyped root is an empty store, too. */
	if (!rows.count)
		fprintf(stderr, "varve: no image%s in the store '%s'\n",
			flags->filter ? " matches" : "s", store_root(store));
	return 0;
}

/* What of the image's place its own configuration does not tell. */
static int add_place(struct store *store, struct image *const *images,
		     size_t n, const struct lineage *lineage, uint64_t size,
		     json_t *out, struct err *err)
{
	const struct lineage_image *place = &lineage->images[n];
	AUTO(strv_release) struct strv kept = { 0 };
	struct image *up = place->parent == LINEAGE_NONE ?
		NULL : images[place->parent];
	uint64_t below = 0;
	json_t *reasons = json_array();

	if (store_kept_by(store, images[n], &kept, err) < 0 ||
	    (up && store_image_size(store, up, &below, err) < 0)) {
		json_decref(reasons);
		return -1;
	}
	for (size_t i = 0; i < kept.count; i++)
		json_array_append_new(reasons, json_string(kept.items[i]));
	json_object_set_new(out, "stands_on", up ? json_string(up->id.text)
						 : json_null());
	json_object_set_new(out, "by_layers", json_boolean(place->by_layers));
	json_object_set_new(out, "own_size", json_integer(
		size >= below ? (json_int_t)(size - below) : 0));
	json_object_set_new(out, "shared_by", json_integer(place->holders));
	json_object_set_new(out, "kept_by", reasons);
	return 0;
}

static json_t *image_json(struct store *store, struct image *image,
			  uint64_t *out_size, struct err *err)
{
	const struct image_config *config = store_config(store, image, err);
	json_t *tags, *children;
	uint64_t size;
	const char *by;

	if (!config || store_image_size(store, image, &size, err) < 0)
		return NULL;
	*out_size = size;
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
	AUTO(lineage_release) struct lineage lineage = { 0 };

	if (rc == 0)
		lineage_make(images, count, &lineage);
	for (size_t i = 0; rc == 0 && i < count; i++) {
		uint64_t size = 0;
		json_t *json = image_json(store, images[i], &size, err);

		if (!json || add_place(store, images, i, &lineage, size, json,
				       err) < 0 ||
		    json_array_append(array, json) < 0)
			rc = -1;
		json_decref(json);
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
	enum tree_sort sort;
	int rest, rc;

	rc = image_verb_start(verb, argc, argv, 0, 0, STORE_READ, &flags,
			      &rest, &store, &err);
	if (rc > 0)
		return rc == 1 ? 0 : 2;
	if (rc == 0 && parse_sort(verb, flags.sort, &sort) != 0)
		return 2;
	if (rc == 0)
		rc = image_flags_json(&flags) ? print_json(store, &err)
					      : print_text(store, &flags, sort,
								   &err);
	return rc < 0 ? fail(&err) : 0;
}

const struct verb verb_tree = {
	"tree", "[OPTIONS]",
	"Draw the parent/child tree of all images.", opts, run,
};
