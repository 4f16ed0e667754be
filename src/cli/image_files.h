/* What files, diff, blame and waste have in common: the layers of an image. */
#pragma once

#include "cli/image_flags.h"
#include "store/files.h"

struct image_layers {
	struct image *image;
	const struct image_config *config;
	const struct layer **layers; /* bottom first; the list is owned */
	size_t count;
};
void image_layers_release(struct image_layers *layers);
AUTO_DEFINE_IN_PLACE(struct image_layers, image_layers_release)
/* NAME, or NAME#LAYER: only up to that layer. */
int image_layers_find(struct store *store, const char *name,
		      struct image_layers *out, struct err *err);
/* text: 1 for the bottom layer and so on, or the beginning of a diff ID, a
 * chain ID or the ID of an image of the chain. */
int image_layers_number(struct store *store,
			const struct image_layers *layers, const char *text,
			size_t *out, struct err *err);
/* "RUN make" of the step that made a layer; "?" if not recorded. Owned. */
char *image_layers_step(const struct image_layers *layers, size_t layer);

/* For a screen, which has something to show while the rest is read: of many
 * files a pack of the names, beside the one that is to come, and a line that
 * says so. Both were loaded as names. */
int image_files_names(const char *pack, const struct files *old,
		      struct files *now, struct err *err);

/* Appends "key": and a JSON string; first: no comma before it. */
void json_text(struct buf *out, const char *key, const char *text);
void json_number(struct buf *out, const char *key, uint64_t number);
/* One file as a JSON object: what model and old know of it. */
int file_json(const struct files *files, const struct files *old,
	      uint32_t at, struct buf *out, struct err *err);
