/* varve history: the layers of an image, newest first, with their image IDs. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/image_flags.h"
#include "cli/jansson_text.h"
#include "cli/print.h"
#include "spec/gofmt.h"

static const struct opt opts[] = {
	ROOT_ROW,
	IMAGE_FLAG('q', "quiet", OPT_BOOL, quiet, NULL, "Only show image IDs"),
	IMAGE_FLAG(0, "no-trunc", OPT_BOOL, no_trunc, NULL,
		   "Do not cut IDs and commands"),
	IMAGE_FLAG('H', "human", OPT_BOOL, human, NULL,
		   "Sizes and dates for people (default)"),
	FORMAT_ROW,
	OPT_END,
};

#define CREATED_BY_WIDTH 45

struct line {
	struct digest id; /* unset: <missing> */
	const struct history *entry;
	uint64_t size;
};

/* IDs follow the parent links from the newest entry down (store.md 2). */
static int name_lines(struct store *store, struct image *image,
		      struct line *lines, size_t count, struct err *err)
{
	for (size_t i = 0; i < count && image; i++) {
		int found;

		lines[i].id = image->id;
		if (!digest_is_set(&image->parent))
			return 0;
		found = store_image(store, &image->parent, &image, err);
		if (found <= 0)
			return found;
	}
	return 0;
}

static int make_lines(struct store *store, struct image *image,
		      struct line **out, size_t *count, struct err *err)
{
	const struct image_config *config = store_config(store, image, err);
	AUTO_FREE const struct layer **layers = NULL;
	size_t layer_count, layer = 0;
	struct line *lines;

	if (!config || store_layers_of(store, config, &layers, &layer_count,
				       err) < 0)
		return -1;
	lines = mem_array(config->history_count, sizeof(*lines));
	for (size_t i = 0; i < config->history_count; i++) {
		struct line *line = &lines[config->history_count - 1 - i];

		line->entry = &config->history[i];
		if (!line->entry->empty_layer && layer < layer_count)
			line->size = layers[layer++]->size;
	}
	*out = lines;
	*count = config->history_count;
	return name_lines(store, image, lines, *count, err);
}

static char *cut(const char *text, bool whole)
{
	char *flat = text_safe(text, strlen(text));

	for (char *p = flat; *p; p++)
		if (*p == '\t')
			*p = ' ';
	if (!whole && text_width(flat) > CREATED_BY_WIDTH) {
		char *fit = text_fit(flat, CREATED_BY_WIDTH, false, false);

		free(flat);
		return fit;
	}
	return flat;
}

static char *age_of(const char *created, int64_t now)
{
	struct moment when;
	char age[48];

	if (!gofmt_time_parse(created, &when))
		return mem_strdup("");
	gofmt_age(age, now - when.sec);
	return mem_strdup(age);
}

static void print_table(const struct line *lines, size_t count,
			const struct image_flags *flags)
{
	static const char *const head[] = { "IMAGE", "CREATED", "CREATED BY",
					    "SIZE", "COMMENT" };
	struct table table = { .columns = 5 };
	int64_t now = gofmt_now().sec;

	for (size_t i = 0; i < 5; i++)
		strv_add(&table.cells, head[i]);
	for (size_t i = 0; i < count; i++) {
		const struct line *line = &lines[i];
		char size[32];

		if (!digest_is_set(&line->id))
			strv_add(&table.cells, "<missing>");
		else
			strv_take(&table.cells,
				  flags->no_trunc
					? mem_strdup(line->id.text)
					: mem_printf("%.12s",
						     DIGEST_HEX(&line->id)));
		strv_take(&table.cells, age_of(line->entry->created, now));
		strv_take(&table.cells, cut(line->entry->created_by,
					    flags->no_trunc));
		gofmt_size(size, (double)line->size, 3);
		strv_add(&table.cells, size);
		strv_take(&table.cells, cut(line->entry->comment, true));
	}
	table_print(stdout, &table);
	strv_release(&table.cells);
}

static void print_json(const struct line *lines, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++) {
		const struct history *entry = lines[i].entry;

		json_array_append_new(array, json_pack(
			"{s:s?, s:s, s:o, s:o, s:I, s:b}",
			"id", digest_is_set(&lines[i].id) ? lines[i].id.text
							  : NULL,
			"created", entry->created,
			"created_by", jansson_text(entry->created_by),
			"comment", jansson_text(entry->comment),
			"size", (json_int_t)lines[i].size,
			"empty_layer", entry->empty_layer));
	}
	json_dumpf(array, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(array);
}

static void print_ids(const struct line *lines, size_t count, bool full)
{
	for (size_t i = 0; i < count; i++) {
		if (!digest_is_set(&lines[i].id))
			puts("<missing>");
		else
			printf("%.*s\n", full ? 71 : DIGEST_SHORT,
			       full ? lines[i].id.text
				    : DIGEST_HEX(&lines[i].id));
	}
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(image_flags_release) struct image_flags flags = { .human = true };
	AUTO(image_verb_end) struct store *store = NULL;
	AUTO_FREE struct line *lines = NULL;
	struct err err = ERR_INIT;
	struct image *image;
	size_t count;
	int rest, rc;

	rc = image_verb_start(verb, argc, argv, 1, 1, STORE_READ, &flags,
			      &rest, &store, &err);
	if (rc > 0)
		return rc == 1 ? 0 : 2;
	if (rc < 0 || image_verb_find(store, argv[rest], &image, &err) < 0 ||
	    make_lines(store, image, &lines, &count, &err) < 0)
		return fail(&err);
	if (flags.quiet)
		print_ids(lines, count, flags.no_trunc);
	else if (image_flags_json(&flags))
		print_json(lines, count);
	else
		print_table(lines, count, &flags);
	return 0;
}

const struct verb verb_history = {
	"history", "[OPTIONS] IMAGE",
	"Show what laid down each layer of an image.", opts, run,
};
