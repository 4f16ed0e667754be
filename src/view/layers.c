/* Knows how the layers of an image, and what they cost, look as rows. */
#include "view/layers.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "view/files.h"
#include "view/views.h"

#define WASTE_INDENT 10 /* what is said below an item */
#define WASTE_LARGEST 3 /* files that are named of a directory */

char *layer_step_words(const struct layer_steps *steps, size_t layer)
{
	const struct history *step = layer_step(steps->config, layer);

	if (steps->texts && layer < steps->line_count && steps->texts[layer])
		return mem_strdup(steps->texts[layer]);
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

char *blame_changed(const struct blame_entry *entry,
		    const struct blame_entry *before)
{
	struct file_facts was = { before->st.st_mode, before->st.st_uid,
				  before->st.st_gid, NULL };
	struct file_facts now = { entry->st.st_mode, entry->st.st_uid,
				  entry->st.st_gid, NULL };

	if (entry->what != BLAME_CHANGED || before->what == BLAME_REMOVED)
		return mem_strdup("");
	if (entry->told && !entry->differs)
		return mem_strdup(S_ISDIR(now.mode) ? "what is in it" :
						      "the same again");
	return differs_text(entry->differs, &was, &now);
}

static void add_changed(const struct blame_entry *entry,
			const struct blame_entry *before, struct row *out)
{
	AUTO_FREE char *changed = blame_changed(entry, before);

	if (*changed)
		row_addf(out, STYLE_CHANGED, "%s  ", changed);
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
		if (i > 0)
			add_changed(entry, &blame->items[i - 1], row);
		add_step(steps, entry->layer, STYLE_PLAIN, row);
		if (entry->with)
			row_addf(row, STYLE_DIM, "  (with /%s)", entry->with);
	}
}

/* ---- waste ---- */

/* Whoever copied it could have set them; a command sets what it wrote. */
static const char *where_to_set(const struct layer_steps *steps, size_t layer)
{
	AUTO_FREE char *words = layer_step_words(steps, layer);

	if (strncmp(words, "COPY ", 5) == 0 || strncmp(words, "ADD ", 4) == 0)
		return "set them there: --chown, or chmod in the context";
	return strncmp(words, "RUN ", 4) == 0 ? "set them in that step" :
						"set them there";
}

static char *advice(const struct layer_steps *steps,
		    const struct waste_item *item, bool several)
{
	int by = item->by + 1, made = item->made + 1;

	switch ((enum waste_cause)item->cause) {
	case WASTE_OVERWRITTEN:
		return mem_printf("layer %d writes what layer %d wrote: make "
				  "it once", by, made);
	case WASTE_DELETED:
		return mem_printf("layer %d deletes what layer %d wrote: "
				  "delete it in the step that writes it",
				  by, made);
	case WASTE_METADATA:
		return mem_printf("layer %d only changes mode, owner or "
				  "attributes of what layer %d wrote: %s", by,
				  made, where_to_set(steps, item->made));
	case WASTE_IDENTICAL:
		return mem_printf("layer %d puts the same file%s as layer "
				  "%d: leave one out", by, several ? "s" : "",
				  made);
	case WASTE_CAUSES:
		break;
	}
	return mem_strdup("");
}

char *waste_advice(const struct layer_steps *steps,
		   const struct waste_item *item)
{
	return advice(steps, item, false);
}

static void add_total(const struct waste *waste, struct flow *flow)
{
	AUTO_FREE char *bytes = text_size((int64_t)waste->bytes);
	AUTO_FREE char *total = text_size((int64_t)waste->total);
	AUTO_FREE char *sum = mem_printf("%s of %s wasted%s", bytes, total,
					waste->bytes ? "," : "");
	AUTO(buf_release) struct buf parts = BUF_INIT;

	for (size_t i = 0; i < WASTE_CAUSES; i++) {
		AUTO_FREE char *part = text_size((int64_t)waste->of_cause[i]);

		if (waste->of_cause[i])
			buf_addf(&parts, "%s%s %s", parts.len ? ", " : "",
				 part, waste_cause_word(i));
	}
	flow_words(flow, STYLE_TITLE, sum);
	if (parts.len)
		flow_words(flow, STYLE_PLAIN, parts.data);
}

static void add_layer(const struct layer_steps *steps, size_t layer,
		      int width, struct rows *out)
{
	struct flow flow = { .rows = out, .link = WASTE_LAYER(layer),
			     .indent = WASTE_INDENT + 2, .width = width };
	int line = line_of(steps, layer);
	AUTO_FREE char *words = layer_step_words(steps, layer);
	AUTO_FREE char *place = line ?
		mem_printf("layer %zu, line %d:", layer + 1, line) :
		mem_printf("layer %zu:", layer + 1);

	flow_words(&flow, line ? STYLE_KEY : STYLE_DIM, place);
	flow_words(&flow, STYLE_DIM, words);
}

/* The files of a directory, as many as there is room for. */
static void add_largest(const struct waste *waste, const struct files *files,
			const struct waste_group *group, size_t shown,
			int link, struct rows *rows)
{
	for (size_t i = 0; i < shown && i < group->count; i++) {
		const struct waste_item *item = &waste->items[group->items[i]];
		struct row *row = rows_add(rows, (int)group->items[i]);
		AUTO_FREE char *bytes = text_size((int64_t)item->bytes);
		AUTO_FREE char *path = files_path(files, item->at);

		row_addf(row, STYLE_SIZE, "%*s%8s", WASTE_INDENT + 2, "",
			 bytes);
		row_addf(row, STYLE_PLAIN, "  /%s", path);
	}
	if (shown < group->count)
		row_addf(rows_add(rows, link), STYLE_DIM,
			 "%*sand %zu more files", WASTE_INDENT + 2, "",
			 group->count - shown);
}

struct waste_listing {
	const struct layer_steps *steps;
	const struct waste *waste;
	const struct files *files;
	size_t largest; /* files of a directory that are named */
	int width;
	struct rows *rows;
};

static void add_group(const struct waste_listing *listing,
		      const struct waste_group *group, int link)
{
	const struct waste_item *item =
		&listing->waste->items[group->items[0]];
	bool alone = group->dir == FILE_NONE;
	AUTO_FREE char *bytes = text_size((int64_t)group->bytes);
	AUTO_FREE char *path = files_path(listing->files,
					  alone ? item->at : group->dir);
	AUTO_FREE char *what = advice(listing->steps, item, !alone);
	struct flow flow = { .rows = listing->rows, .link = link,
			     .indent = WASTE_INDENT,
			     .width = listing->width };
	struct row *row = rows_add(listing->rows, link);

	row_addf(row, STYLE_SIZE, "%8s", bytes);
	row_addf(row, STYLE_CHANGED, "  %-16s",
		 waste_cause_word(item->cause));
	row_addf(row, STYLE_PLAIN, "  /%s%s", path, alone ? "" : "/");
	if (!alone)
		row_addf(row, STYLE_DIM, "  %zu files", group->count);
	flow_words(&flow, STYLE_DIM, what);
	add_layer(listing->steps, item->made, listing->width, listing->rows);
	add_layer(listing->steps, item->by, listing->width, listing->rows);
	if (!alone)
		add_largest(listing->waste, listing->files, group,
			    listing->largest, link, listing->rows);
}

static void add_dive(const struct waste *waste, struct flow *flow)
{
	AUTO_FREE char *bytes = text_size((int64_t)waste->dive.wasted_bytes);
	AUTO(buf_release) struct buf text = BUF_INIT;

	flow_end(flow);
	buf_addf(&text, "dive's figures, as dive counts: efficiency %.4f %%, "
		 "wasted %s", waste->dive.efficiency * 100, bytes);
	if (isfinite(waste->dive.user_wasted_percent))
		buf_addf(&text, ", %.4f %% of user bytes",
			 waste->dive.user_wasted_percent * 100);
	flow_words(flow, STYLE_DIM, text.data);
}

void view_waste(const struct layer_steps *steps, const struct waste *waste,
		const struct files *files, const struct waste_groups *groups,
		size_t shown, int width, struct rows *out)
{
	struct flow flow = { .rows = out, .link = WASTE_SUM, .width = width };
	struct waste_listing listing = {
		steps, waste, files, shown ? WASTE_LARGEST : waste->count,
		width, out };

	if (!shown || shown > groups->count)
		shown = groups->count;
	add_total(waste, &flow);
	for (size_t i = 0; i < shown; i++) {
		const struct waste_group *group = &groups->items[i];

		add_group(&listing, group, group->dir == FILE_NONE ?
			  (int)group->items[0] : WASTE_GROUP(waste, i));
	}
	if (shown < groups->count)
		row_addf(rows_add(out, WASTE_SUM), STYLE_DIM,
			 "and %zu more (--all)", groups->count - shown);
	add_dive(waste, &flow);
}
