/* Knows how the layers of an image, and what they cost, look as rows. */
#include "view/layers.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "view/files.h"
#include "view/views.h"

char *layer_step_words(const struct layer_steps *steps, size_t layer)
{
	const struct history *step = layer_step(steps->config, layer);

	if (!step)
		return mem_strdup("?");
	return *step->created_by || !step->comment ?
		       created_by_words(step->created_by) :
		       mem_strdup(step->comment);
}

void view_layer(const struct layer_steps *steps, size_t layer, uint64_t size,
		struct row *out)
{
	AUTO_FREE char *words = layer_step_words(steps, layer);
	AUTO_FREE char *line = text_line(words, strlen(words));
	AUTO_FREE char *bytes = text_size((int64_t)size);

	row_addf(out, STYLE_PLAIN, "%3zu ", layer + 1);
	row_addf(out, STYLE_SIZE, "%7s  ", bytes);
	row_add(out, STYLE_PLAIN, line);
}

/* ---- blame ---- */

static const struct {
	const char *word;
	char glyph;
	enum style style;
} whats[] = {
	[BLAME_ADDED] = { "added", '+', STYLE_ADDED },
	[BLAME_CHANGED] = { "changed", '~', STYLE_CHANGED },
	[BLAME_REMOVED] = { "removed", '-', STYLE_REMOVED },
};

const char *blame_word(enum blame_what what)
{
	return whats[what].word;
}

static int line_of(const struct layer_steps *steps, size_t layer)
{
	return steps->lines && layer < steps->line_count ?
		       steps->lines[layer] : 0;
}

static void add_step(const struct layer_steps *steps, size_t layer,
		     enum style style, struct row *out)
{
	AUTO_FREE char *words = layer_step_words(steps, layer);
	AUTO_FREE char *text = text_line(words, strlen(words));

	if (line_of(steps, layer))
		row_addf(out, STYLE_KEY, "line %d: ", line_of(steps, layer));
	row_add(out, style, text);
}

void view_blame(const struct layer_steps *steps, const struct blame *blame,
		struct rows *out)
{
	for (size_t i = 0; i < blame->count; i++) {
		const struct blame_entry *entry = &blame->items[i];
		AUTO_FREE char *size = text_size(entry->st.st_size);
		struct row *row = rows_add(out, (int)entry->layer);
		enum style style = whats[entry->what].style;
		bool gone = entry->what == BLAME_REMOVED;
		char mode[11] = "";

		if (!gone)
			file_mode_text(entry->st.st_mode, mode);
		row_addf(row, style, "%c %-7s", whats[entry->what].glyph,
			 whats[entry->what].word);
		row_addf(row, STYLE_PLAIN, "  layer %-3zu", entry->layer + 1);
		row_addf(row, STYLE_DIM, " %-10s", mode);
		row_addf(row, STYLE_SIZE, " %8s  ",
			 S_ISREG(entry->st.st_mode) && !gone ? size : "");
		add_step(steps, entry->layer, STYLE_PLAIN, row);
		if (entry->with)
			row_addf(row, STYLE_DIM, "  (with /%s)", entry->with);
	}
}

/* ---- waste ---- */

char *waste_advice(const struct waste_item *item)
{
	switch ((enum waste_cause)item->cause) {
	case WASTE_OVERWRITTEN:
		return mem_printf("layer %d writes what layer %d wrote: make "
				  "it once", item->by + 1, item->made + 1);
	case WASTE_DELETED:
		return mem_printf("layer %d deletes what layer %d wrote: "
				  "delete it in the step that writes it",
				  item->by + 1, item->made + 1);
	case WASTE_METADATA:
		return mem_printf("layer %d only changes mode, owner or "
				  "attributes of what layer %d wrote: set "
				  "them there (COPY --chown)", item->by + 1,
				  item->made + 1);
	case WASTE_IDENTICAL:
		return mem_printf("layer %d puts the same file as layer %d: "
				  "leave one out", item->by + 1,
				  item->made + 1);
	case WASTE_CAUSES:
		break;
	}
	return mem_strdup("");
}

static void add_total(const struct waste *waste, struct rows *rows)
{
	AUTO_FREE char *bytes = text_size((int64_t)waste->bytes);
	AUTO_FREE char *total = text_size((int64_t)waste->total);
	struct row *row = rows_add(rows, -1);

	row_addf(row, STYLE_TITLE, "%s of %s wasted", bytes, total);
	for (size_t i = 0; i < WASTE_CAUSES; i++) {
		AUTO_FREE char *part = text_size((int64_t)waste->of_cause[i]);

		if (waste->of_cause[i])
			row_addf(row, STYLE_PLAIN, ", %s %s", part,
				 waste_cause_word(i));
	}
}

static void add_layer(const struct layer_steps *steps, size_t layer,
		      struct rows *out)
{
	struct row *row = rows_add(out, -1);

	row_addf(row, STYLE_DIM, "%12s%3zu: ", "", layer + 1);
	add_step(steps, layer, STYLE_DIM, row);
}

static void add_item(const struct layer_steps *steps,
		     const struct files *files, const struct waste_item *item,
		     struct rows *rows)
{
	AUTO_FREE char *bytes = text_size((int64_t)item->bytes);
	AUTO_FREE char *path = files_path(files, item->at);
	AUTO_FREE char *what = waste_advice(item);
	struct row *row = rows_add(rows, (int)item->at);

	row_addf(row, STYLE_SIZE, "%8s", bytes);
	row_addf(row, STYLE_CHANGED, "  %-16s",
		 waste_cause_word(item->cause));
	row_addf(row, STYLE_PLAIN, "  /%s", path);
	row_addf(rows_add(rows, -1), STYLE_DIM, "%12s%s", "", what);
	add_layer(steps, item->made, rows);
	add_layer(steps, item->by, rows);
}

static void add_dive(const struct waste *waste, struct rows *rows)
{
	struct row *row = rows_add(rows, -1);
	AUTO_FREE char *bytes = text_size((int64_t)waste->dive.wasted_bytes);

	row_addf(row, STYLE_DIM, "dive's figures, as dive counts: efficiency "
		 "%.4f %%, wasted %s", waste->dive.efficiency * 100, bytes);
	if (isfinite(waste->dive.user_wasted_percent))
		row_addf(row, STYLE_DIM, ", %.4f %% of user bytes",
			 waste->dive.user_wasted_percent * 100);
}

void view_waste(const struct layer_steps *steps, const struct waste *waste,
		const struct files *files, size_t shown, struct rows *out)
{
	if (!shown || shown > waste->count)
		shown = waste->count;
	add_total(waste, out);
	for (size_t i = 0; i < shown; i++)
		add_item(steps, files, &waste->items[i], out);
	if (shown < waste->count)
		row_addf(rows_add(out, -1), STYLE_DIM,
			 "and %zu more (--all)", waste->count - shown);
	add_dive(waste, out);
}
