/* Knows how a tree of files is folded, filtered and searched line by line. */
#include "view/browse.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

static const struct file *file_at(const struct browse *browse, uint32_t at)
{
	return &browse->files->items[at];
}

/* ---- lines ---- */

static bool any_child_kept(const struct browse *browse, uint32_t dir)
{
	uint32_t i = file_at(browse, dir)->child;

	while (i != FILE_NONE && !browse->keep[i])
		i = file_at(browse, i)->next;
	return i != FILE_NONE;
}

static void add_lines(const struct browse *browse, uint32_t dir,
		      uint32_t depth, struct files_list *out)
{
	size_t count;
	AUTO_FREE uint32_t *order = files_children(
		browse->files, &browse->view, browse->keep, dir, &count);

	for (size_t i = 0; i < count; i++) {
		MEM_PUSH(out->items, out->count) =
			(struct files_line){ order[i], depth };
		if (browse->open[order[i]])
			add_lines(browse, order[i], depth + 1, out);
	}
}

static void list(struct browse *browse)
{
	files_list_release(&browse->list);
	add_lines(browse, 0, 0, &browse->list);
}

/* A chain of directories with nothing else in them is opened at once. */
static void open_single(struct browse *browse, uint32_t dir)
{
	for (;;) {
		uint32_t only = FILE_NONE;

		for (uint32_t i = file_at(browse, dir)->child; i != FILE_NONE;
		     i = file_at(browse, i)->next) {
			if (!browse->keep[i])
				continue;
			if (only != FILE_NONE)
				return;
			only = i;
		}
		if (only == FILE_NONE ||
		    file_at(browse, only)->child == FILE_NONE)
			return;
		browse->open[only] = true;
		dir = only;
	}
}

void browse_init(struct browse *browse, const struct files *files,
		 const struct files *old, int only_layer)
{
	*browse = (struct browse){ .files = files };
	browse->view = (struct files_view){ .only_layer = only_layer,
					    .old = old };
	files_filter_init(&browse->filter);
	browse->keep = mem_array(files->count, sizeof(*browse->keep));
	browse->open = mem_array(files->count, sizeof(*browse->open));
	browse_again(browse, 0);
	open_single(browse, 0);
	list(browse);
}

/* Whether an index of both is the same path. */
static bool same_path(const struct files *a, const struct files *b,
		      uint32_t at)
{
	while (at != 0 && a->items[at].parent == b->items[at].parent &&
	       strcmp(files_name(a, at), files_name(b, at)) == 0)
		at = a->items[at].parent;
	return at == 0;
}

void browse_follow(struct browse *browse, const struct browse *before)
{
	const struct files *files = browse->files;

	for (uint32_t i = 1; i < files->count; i++)
		browse->open[i] = i < before->files->count &&
				  before->open[i] &&
				  same_path(files, before->files, i);
	list(browse);
}

void browse_release(struct browse *browse)
{
	files_filter_release(&browse->filter);
	files_list_release(&browse->list);
	free(browse->keep);
	free(browse->open);
	*browse = (struct browse){ 0 };
}

/* The line of at, or of the nearest directory above it that has one. */
static size_t line_of(const struct browse *browse, uint32_t at)
{
	const struct files_list *lines = &browse->list;

	for (; at != 0; at = file_at(browse, at)->parent)
		for (size_t i = 0; i < lines->count; i++)
			if (lines->items[i].at == at)
				return i;
	return 0;
}

size_t browse_again(struct browse *browse, size_t index)
{
	uint32_t at = index < browse->list.count
			      ? browse->list.items[index].at : 0;

	browse->view.filter = &browse->filter;
	browse->matches = files_view_keep(browse->files, &browse->view,
					  browse->keep);
	list(browse);
	return line_of(browse, at);
}

bool browse_is_open(const struct browse *browse, size_t index)
{
	return index < browse->list.count &&
	       browse->open[browse->list.items[index].at];
}

bool browse_has_below(const struct browse *browse, size_t index)
{
	return index < browse->list.count &&
	       any_child_kept(browse, browse->list.items[index].at);
}

/* Makes room for n lines at index. */
static void insert(struct files_list *list, size_t index,
		   const struct files_list *new)
{
	size_t tail = list->count - index;

	if (!new->count)
		return;
	for (size_t i = 0; i < new->count; i++)
		MEM_PUSH(list->items, list->count) = new->items[i];
	memmove(list->items + index + new->count, list->items + index,
		tail * sizeof(*list->items));
	memcpy(list->items + index, new->items,
	       new->count * sizeof(*list->items));
}

void browse_unfold(struct browse *browse, size_t index)
{
	AUTO(files_list_release) struct files_list below = { 0 };
	struct files_line line;

	if (!browse_has_below(browse, index) || browse_is_open(browse, index))
		return;
	line = browse->list.items[index];
	browse->open[line.at] = true;
	open_single(browse, line.at);
	add_lines(browse, line.at, line.depth + 1, &below);
	insert(&browse->list, index + 1, &below);
}

void browse_fold(struct browse *browse, size_t index)
{
	struct files_list *lines = &browse->list;
	size_t end = index + 1;

	if (!browse_is_open(browse, index))
		return;
	browse->open[lines->items[index].at] = false;
	while (end < lines->count &&
	       lines->items[end].depth > lines->items[index].depth)
		end++;
	memmove(lines->items + index + 1, lines->items + end,
		(lines->count - end) * sizeof(*lines->items));
	lines->count -= end - index - 1;
}

size_t browse_fold_all(struct browse *browse, bool fold, size_t index)
{
	uint32_t at = index < browse->list.count
			      ? browse->list.items[index].at : 0;

	for (uint32_t i = 1; i < browse->files->count; i++)
		browse->open[i] = !fold &&
				  file_at(browse, i)->child != FILE_NONE;
	list(browse);
	return line_of(browse, at);
}

size_t browse_unfold_kept(struct browse *browse, size_t index)
{
	uint32_t at = index < browse->list.count
			      ? browse->list.items[index].at : 0;

	for (uint32_t i = 1; i < browse->files->count; i++)
		browse->open[i] |= browse->keep[i] &&
				   file_at(browse, i)->child != FILE_NONE;
	list(browse);
	return line_of(browse, at);
}

size_t browse_parent(const struct browse *browse, size_t index)
{
	const struct files_line *lines = browse->list.items;
	size_t i = index;

	while (i > 0 && lines[i].depth >= lines[index].depth)
		i--;
	return lines && lines[i].depth < lines[index].depth ? i : index;
}

size_t browse_show(struct browse *browse, uint32_t at)
{
	bool folded = false;

	if (!browse->keep[at])
		return browse->list.count;
	for (uint32_t up = file_at(browse, at)->parent; up != 0;
	     up = file_at(browse, up)->parent) {
		folded = folded || !browse->open[up];
		browse->open[up] = true;
	}
	if (folded)
		list(browse);
	return line_of(browse, at);
}

/* ---- search ---- */

struct hunt {
	struct browse *browse;
	const char *text;  /* or NULL: what is not the same */
	bool exact, path;
};

static bool hits(const struct hunt *hunt, uint32_t at)
{
	const struct files *files = hunt->browse->files;
	AUTO_FREE char *path = NULL;
	const char *name;

	if (!hunt->text)
		return files->items[at].state != FILE_SAME &&
		       !(S_ISDIR(files->items[at].mode) &&
			 files->items[at].child != FILE_NONE &&
			 any_child_kept(hunt->browse, at));
	name = files_name(files, at);
	if (hunt->path) {
		AUTO_FREE char *bare = files_path(files, at);

		name = path = mem_printf("/%s", bare);
	}
	return hunt->exact ? strstr(name, hunt->text) != NULL
			   : strcasestr(name, hunt->text) != NULL;
}

/* The first or, going back, the last hit below a folded directory. */
static uint32_t hit_below(const struct hunt *hunt, uint32_t dir, int way)
{
	const struct browse *browse = hunt->browse;
	uint32_t found = FILE_NONE;

	for (uint32_t i = file_at(browse, dir)->child; i != FILE_NONE;
	     i = file_at(browse, i)->next) {
		uint32_t below;

		if (!browse->keep[i])
			continue;
		if (hits(hunt, i))
			found = i;
		if (found != FILE_NONE && way > 0)
			return found;
		below = hit_below(hunt, i, way);
		if (below != FILE_NONE)
			found = below;
		if (found != FILE_NONE && way > 0)
			return found;
	}
	return found;
}

/* In a folded directory: the hit in it, else FILE_NONE. */
static uint32_t hit_inside(const struct hunt *hunt, size_t line, int way)
{
	const struct browse *browse = hunt->browse;
	uint32_t at = browse->list.items[line].at;

	if (browse->open[at] || file_at(browse, at)->child == FILE_NONE)
		return FILE_NONE;
	return hit_below(hunt, at, way);
}

size_t browse_find(struct browse *browse, const char *text, size_t index,
		   int dir)
{
	struct hunt hunt = { .browse = browse, .text = text };
	size_t count = browse->list.count;

	for (const char *p = text; p && *p; p++) {
		hunt.exact = hunt.exact || isupper((unsigned char)*p);
		hunt.path = hunt.path || *p == '/';
	}
	for (size_t n = 0; n <= count && count; n++) {
		size_t line = (index + (dir > 0 ? n : count - n % count)) %
			      count;
		uint32_t at = browse->list.items[line].at;
		uint32_t in = FILE_NONE;

		/* Going on, what is in a directory comes after it; going
		 * back, before it, and the start's own inside at the end. */
		if (dir < 0 && n > 0)
			in = hit_inside(&hunt, line, dir);
		if (in == FILE_NONE && n < count && hits(&hunt, at))
			return line;
		if (dir > 0)
			in = hit_inside(&hunt, line, dir);
		if (in != FILE_NONE)
			return browse_show(browse, in);
	}
	return count;
}

void browse_row(const struct browse *browse, size_t index, struct row *out)
{
	const struct files_line *line = &browse->list.items[index];
	const struct glyphs *g = glyphs_get(browse->view.ascii);
	const char *mark = " ";

	if (file_at(browse, line->at)->child != FILE_NONE &&
	    any_child_kept(browse, line->at))
		mark = browse->open[line->at] ? g->open : g->folded;
	files_row_marked(browse->files, &browse->view, line, mark, out);
}
