/* varve images: docker's table of images. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/image_flags.h"
#include "cli/print.h"
#include "spec/gofmt.h"
#include "spec/reference.h"

static const struct opt opts[] = {
	ROOT_ROW,
	IMAGE_FLAG('a', "all", OPT_BOOL, all, NULL, "Show intermediate images too"),
	IMAGE_FLAG('q', "quiet", OPT_BOOL, quiet, NULL, "Only show image IDs"),
	IMAGE_FLAG(0, "no-trunc", OPT_BOOL, no_trunc, NULL, "Do not cut IDs"),
	IMAGE_FLAG('f', "filter", OPT_LIST, filters, "KEY=VALUE",
		   "dangling=true|false, reference=NAME"),
	FORMAT_ROW,
	OPT_END,
};

/* One line of the table: an image under one of its references. */
struct line {
	struct image *image;
	const char *ref; /* familiar, or NULL: <none> */
	struct moment created;
	uint64_t size;
};

struct lines {
	struct line *items;
	size_t count;
};

static int newest_first(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int order = gofmt_time_compare(y->created, x->created);

	if (order)
		return order;
	order = strcmp(x->image->id.text, y->image->id.text);
	if (order || !x->ref || !y->ref)
		return order;
	return strcmp(x->ref, y->ref);
}

static bool passes(const struct image_flags *flags, const struct image *image,
		   const char *ref, const char *name)
{
	bool dangling = !ref && image->child_count == 0;

	for (size_t i = 0; i < flags->filters.count; i++) {
		const char *filter = flags->filters.items[i];

		if (strcmp(filter, "dangling=true") == 0 && !dangling)
			return false;
		if (strcmp(filter, "dangling=false") == 0 && dangling)
			return false;
		if (strncmp(filter, "reference=", 10) == 0)
			name = filter + 10;
	}
	if (!name)
		return true;
	return ref && (strcmp(ref, name) == 0 ||
		       (strncmp(ref, name, strlen(name)) == 0 &&
			ref[strlen(name)] == ':'));
}

/* As docker: a digest is listed only where its repository has no tag. */
static bool is_shadowed(const struct image *image, const char *ref)
{
	size_t len = strcspn(ref, "@");

	if (!ref[len])
		return false;
	for (size_t i = 0; i < image->tags.count; i++) {
		const char *other = image->tags.items[i];

		if (strncmp(other, ref, len) == 0 && other[len] == ':' &&
		    !strchr(other + len, '/'))
			return true;
	}
	return false;
}

static int add_image(struct store *store, const struct image_flags *flags,
		     struct image *image, const char *name,
		     struct lines *lines, struct err *err)
{
	const struct image_config *config = store_config(store, image, err);
	struct line line = { .image = image };

	if (!config || store_image_size(store, image, &line.size, err) < 0)
		return -1;
	line.created = config->created;
	for (size_t i = 0; i < image->tags.count; i++) {
		line.ref = image->tags.items[i];
		if (!is_shadowed(image, line.ref) &&
		    passes(flags, image, line.ref, name))
			MEM_PUSH(lines->items, lines->count) = line;
	}
	line.ref = NULL;
	if (image->tags.count == 0 &&
	    (flags->all || image->child_count == 0) &&
	    passes(flags, image, NULL, name))
		MEM_PUSH(lines->items, lines->count) = line;
	return 0;
}

static void split_ref(const char *ref, char **repository, const char **tag)
{
	const char *slash, *colon;

	if (!ref) {
		*repository = mem_strdup("<none>");
		*tag = "<none>";
		return;
	}
	slash = strrchr(ref, '/');
	colon = strchr(slash ? slash : ref, '@');
	*tag = "<none>";
	if (!colon) {
		colon = strrchr(slash ? slash : ref, ':');
		*tag = colon ? colon + 1 : "<none>";
	}
	*repository = colon ? mem_strndup(ref, (size_t)(colon - ref))
			    : mem_strdup(ref);
}

static void print_table(const struct lines *lines,
			const struct image_flags *flags)
{
	static const char *const head[] = { "REPOSITORY", "TAG", "IMAGE ID",
					    "CREATED", "SIZE" };
	struct table table = { .columns = 5 };
	struct moment now = gofmt_now();

	for (size_t i = 0; i < 5; i++)
		strv_add(&table.cells, head[i]);
	for (size_t i = 0; i < lines->count; i++) {
		const struct line *line = &lines->items[i];
		AUTO_FREE char *repository = NULL;
		char age[48], size[32];
		const char *tag;

		split_ref(line->ref, &repository, &tag);
		gofmt_age(age, now.sec - line->created.sec);
		gofmt_size(size, (double)line->size, 3);
		strv_add(&table.cells, repository);
		strv_add(&table.cells, tag);
		strv_take(&table.cells,
			  flags->no_trunc
				  ? mem_strdup(line->image->id.text)
				  : mem_printf("%.12s",
					       DIGEST_HEX(&line->image->id)));
		strv_add(&table.cells, age);
		strv_add(&table.cells, size);
	}
	table_print(stdout, &table);
	strv_release(&table.cells);
}

static void print_json(const struct lines *lines)
{
	json_t *array = json_array();

	for (size_t i = 0; i < lines->count; i++) {
		const struct line *line = &lines->items[i];
		AUTO_FREE char *repository = NULL;
		char created[40];
		const char *tag;

		split_ref(line->ref, &repository, &tag);
		gofmt_time(line->created, created);
		json_array_append_new(array, json_pack(
			"{s:s, s:s, s:s, s:s, s:s, s:I}",
			"repository", repository, "tag", tag,
			"id", line->image->id.text,
			"parent", line->image->parent.text,
			"created", created, "size", (json_int_t)line->size));
	}
	json_dumpf(array, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(array);
}

static void print_ids(const struct lines *lines, bool full)
{
	for (size_t i = 0; i < lines->count; i++) {
		const struct digest *id = &lines->items[i].image->id;

		if (full)
			puts(id->text);
		else
			printf("%.12s\n", DIGEST_HEX(id));
	}
}

static int collect(struct store *store, const struct image_flags *flags,
		   const char *name, struct lines *lines, struct err *err)
{
	struct image *const *images;
	size_t count;

	if (store_images(store, &images, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (add_image(store, flags, images[i], name, lines, err) < 0)
			return -1;
	if (lines->count)
		qsort(lines->items, lines->count, sizeof(*lines->items),
		      newest_first);
	return 0;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(image_flags_release) struct image_flags flags = { 0 };
	AUTO(image_verb_end) struct store *store = NULL;
	struct lines lines = { 0 };
	struct err err = ERR_INIT;
	int rest, rc;

	rc = image_verb_start(verb, argc, argv, 0, 1, STORE_READ, &flags,
			      &rest, &store, &err);
	if (rc > 0)
		return rc == 1 ? 0 : 2;
	if (rc < 0 || collect(store, &flags, rest < argc ? argv[rest] : NULL,
			      &lines, &err) < 0) {
		free(lines.items);
		return fail(&err);
	}
	if (flags.quiet)
		print_ids(&lines, flags.no_trunc);
	else if (image_flags_json(&flags))
		print_json(&lines);
	else
		print_table(&lines, &flags);
	free(lines.items);
	return 0;
}

const struct verb verb_images = {
	"images", "[OPTIONS] [REPOSITORY[:TAG]]",
	"List the images of a store.", opts, run,
};
