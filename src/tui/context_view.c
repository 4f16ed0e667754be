/* Knows which directories of the context are folded. */
#include "tui/context_view.h"

#include <string.h>
#include <uthash.h>

#include "tui/pane.h"

/* From so many entries on a context opens folded. */
#define FOLD_FROM 200

struct context_fold {
	char *path;
	UT_hash_handle hh;
};

static void drop_folds(struct context_view *view)
{
	struct context_fold *fold, *next;

	HASH_ITER(hh, view->folds, fold, next) {
		HASH_DEL(view->folds, fold);
		free(fold->path);
		free(fold);
	}
}

void context_view_release(struct context_view *view)
{
	drop_folds(view);
	lens_places_release(&view->places);
	free(view->kept);
}

static bool is_folded(void *arg, const struct lens_node *dir)
{
	const struct context_view *view = arg;
	struct context_fold *fold;

	if (!dir->parent)
		return false;
	HASH_FIND_STR(view->folds, dir->path, fold);
	return view->all_folded != (fold != NULL);
}

static void begin(struct context_view *view, const struct lens *lens)
{
	const struct context_stats *stats = &lens->stats;

	if (view->begun)
		return;
	view->begun = true;
	view->all_folded = stats->files + stats->dirs + stats->links +
			   stats->ignored >= FOLD_FROM;
}

static void add_rows(const struct lens *lens, const struct lens_view *how,
		     struct rows *out)
{
	view_lens_rules(lens, how, out);
	view_lens(lens, how, out);
	view_lens_legend(lens, how, out);
	rows_add(out, -1);
	view_lens_sums(lens, how, out);
}

void context_view_make(struct context_view *view, const struct lens *lens,
		       bool ascii, int width, struct rows *out)
{
	struct lens_view how = {
		.ascii = ascii, .width = width, .show_out = true,
		.folded = is_folded, .folded_arg = view,
		.places = &view->places,
	};

	begin(view, lens);
	lens_places_release(&view->places);
	add_rows(lens, &how, out);
}

const struct lens_place *context_view_place(const struct context_view *view,
					    const struct row *row)
{
	return row->link >= 0 && (size_t)row->link < view->places.count ?
		       &view->places.items[row->link] : NULL;
}

static void turn(struct context_view *view, const struct lens_node *dir)
{
	struct context_fold *fold;

	HASH_FIND_STR(view->folds, dir->path, fold);
	if (fold) {
		HASH_DEL(view->folds, fold);
		free(fold->path);
		free(fold);
		return;
	}
	fold = mem_alloc(sizeof(*fold));
	fold->path = mem_strdup(dir->path);
	HASH_ADD_KEYPTR(hh, view->folds, fold->path, strlen(fold->path), fold);
}

void context_view_fold(struct context_view *view,
		       const struct lens_place *place)
{
	const struct lens_node *dir = place ? place->node : NULL;

	if (dir && !dir->child_count)
		dir = dir->parent;
	if (!dir || !dir->parent)
		return;
	context_view_keep(view, &(struct lens_place){ .node = dir });
	turn(view, dir);
}

void context_view_fold_all(struct context_view *view)
{
	bool folded = view->all_folded;

	drop_folds(view);
	view->all_folded = !folded;
}

/* A line is known by its number, an imagined one by its words. */
static char *name_of(const struct lens_place *place)
{
	const struct lens_rule *rule = place->rule;

	if (!rule)
		return mem_printf("p%s", place->node->path);
	return rule->line ? mem_printf("l%d", rule->line) :
			    mem_printf("i%d%s", rule->keep, rule->pattern);
}

void context_view_keep(struct context_view *view,
		       const struct lens_place *place)
{
	free(view->kept);
	view->kept = place ? name_of(place) : NULL;
}

int context_view_kept(struct context_view *view, const struct rows *rows)
{
	AUTO_FREE char *kept = STEAL(view->kept);

	for (size_t i = 0; kept && i < rows->count; i++) {
		const struct lens_place *place =
			context_view_place(view, &rows->items[i]);
		AUTO_FREE char *name = place ? name_of(place) : NULL;

		if (name && strcmp(name, kept) == 0)
			return (int)i;
	}
	return -1;
}

/* ---- search ---- */

/* All rows there would be if nothing were folded. */
struct whole {
	struct rows rows;
	struct lens_places places;
};

static void whole_release(struct whole *whole)
{
	rows_release(&whole->rows);
	lens_places_release(&whole->places);
}
AUTO_DEFINE_IN_PLACE(struct whole, whole_release)

static const struct lens_place *place_in(const struct whole *whole, int row)
{
	int link = whole->rows.items[row].link;

	return link >= 0 ? &whole->places.items[link] : NULL;
}

/* What stands behind the tree is counted from the end. */
static int row_in(const struct whole *whole, const struct context_view *view,
		  const struct rows *rows, int row)
{
	const struct lens_place *at = context_view_place(view,
							 &rows->items[row]);

	for (int i = 0; at && i < (int)whole->rows.count; i++) {
		const struct lens_place *place = place_in(whole, i);

		if (place && place->node == at->node && place->rule == at->rule)
			return i;
	}
	if (row > 0 && rows->items[row - 1].link < 0)
		row += (int)whole->rows.count - (int)rows->count;
	return row;
}

bool context_view_reveal(struct context_view *view, const struct lens *lens,
			 const struct rows *rows, int row, const char *text,
			 int dir, bool next)
{
	AUTO(whole_release) struct whole whole = { 0 };
	struct lens_view how = { .show_out = true, .places = &whole.places };
	int count, at;

	add_rows(lens, &how, &whole.rows);
	count = (int)whole.rows.count;
	at = row_in(&whole, view, rows, row) + (next ? dir : 0);
	for (int i = 0; i < count; i++, at += dir) {
		const struct lens_place *place;
		AUTO_FREE char *line = NULL;

		at = (at + count) % count;
		line = row_text(&whole.rows.items[at]);
		if (!pane_matches(line, text))
			continue;
		place = place_in(&whole, at);
		if (!place || !place->node)
			return false;
		for (const struct lens_node *up = place->node->parent; up;
		     up = up->parent)
			if (is_folded(view, up))
				turn(view, up);
		context_view_keep(view, place);
		return true;
	}
	return false;
}
