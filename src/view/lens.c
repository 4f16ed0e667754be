/* Knows how a build context is listed. */
#include "view/lens.h"

#include <string.h>

#include "view/views.h"

#define STEPS_SHOWN 4
#define STEPS_WIDTH 8 /* columns at least */

/* ---- one entry ---- */

static bool is_shown(const struct lens_node *node,
		     const struct lens_view *view)
{
	return node->state != LENS_OUT || node->change || node->move ||
	       view->show_out;
}

static void add_numbers(struct buf *out, const int *list, size_t count,
			const char *form)
{
	for (size_t i = 0; i < count; i++) {
		if (i == STEPS_SHOWN) {
			buf_adds(out, ",+");
			return;
		}
		buf_adds(out, out->len ? "," : "");
		buf_addf(out, *form == '(' ? "(%d)" : "%d", list[i]);
	}
}

/* "3" reads all of it, "(4)" something in it; "?" who reads it is not known. */
static char *reader_text(const struct lens *lens, const struct lens_node *node)
{
	struct buf out = BUF_INIT;
	AUTO_FREE int *readers = NULL;
	size_t count;

	if (node->state == LENS_OUT)
		return mem_strdup("out");
	if (node->state == LENS_GONE)
		return mem_strdup("gone");
	if (node->state == LENS_HIDDEN)
		return mem_strdup("hidden");
	readers = lens_readers(node, &count);
	add_numbers(&out, readers, count, "");
	add_numbers(&out, node->reads_inside, node->inside_count, "(");
	return out.len ? buf_steal(&out) : mem_strdup(lens->whole ? "-" : "?");
}

/* The lens as it is printed. */
struct printing {
	const struct lens *lens;
	const struct lens_view *view;
	int steps_width; /* columns of the readers */
	struct rows *out;
};

static void note_line(struct row *row, const struct lens_node *node)
{
	const struct lens_rule *rule = node->rule;

	/* What is in a directory comes with it. */
	bool told = node->parent && node->parent->move == node->move;

	if (node->move == LENS_COMES && !told)
		row_add(row, STYLE_ADDED, "  comes in");
	if (node->move == LENS_GOES && !told)
		row_add(row, STYLE_REMOVED, "  goes out");
	if (rule && rule->line)
		row_addf(row, STYLE_DIM, "  line %d: %s%s", rule->line,
			 rule->keep ? "!" : "", rule->pattern);
	else if (rule)
		row_addf(row, STYLE_DIM, "  as if: %s%s",
			 rule->keep ? "!" : "", rule->pattern);
}

static int add_place(const struct lens_view *view, struct lens_place place)
{
	struct lens_places *places = view->places;

	if (!places)
		return -1;
	MEM_PUSH(places->items, places->count) = place;
	return (int)places->count - 1;
}

void lens_places_release(struct lens_places *places)
{
	free(places->items);
	*places = (struct lens_places){ 0 };
}

static bool is_folded(const struct lens_node *node,
		      const struct lens_view *view)
{
	return node->child_count && view->folded &&
	       view->folded(view->folded_arg, node);
}

static enum style style_of(const struct lens_node *node)
{
	switch (node->change) {
	case '+':
		return STYLE_ADDED;
	case '-':
		return STYLE_REMOVED;
	case '~':
		return STYLE_CHANGED;
	}
	if (node->state == LENS_OUT || node->state == LENS_HIDDEN)
		return STYLE_DIM;
	return S_ISDIR(node->mode) ? STYLE_BOLD : STYLE_PLAIN;
}

/* Whether it is folded is told where it can be. */
static void add_name(const struct lens_node *node,
		     const struct lens_view *view, struct row *row)
{
	const struct glyphs *g = glyphs_get(view->ascii);
	bool dir = S_ISDIR(node->mode) && node->parent;

	if (view->folded && dir && node->child_count)
		row_addf(row, STYLE_DIM, "%s ", is_folded(node, view) ?
						g->folded : g->open);
	row_addf(row, style_of(node), "%s%s", node->name, dir ? "/" : "");
}

static void node_row(const struct printing *to, const struct lens_node *node,
		     const char *lines)
{
	const struct lens_view *view = to->view;
	bool is_out = node->state == LENS_OUT;
	const struct lens_sum *sum = is_out ? &node->out : &node->in;
	AUTO_FREE char *size = text_size((int64_t)sum->bytes);
	AUTO_FREE char *steps = reader_text(to->lens, node);
	struct row *row = rows_add(to->out, add_place(view,
				   (struct lens_place){ .node = node }));

	row_addf(row, style_of(node), "%c ", node->change ? node->change : ' ');
	row_addf(row, STYLE_PLAIN, "%7zu ", sum->files);
	row_addf(row, STYLE_SIZE, "%8s ", size);
	row_addf(row, STYLE_KEY, "%-*s ", to->steps_width, steps);
	row_add(row, STYLE_LINE, lines);
	add_name(node, view, row);
	if (!node->change && node->changed)
		row_addf(row, STYLE_CHANGED, "  %zu changed", node->changed);
	note_line(row, node);
	row_fit(row, view->width, view->ascii);
}

/* ---- the tree ---- */

static void add_below(const struct printing *to, const struct lens_node *node,
		      struct buf *lines, int level)
{
	const struct lens_view *view = to->view;
	const struct glyphs *g = glyphs_get(view->ascii);
	size_t last = 0, before = lines->len;

	if ((view->depth && level > view->depth) || is_folded(node, view))
		return;
	for (size_t i = 0; i < node->child_count; i++)
		if (is_shown(node->children[i], view))
			last = i;
	for (size_t i = 0; i < node->child_count; i++) {
		const struct lens_node *child = node->children[i];
		AUTO_FREE char *head = NULL;

		if (!is_shown(child, view))
			continue;
		head = mem_printf("%s%s", lines->len ? lines->data : "",
				  i == last ? g->last : g->branch);
		node_row(to, child, head);
		buf_adds(lines, i == last ? g->blank : g->bar);
		add_below(to, child, lines, level + 1);
		lines->len = before;
		lines->data[before] = '\0';
	}
}

/* Nothing has more readers than the root, those of its parts counted. */
static int width_of_steps(const struct lens *lens)
{
	AUTO_FREE char *text = reader_text(lens, lens->root);
	int width = (int)strlen(text);

	return width > STEPS_WIDTH ? width : STEPS_WIDTH;
}

void view_lens(const struct lens *lens, const struct lens_view *view,
	       struct rows *out)
{
	AUTO(buf_release) struct buf lines = BUF_INIT;
	struct printing to = { lens, view, width_of_steps(lens), out };

	row_addf(rows_add(out, -1), STYLE_TITLE, "  %7s %8s %-*s %s", "FILES",
		 "SIZE", to.steps_width, "STEPS", "NAME");
	node_row(&to, lens->root, "");
	add_below(&to, lens->root, &lines, 1);
}

void view_lens_legend(const struct lens *lens, const struct lens_view *view,
		      struct rows *out)
{
	const char *dot = glyphs_get(view->ascii)->dot;
	struct row *row = rows_add(out, -1);

	row_addf(row, STYLE_DIM, "STEPS: 3 reads all of it %s (3) something in "
		 "it %s %s", dot, dot, lens->whole ? "- no step does" :
					  "? not planned so far");
}

/* ---- rules ---- */

static void rule_row(const struct lens_rule *rule,
		     const struct lens_view *view, struct rows *out)
{
	AUTO_FREE char *size = text_size((int64_t)rule->sum.bytes);
	bool added = !rule->line;
	enum style style = rule->dropped ? STYLE_REMOVED :
			   added	 ? STYLE_ADDED : STYLE_PLAIN;
	struct row *row = rows_add(out, add_place(view, (struct lens_place){
						  .rule = rule }));

	row_addf(row, style, "%c ", rule->dropped ? '-' : added ? '+' : ' ');
	row_addf(row, STYLE_PLAIN, "%7zu ", rule->sum.files);
	row_addf(row, STYLE_SIZE, "%8s ", size);
	row_add(row, STYLE_KEY, rule->dropped ? "[ ] " : "[x] ");
	if (added)
		row_add(row, STYLE_KEY, "new  ");
	else
		row_addf(row, STYLE_KEY, "%-4d ", rule->line);
	row_addf(row, style, "%s%s", rule->keep ? "!" : "", rule->pattern);
	if (rule->dropped)
		row_add(row, STYLE_DIM, "  as if it were not there");
	else if (added)
		row_add(row, STYLE_DIM, "  as if it were there");
	row_fit(row, view->width, view->ascii);
}

void view_lens_rules(const struct lens *lens, const struct lens_view *view,
		     struct rows *out)
{
	if (!lens->rule_count)
		return;
	row_addf(rows_add(out, -1), STYLE_TITLE, "  %7s %8s %-8s %s", "FILES",
		 "SIZE", "LINE", ".dockerignore keeps out, or (!) in");
	for (size_t i = 0; i < lens->rule_count; i++)
		rule_row(&lens->rules[i], view, out);
	rows_add(out, -1);
}

/* ---- sums ---- */

static void add_count(struct row *row, size_t count, const char *one,
		      const char *many)
{
	if (count)
		row_addf(row, STYLE_PLAIN, "%s%zu %s", row->count ? ", " : "",
			 count, count == 1 ? one : many);
}

static void sum_row(const char *head, const struct lens_sum *sum,
		    const char *dot, struct rows *out)
{
	AUTO_FREE char *size = text_size((int64_t)sum->bytes);

	if (sum->files)
		row_addf(rows_add(out, -1), STYLE_PLAIN, "%s: %zu %s %s %s",
			 head, sum->files, sum->files == 1 ? "file" : "files",
			 dot, size);
}

static void biggest_row(const struct lens *lens, struct rows *out)
{
	struct row *row;

	if (!lens->biggest_count)
		return;
	row = rows_add(out, -1);
	row_add(row, STYLE_PLAIN, "biggest:");
	for (size_t i = 0; i < lens->biggest_count; i++) {
		const struct lens_node *node = lens->biggest[i];
		AUTO_FREE char *size = text_size((int64_t)node->in.bytes);

		row_addf(row, STYLE_PLAIN, "%s %s/ ", i ? "," : "",
			 node->path);
		row_add(row, STYLE_SIZE, size);
	}
}

void view_lens_sums(const struct lens *lens, const struct lens_view *view,
		    struct rows *out)
{
	AUTO_FREE char *size = text_size((int64_t)lens->stats.bytes);
	AUTO_FREE char *tar = text_size((int64_t)lens->stats.tar_bytes);
	const char *dot = glyphs_get(view->ascii)->dot;
	struct row *row = rows_add(out, -1);

	add_count(row, lens->stats.files, "file", "files");
	add_count(row, lens->stats.dirs, "directory", "directories");
	add_count(row, lens->stats.links, "link", "links");
	row_addf(row, STYLE_PLAIN, "%s%s %s docker sends a tar of %s (%llu bytes)",
		 row->count ? ": " : "", size, dot, tar,
		 (unsigned long long)lens->stats.tar_bytes);
	if (lens->outside_file)
		row_add(rows_add(out, -1), STYLE_PLAIN,
			"the Dockerfile from elsewhere is sent along, and a "
			".dockerignore that names it");
	if (lens->imagined)
		sum_row("sent by .dockerignore as it is", &lens->before, dot,
			out);
	sum_row("not sent", &lens->root->out, dot, out);
	if (lens->whole)
		sum_row("sent, and read by no step", &lens->unread, dot, out);
	if (lens->root->changed)
		row_addf(rows_add(out, -1), STYLE_CHANGED,
			 "changed since the last build: %zu",
			 lens->root->changed);
	biggest_row(lens, out);
}
