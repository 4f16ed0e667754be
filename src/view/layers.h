/*
 * What is told of the layers of an image: the list of them, who touched a
 * path, which bytes are lost and which step to change. The same rows on the
 * command line and on the screen.
 */
#pragma once

#include "store/blame.h"
#include "store/files.h"
#include "store/waste.h"
#include "view/row.h"
#include "view/waste_groups.h"

/* Whose layers: lines[n] is the Dockerfile's line that makes layer n and
 * texts[n] its words, 0: not known; NULL: none is. */
struct layer_steps {
	const struct image_config *config;
	const int *lines;
	size_t line_count;
	char *const *texts;
};
/* "RUN make" of the step that made a layer, by the Dockerfile or by the image;
 * "?" if not recorded. Owned. */
char *layer_step_words(const struct layer_steps *steps, size_t layer);

/* " 3  1.2 MB  RUN make"; size: of the layer. */
void view_layer(const struct layer_steps *steps, size_t layer, uint64_t size,
		struct row *out);
const char *blame_word(enum blame_what what);
/* What a layer changed of what the entry before left; "" if that is not
 * known. Owned. */
char *blame_changed(const struct blame_entry *entry,
		    const struct blame_entry *before);
/* A row for each layer that touched a path. */
void view_blame(const struct layer_steps *steps, const struct blame *blame,
		struct rows *out);
/* The sum; then the biggest `shown` groups of what is lost (0: all, with each
 * of their files), with cause and steps; then dive's figures, labelled. Words
 * go to the next row at width (0: never). A row's link is the index of the
 * item, tells a layer or, behind the items, the group. */
void view_waste(const struct layer_steps *steps, const struct waste *waste,
		const struct files *files, const struct waste_groups *groups,
		size_t shown, int width, struct rows *out);
#define WASTE_GROUP(waste, group) ((int)((waste)->count + (group)))
#define WASTE_SUM (-1)
#define WASTE_LAYER(layer) (-2 - (int)(layer))
/* What to change, as a sentence on layers by number. Owned. */
char *waste_advice(const struct layer_steps *steps,
		   const struct waste_item *item);
