/* Knows how the place of an image among the others is told. */
#include "view/views.h"

#include <string.h>

static void add_names(const struct image *image, const struct plan_view *view,
		      struct rows *out)
{
	AUTO(buf_release) struct buf text = BUF_INIT;

	for (size_t i = 0; i < image->tags.count; i++)
		buf_addf(&text, "%s%s", i ? " " : "", image->tags.items[i]);
	view_fact(out, view, "tags", image->tags.count ? STYLE_TAG :
							 STYLE_LATE,
		  image->tags.count	   ? text.data :
		  image_is_dangling(image) ? "none: it is dangling" :
					     "none: what a step left");
}

/* Never is what the layers tell passed off as a recorded link. */
static void add_parent(struct image *const *images,
		       const struct lineage *lineage, size_t index,
		       const struct plan_view *view, struct rows *out)
{
	const struct lineage_image *place = &lineage->images[index];
	const struct image *up = place->parent == LINEAGE_NONE ?
		NULL : images[place->parent];
	AUTO_FREE char *text = NULL;

	if (up)
		text = mem_printf("%.*s%s%s, %s", DIGEST_SHORT,
				  DIGEST_HEX(&up->id),
				  up->tags.count ? " " : "",
				  up->tags.count ? up->tags.items[0] : "",
				  place->by_layers ?
				  "by its layers: no parent is recorded" :
				  "its recorded parent");
	else if (digest_is_set(&images[index]->parent))
		text = mem_printf("nothing: its recorded parent %.*s is not "
				  "here", DIGEST_SHORT,
				  DIGEST_HEX(&images[index]->parent));
	else
		text = mem_strdup("nothing: no parent is recorded, none is "
				  "found by its layers");
	view_fact(out, view, "stands on", STYLE_PLAIN, text);
}

static void add_sizes(struct store *store, struct image *const *images,
		      const struct lineage *lineage, size_t index,
		      const struct plan_view *view, struct rows *out)
{
	int64_t bytes = image_own_size(store, images, lineage, index);
	AUTO_FREE char *own = text_size(bytes);
	AUTO_FREE char *total = NULL, *text = NULL;
	unsigned holders = lineage->images[index].holders;
	struct err err = ERR_INIT;
	uint64_t all;

	if (store_image_size(store, images[index], &all, &err) < 0) {
		view_fact(out, view, "size", STYLE_ERROR, err.msg);
		return;
	}
	total = text_size((int64_t)all);
	text = holders > 1 ?
		mem_printf("%s own, %s in all; its layers are in %u images",
			   own, total, holders) :
		mem_printf("%s own, %s in all", own, total);
	view_fact(out, view, "size", STYLE_PLAIN, text);
}

/* Whose images are repeated here, it alone knows its containers. */
static const char *nothing_keeps(const struct store *store,
				 const struct image *image)
{
	if (store_is_mirror(store))
		return image->tags.count ?
			"by its name, and by containers that the daemon knows" :
			"by nothing but containers that the daemon knows";
	return image->tags.count ?
		"by its name alone: rmi removes it, prune does not" :
		"by nothing: prune and rmi remove it";
}

static void add_keepers(struct store *store, const struct image *image,
			const struct plan_view *view, struct rows *out)
{
	AUTO(strv_release) struct strv kept = { 0 };
	struct err err = ERR_INIT;

	/* The screen keeps a store open, and containers come and go. */
	store_look_again(store);
	if (store_kept_by(store, image, &kept, &err) < 0) {
		view_fact(out, view, "kept", STYLE_ERROR, err.msg);
		return;
	}
	for (size_t i = 0; i < kept.count; i++)
		view_fact(out, view, i ? "" : "kept", STYLE_PLAIN,
			  kept.items[i]);
	if (!kept.count)
		view_fact(out, view, "kept", STYLE_PLAIN,
			  nothing_keeps(store, image));
}

void view_place(struct store *store, struct image *const *images,
		const struct lineage *lineage, size_t index,
		const struct plan_view *view, struct rows *out)
{
	const struct image *image = images[index];

	view_fact(out, view, "image", STYLE_ID,
		  view->fixed ? "#" : DIGEST_HEX(&image->id));
	add_names(image, view, out);
	add_parent(images, lineage, index, view, out);
	add_sizes(store, images, lineage, index, view, out);
	add_keepers(store, image, view, out);
}
