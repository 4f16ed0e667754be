/* varve blame: the layers that touched a path, and the steps behind them. */
#include <stdio.h>
#include <string.h>

#include "cli/image_files.h"
#include "cli/print.h"
#include "store/blame.h"
#include "view/files.h"
#include "view/layers.h"

static const struct opt opts[] = {
	ROOT_ROW,
	IMAGE_FLAG(0, "color", OPT_STRING, color, "auto|always|never", "Colours"),
	FORMAT_ROW,
	OPT_END,
};

/* Links in the directories above are followed where the image has them. */
static int find(struct store *store, const struct image_layers *layers,
		const char *path, struct blame *out, struct err *err)
{
	AUTO(tree_free) struct tree *tree = NULL;
	AUTO_FREE char *resolved = NULL;
	const struct node *node = NULL;
	int found;

	if (store_tree(store, layers->count
		       ? &layers->layers[layers->count - 1]->chain_id : NULL,
		       &tree, err) < 0)
		return -1;
	found = tree_resolve(tree, path, false, &resolved, &node, err);
	if (found < 0 ||
	    blame_path(store, layers->layers, layers->count,
		       found ? resolved : path, UINT64_MAX, out, err) < 0)
		return -1;
	if (out->count == 0)
		return err_set(err, ERR_NOT_FOUND, "no layer of the image has "
			       "'%s'", path);
	return 0;
}

static void print_text(const struct image_layers *layers,
		       const struct blame *blame, bool color)
{
	AUTO(rows_release) struct rows rows = { 0 };
	struct layer_steps steps = { .config = layers->config };

	view_blame(&steps, blame, &rows);
	print_rows(stdout, &rows, color);
}

static void print_json(const struct image_layers *layers,
		       const struct blame *blame)
{
	AUTO(buf_release) struct buf out = BUF_INIT;

	buf_addc(&out, '[');
	for (size_t i = 0; i < blame->count; i++) {
		const struct blame_entry *entry = &blame->items[i];
		const struct history *step = layer_step(layers->config,
							entry->layer);
		char mode[12];

		buf_adds(&out, i ? ",\n {" : "\n {");
		json_number(&out, "layer", entry->layer + 1);
		json_text(&out, "diff_id",
			  layers->layers[entry->layer]->diff_id.text);
		json_text(&out, "what", blame_word(entry->what));
		if (entry->what != BLAME_REMOVED) {
			snprintf(mode, sizeof(mode), "%04o",
				 entry->st.st_mode & 07777u);
			json_text(&out, "type",
				  file_type_word(entry->st.st_mode));
			json_text(&out, "mode", mode);
			json_number(&out, "size",
				    S_ISREG(entry->st.st_mode)
				    ? (uint64_t)entry->st.st_size : 0);
		}
		if (i && entry->told) {
			AUTO_FREE char *changed =
				blame_changed(entry, &blame->items[i - 1]);

			json_text(&out, "changed", changed);
		}
		if (entry->with)
			json_text(&out, "with", entry->with);
		json_text(&out, "created_by", step ? step->created_by : NULL);
		buf_addc(&out, '}');
	}
	printf("%s\n]\n", out.data);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(image_flags_release) struct image_flags flags = { 0 };
	AUTO(image_verb_end) struct store *store = NULL;
	AUTO(image_layers_release) struct image_layers layers = { 0 };
	AUTO(blame_release) struct blame blame = { 0 };
	struct err err = ERR_INIT;
	int rest, rc;

	rc = image_verb_start(verb, argc, argv, 2, 2, STORE_READ, &flags,
			      &rest, &store, &err);
	if (rc > 0)
		return rc == 1 ? 0 : 2;
	if (rc < 0 || image_layers_find(store, argv[rest], &layers, &err) < 0 ||
	    find(store, &layers, argv[rest + 1], &blame, &err) < 0)
		return fail(&err);
	if (image_flags_json(&flags))
		print_json(&layers, &blame);
	else
		print_text(&layers, &blame,
			   print_in_color(stdout, flags.color));
	return 0;
}

const struct verb verb_blame = {
	"blame", "[OPTIONS] IMAGE PATH",
	"Show which layers touched a path, and the steps that made them.",
	opts, run,
};
