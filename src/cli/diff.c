/* varve diff: what differs between the files of two images. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/image_files.h"
#include "cli/print.h"
#include "store/pack.h"
#include "view/files.h"

static const struct opt opts[] = {
	ROOT_ROW,
	PACK_ROW,
	IMAGE_FLAG(0, "match", OPT_STRING, match, "WORDS",
		   "Only what all words hold for, as with files"),
	IMAGE_FLAG(0, "color", OPT_STRING, color, "auto|always|never", "Colours"),
	IMAGE_FLAG(0, "format", OPT_STRING, format, "text|json|docker",
		   "Output format; docker: the letters A, C, D"),
	OPT_END,
};

struct sides {
	struct image_layers a, b;
	struct files *old, *now;
};

/* An image alone is compared with its parent, or without its last layer. */
static int find_below(struct store *store, struct sides *sides,
		      struct err *err)
{
	const struct image_layers *b = &sides->b;

	if (digest_is_set(&b->image->parent) &&
	    b->count == b->config->diff_id_count)
		return image_layers_find(store, b->image->parent.text,
					 &sides->a, err);
	sides->a = *b;
	sides->a.layers = b->count ? mem_dup(b->layers, b->count *
					     sizeof(*b->layers)) : NULL;
	sides->a.count = b->count ? b->count - 1 : 0;
	return 0;
}

static int find(struct store *store, char **names, struct sides *sides,
		struct err *err)
{
	const char *last = names[1] ? names[1] : names[0];

	if (image_layers_find(store, last, &sides->b, err) < 0)
		return -1;
	return names[1] ? image_layers_find(store, names[0], &sides->a, err)
			: find_below(store, sides, err);
}

static int load_names(struct store *store, const struct image_layers *side,
		      struct files **out, struct err *err)
{
	AUTO(files_free) struct files *none = NULL;

	return files_load_names(store, side->layers, side->count, 0, &none,
				out, err);
}

static int save_names(struct store *store, const struct sides *sides,
		      const char *pack, struct err *err)
{
	AUTO(files_free) struct files *old = NULL;
	AUTO(files_free) struct files *now = NULL;

	if (load_names(store, &sides->a, &old, err) < 0 ||
	    load_names(store, &sides->b, &now, err) < 0)
		return -1;
	return image_files_names(pack, old, now, err);
}

static int load(struct store *store, struct sides *sides, struct err *err)
{
	if (files_load(store, sides->a.layers, sides->a.count, NULL,
		       &sides->old, err) < 0 ||
	    files_load(store, sides->b.layers, sides->b.count, NULL,
		       &sides->now, err) < 0)
		return -1;
	if (files_compare(sides->old, sides->now, err) < 0)
		return -1;
	files_count_totals(sides->now);
	return 0;
}

static bool removed_above(const struct files *files, uint32_t at)
{
	const struct file *file = &files->items[at];

	return file->state == FILE_REMOVED &&
	       files->items[file->parent].state == FILE_REMOVED;
}

/* docker diff: directories above a change count as changed; of what was
 * removed only the topmost is named. */
static void print_docker(const struct files *files,
			 const struct files_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		uint32_t at = list->items[i].at;
		AUTO_FREE char *path = files_path(files, at);
		AUTO_FREE char *safe = text_safe(path, strlen(path));

		if (!removed_above(files, at))
			printf("%c /%s\n", "CACD"[files->items[at].state],
			       safe);
	}
}

static void print_text(const struct files *files, const struct files *old,
		       const struct files_list *list,
		       const struct image_flags *flags)
{
	struct files_view view = { .ascii = print_ascii(), .old = old };
	bool color = print_in_color(stdout, flags->color);

	for (size_t i = 0; i < list->count; i++) {
		AUTO(rows_release) struct rows rows = { 0 };
		uint32_t at = list->items[i].at;

		if (files->items[at].state == FILE_SAME)
			continue;
		files_diff_row(files, &view, at, rows_add(&rows, (int)at));
		print_rows(stdout, &rows, color);
	}
}

static void add_side(struct buf *out, const char *key,
		     const struct image_layers *side)
{
	buf_addf(out, ", \"%s\": {", key);
	json_text(out, "image", side->image->id.text);
	json_number(out, "layers", side->count);
	buf_addc(out, '}');
}

static int print_json(const struct sides *sides,
		      const struct files_list *list, struct err *err)
{
	AUTO(buf_release) struct buf out = BUF_INIT;
	const char *comma = "";

	buf_addc(&out, '{');
	json_number(&out, "format", 1);
	add_side(&out, "from", &sides->a);
	add_side(&out, "to", &sides->b);
	buf_adds(&out, ", \"files\": [");
	for (size_t i = 0; i < list->count; i++) {
		uint32_t at = list->items[i].at;

		if (sides->now->items[at].state == FILE_SAME)
			continue;
		buf_addf(&out, "%s\n ", comma);
		comma = ",";
		if (file_json(sides->now, sides->old, at, &out, err) < 0)
			return -1;
		fwrite(out.data, 1, out.len, stdout);
		buf_clear(&out);
	}
	printf("%s%s]}\n", out.len ? out.data : "", *comma ? "\n" : "");
	return 0;
}

static int show(const struct sides *sides, const struct image_flags *flags,
		struct err *err)
{
	AUTO(files_filter_release) struct files_filter filter;
	struct files_view view = { .only_layer = -1, .filter = &filter };
	AUTO(files_list_release) struct files_list list = { 0 };
	int rc = 0;

	files_filter_init(&filter);
	if (flags->pack)
		return pack_save(sides->old, sides->now, NULL, flags->pack,
				 err);
	if (flags->match && files_filter_parse(flags->match, &filter,
					       err) < 0)
		return err_wrap(err, "--match");
	if (!filter.kinds)
		filter.kinds = FILES_DIFFERS;
	files_list_make(sides->now, 0, &view, &list);
	if (image_flags_json(flags))
		rc = print_json(sides, &list, err);
	else if (flags->format && strcmp(flags->format, "docker") == 0)
		print_docker(sides->now, &list);
	else
		print_text(sides->now, sides->old, &list, flags);
	return rc;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(image_flags_release) struct image_flags flags = { 0 };
	AUTO(image_verb_end) struct store *store = NULL;
	struct sides sides = { 0 };
	struct err err = ERR_INIT;
	int rest, rc;

	rc = image_verb_start(verb, argc, argv, 1, 2, STORE_READ, &flags,
			      &rest, &store, &err);
	if (rc > 0)
		return rc == 1 ? 0 : 2;
	if (rc == 0)
		rc = find(store, argv + rest, &sides, &err);
	if (rc == 0 && flags.pack)
		rc = save_names(store, &sides, flags.pack, &err);
	if (rc == 0)
		rc = load(store, &sides, &err);
	if (rc == 0)
		rc = show(&sides, &flags, &err);
	image_layers_release(&sides.a);
	image_layers_release(&sides.b);
	files_free(sides.old);
	files_free(sides.now);
	return rc < 0 ? fail(&err) : 0;
}

const struct verb verb_diff = {
	"diff", "[OPTIONS] [IMAGE[#LAYER]] IMAGE[#LAYER]",
	"Show what differs between two images, or an image and its parent.",
	opts, run,
};
