/* varve files: the files of an image or of one of its layers. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "cli/image_files.h"
#include "cli/print.h"
#include "engine/extract.h"
#include "store/pack.h"
#include "view/files.h"

static const struct opt opts[] = {
	ROOT_ROW,
	PACK_ROW,
	IMAGE_FLAG(0, "layer", OPT_STRING, layer, "N|ID",
		   "Up to this layer, 1: bottom; shows its changes"),
	IMAGE_FLAG(0, "changes", OPT_BOOL, only_changes, NULL,
		   "Only what the layer holds or takes away"),
	IMAGE_FLAG(0, "aggregate", OPT_BOOL, aggregate, NULL,
		   "All files, compared with the bottom layer (default)"),
	IMAGE_FLAG(0, "sort", OPT_STRING, sort, "name|size", "Order"),
	IMAGE_FLAG(0, "filter", OPT_COMMAS, kinds, "KINDS",
		   "Only added, changed, removed, same"),
	IMAGE_FLAG(0, "min-size", OPT_BYTES, min_size, "BYTES",
		   "Only files and directories of this size"),
	IMAGE_FLAG(0, "match", OPT_STRING, match, "WORDS",
		   "Only what all words hold for: kind:, type:, size>, size<, "
		   "owner:, path:, part of a path"),
	IMAGE_FLAG(0, "cat", OPT_STRING, cat, "PATH", "Write a file to stdout"),
	IMAGE_FLAG(0, "extract", OPT_STRING, extract, "PATH",
		   "Write PATH with all below it into the directory DEST"),
	IMAGE_FLAG(0, "color", OPT_STRING, color, "auto|always|never", "Colours"),
	FORMAT_ROW,
	OPT_END,
};

#define KIND_COUNT 4

/* What is to be shown, once the layers are read. */
struct show {
	const struct image_flags *flags;
	struct image_layers layers;
	bool changes;
	struct files *old, *now;
	uint32_t top;
	struct files_view view;
	struct files_filter filter;
};

static void show_release(struct show *show)
{
	image_layers_release(&show->layers);
	files_filter_release(&show->filter);
	files_free(show->old);
	files_free(show->now);
}
AUTO_DEFINE_IN_PLACE(struct show, show_release)

static int parse_kinds(const struct verb *verb, const struct strv *kinds,
		       unsigned *out)
{
	for (size_t i = 0; i < kinds->count; i++) {
		unsigned kind = 0;

		while (kind < KIND_COUNT &&
		       strcmp(kinds->items[i], file_state_word(kind)) != 0)
			kind++;
		if (kind == KIND_COUNT)
			return usage_error(verb, "invalid value '%s' for "
					   "--filter: added, changed, removed "
					   "or same", kinds->items[i]);
		*out |= FILES_KIND(kind);
	}
	return 0;
}

static int check(const struct verb *verb, struct show *show)
{
	const struct image_flags *flags = show->flags;
	struct err wrong = ERR_INIT;

	if (flags->sort && strcmp(flags->sort, "name") != 0 &&
	    strcmp(flags->sort, "size") != 0)
		return usage_error(verb, "invalid value '%s' for --sort: name "
				   "or size", flags->sort);
	if (flags->only_changes && flags->aggregate)
		return usage_error(verb, "--changes and --aggregate exclude "
				   "each other");
	if (flags->cat && flags->extract)
		return usage_error(verb, "--cat and --extract exclude each "
				   "other");
	show->changes = flags->only_changes ||
			(flags->layer && !flags->aggregate);
	show->view = (struct files_view){
		.ascii = print_ascii(), .only_layer = -1,
		.by_size = flags->sort && strcmp(flags->sort, "size") == 0,
		.filter = &show->filter,
	};
	if (flags->match &&
	    files_filter_parse(flags->match, &show->filter, &wrong) < 0)
		return usage_error(verb, "invalid value for --match: %s",
				   wrong.msg);
	if (flags->min_size > 0)
		show->filter.min_size = (uint64_t)flags->min_size;
	return parse_kinds(verb, &flags->kinds, &show->filter.kinds);
}

/* How many of the layers are what is compared with. */
static size_t below(const struct show *show)
{
	size_t count = show->layers.count;

	return count == 0 ? 0 : show->changes ? count - 1 : 1;
}

static int save_names(struct store *store, const struct show *show,
		      struct err *err)
{
	const struct image_layers *layers = &show->layers;
	AUTO(files_free) struct files *old = NULL;
	AUTO(files_free) struct files *now = NULL;

	if (files_load_names(store, layers->layers, layers->count,
			     below(show), &old, &now, err) < 0)
		return -1;
	return image_files_names(show->flags->pack, old, now, err);
}

static int load(struct store *store, struct show *show, struct err *err)
{
	const struct image_layers *layers = &show->layers;

	if (files_load_both(store, layers->layers, layers->count,
			    below(show), &show->old, &show->now, err) < 0 ||
	    files_compare(show->old, show->now, err) < 0)
		return -1;
	files_count_totals(show->now);
	show->view.old = show->old;
	if (show->changes)
		show->view.only_layer = (int)layers->count - 1;
	return 0;
}

static int find_top(struct show *show, const char *path, struct err *err)
{
	if (files_find(show->now, path, &show->top) == 1)
		return 0;
	return err_set(err, ERR_NOT_FOUND, "no such file in the image: '%s'",
		       path);
}

static void print_text(const struct show *show, const struct files_list *list)
{
	bool color = print_in_color(stdout, show->flags->color);

	for (size_t i = 0; i < list->count; i++) {
		AUTO(rows_release) struct rows rows = { 0 };

		files_row(show->now, &show->view, &list->items[i],
			  rows_add(&rows, (int)list->items[i].at));
		print_rows(stdout, &rows, color);
	}
}

static int print_json(const struct show *show, const struct files_list *list,
		      struct err *err)
{
	AUTO(buf_release) struct buf out = BUF_INIT;

	buf_adds(&out, "{");
	json_number(&out, "format", 1);
	json_text(&out, "image", show->layers.image->id.text);
	json_number(&out, "layer", show->layers.count);
	json_text(&out, "mode", show->changes ? "changes" : "aggregate");
	buf_adds(&out, ", \"files\": [");
	for (size_t i = 0; i < list->count; i++) {
		buf_adds(&out, i ? ",\n " : "\n ");
		if (file_json(show->now, show->old, list->items[i].at, &out,
			      err) < 0)
			return -1;
		fwrite(out.data, 1, out.len, stdout);
		buf_clear(&out);
	}
	printf("%s%s]}\n", out.len ? out.data : "", list->count ? "\n" : "");
	return 0;
}

static int list_files(struct store *store, struct show *show,
		      const char *path, struct err *err)
{
	AUTO(files_list_release) struct files_list list = { 0 };

	if (show->flags->pack && save_names(store, show, err) < 0)
		return -1;
	if (load(store, show, err) < 0)
		return -1;
	if (show->flags->pack)
		return pack_save(show->old, show->now, NULL,
				 show->flags->pack, err);
	if (find_top(show, path, err) < 0)
		return -1;
	files_list_make(show->now, show->top, &show->view, &list);
	if (image_flags_json(show->flags))
		return print_json(show, &list, err);
	print_text(show, &list);
	return 0;
}

/* ---- one file ---- */

static int resolve(struct store *store, const struct show *show,
		   const char *path, bool follow_last, struct tree **tree,
		   char **resolved, const struct node **node,
		   struct err *err)
{
	size_t count = show->layers.count;
	int found;

	if (store_tree(store, count ? &show->layers.layers[count - 1]->chain_id
				    : NULL, tree, err) < 0)
		return -1;
	found = tree_resolve(*tree, path, follow_last, resolved, node, err);
	if (found == 0)
		return err_set(err, ERR_NOT_FOUND, "no such file in the "
			       "image: '%s'", path);
	return found < 0 ? -1 : 0;
}

static int cat_file(struct store *store, const struct show *show,
		    struct err *err)
{
	AUTO(tree_free) struct tree *tree = NULL;
	AUTO_FREE char *resolved = NULL;
	const struct node *node;
	AUTO_FD int fd = -1;
	char bytes[65536];
	ssize_t n;

	if (resolve(store, show, show->flags->cat, true, &tree, &resolved,
		    &node, err) < 0)
		return -1;
	fd = tree_open(tree, node, err);
	if (fd < 0)
		return -1;
	while ((n = read(fd, bytes, sizeof(bytes))) != 0) {
		if (n < 0)
			return err_sys(err, errno, "cannot read '/%s'",
				       resolved);
		if (fs_write_all(STDOUT_FILENO, bytes, (size_t)n, err) < 0)
			return -1;
	}
	return 0;
}

static int extract(struct store *store, struct show *show, const char *dest,
		   struct err *err)
{
	AUTO(extracted_release) struct extracted done = { 0 };
	AUTO(tree_free) struct tree *tree = NULL;
	AUTO_FREE char *resolved = NULL;
	const struct node *node;

	if (resolve(store, show, show->flags->extract, false, &tree,
		    &resolved, &node, err) < 0 ||
	    files_load(store, show->layers.layers, show->layers.count, NULL,
		       &show->now, err) < 0 ||
	    find_top(show, resolved, err) < 0 ||
	    extract_files(show->now, show->top, dest, &done, err) < 0)
		return -1;
	for (size_t i = 0; i < done.skipped.count; i++) {
		AUTO_FREE char *path = text_line(
			done.skipped.items[i], strlen(done.skipped.items[i]));

		fprintf(stderr, "varve: '/%s' is left out: not a file, "
			"directory or link\n", path);
	}
	return 0;
}

static int act(struct store *store, struct show *show, char **operands,
	       struct err *err)
{
	size_t layer;

	if (image_layers_find(store, operands[0], &show->layers, err) < 0)
		return -1;
	if (show->flags->layer) {
		if (image_layers_number(store, &show->layers,
					show->flags->layer, &layer, err) < 0)
			return -1;
		show->layers.count = layer + 1;
	}
	if (show->flags->cat)
		return cat_file(store, show, err);
	if (show->flags->extract)
		return extract(store, show, operands[1], err);
	return list_files(store, show, operands[1] ? operands[1] : "/", err);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(image_flags_release) struct image_flags flags = { 0 };
	AUTO(image_verb_end) struct store *store = NULL;
	AUTO(show_release) struct show show = { .flags = &flags };
	struct err err = ERR_INIT;
	int rest, rc;

	files_filter_init(&show.filter);
	rc = image_verb_start(verb, argc, argv, 1, 2, STORE_READ, &flags,
			      &rest, &store, &err);
	if (rc > 0)
		return rc == 1 ? 0 : 2;
	if (rc < 0)
		return fail(&err);
	if (check(verb, &show) != 0)
		return 2;
	if (flags.extract && argc - rest < 2)
		return usage_error(verb, "--extract takes a directory to "
				   "write to: IMAGE DEST");
	rc = act(store, &show, argv + rest, &err);
	return rc < 0 ? fail(&err) : 0;
}

const struct verb verb_files = {
	"files", "[OPTIONS] IMAGE [PATH]",
	"Show the files of an image, or what one layer changes.", opts, run,
};
