/* Knows how one image, or one step to be built, looks as a row. */
#include "view/views.h"

#include <string.h>
#include <time.h>

/* Widths from which a column is shown. */
#define SHOW_ID 37
#define SHOW_LONG_ID 48
#define SHOW_SIZE 22
#define SHOW_MORE 76 /* a zoomed pane of 80 columns has them */
#define SIZE_COLUMNS 8
#define MORE_COLUMNS (SIZE_COLUMNS + 6 + 11)
#define BRIEF_ID 8 /* digits where words need the room more */

static const char *created_by(struct store *store, struct image *image)
{
	const struct image_config *config = NULL;
	struct err err = ERR_INIT;

	if (image->loaded)
		config = &image->config;
	else if (store)
		config = store_config(store, image, &err);
	if (!config || !config->history_count)
		return "";
	return config->history[config->history_count - 1].created_by;
}

/* Whether its own history names it, and not a step of the plan. */
static bool names_itself(const struct tree_node *node)
{
	return node->image && (!node->step || !node->lit ||
			       step_is_from(node->step));
}

char *tree_words(struct store *store, const struct tree_node *node)
{
	AUTO_FREE char *words = NULL;
	const char *text;

	if (names_itself(node))
		text = words = created_by_words(created_by(store, node->image));
	else
		text = node->step->text;
	return text_line(text, strlen(text));
}

const char *tree_words_of(struct store *store, const struct tree_view *view,
			  const struct tree_node *node, char **made)
{
	*made = NULL;
	if (names_itself(node) && node->index < view->words_count)
		return view->words[node->index];
	return *made = tree_words(store, node);
}

static int64_t total_size(struct store *store, struct image *image)
{
	uint64_t size = image->size;
	struct err err = ERR_INIT;

	if (store && store_image_size(store, image, &size, &err) < 0)
		return -1;
	return size == UINT64_MAX ? -1 : (int64_t)size;
}

int64_t image_own_size(struct store *store, struct image *const *images,
		       const struct lineage *lineage, size_t index)
{
	size_t up = lineage->images[index].parent;
	int64_t size = total_size(store, images[index]), below = 0;

	if (store && up != LINEAGE_NONE)
		below = total_size(store, images[up]);
	return size >= 0 && below >= 0 && size >= below ? size - below : -1;
}

bool image_is_dangling(const struct image *image)
{
	return !image->tags.count && !image->child_count;
}

static bool has_more(const struct tree_view *view)
{
	return !view->width || view->width >= SHOW_MORE;
}

const char *tree_columns(const struct tree_view *view)
{
	return has_more(view) ? "ID, own size, total, shared by, created" : "";
}

static const struct digest *built_id(const struct tree_view *view,
				     const struct tree_node *node)
{
	static const struct digest none = { "" };
	size_t n = node->step ? (size_t)node->step->n : 0;

	if (node->image)
		return &node->image->id;
	if (view->built && n < view->built_count && !node->step->trigger)
		return &view->built[n];
	return &none;
}

/* Deep in the tree only the last lines are shown, so that words find room. */
static void add_lines(const struct tree_view *view, const char *lines,
		      struct row *out)
{
	int width = text_width(lines), most = view->width / 4, columns;

	if (view->width && width > most + 2) {
		while (*lines && width > most) {
			lines += text_cluster(lines, &columns);
			lines += text_cluster(lines, &columns);
			width -= 2;
		}
		row_addf(out, STYLE_DIM, "%s ", glyphs_get(view->ascii)->cut);
	}
	if (*lines)
		row_add(out, STYLE_LINE, lines);
}

static void add_head(const struct tree_view *view,
		     const struct tree_node *node, bool solid, struct row *out)
{
	const struct glyphs *g = glyphs_get(view->ascii);

	out->link = -1;
	add_lines(view, node->lines, out);
	if (!solid)
		row_add(out, STYLE_GHOST, g->ghost);
	else if (node->lit || !node->image)
		row_add(out, STYLE_LIT, g->hit);
	else
		row_add(out, STYLE_DIM, image_is_dangling(node->image) ?
				g->dangling : g->node);
	row_add(out, STYLE_PLAIN, " ");
	if (node->image && view->marked &&
	    digest_equal(view->marked, &node->image->id))
		row_add(out, STYLE_KEY, "marked ");
	if (node->image && image_is_dangling(node->image))
		row_add(out, STYLE_LATE, "dangling ");
	for (size_t i = 0; node->image && i < node->image->tags.count; i++) {
		row_add(out, STYLE_TAG, node->image->tags.items[i]);
		row_add(out, STYLE_PLAIN, " ");
	}
	if (node->below)
		row_addf(out, STYLE_KEY, "[+%zu] ", node->below);
	if (node->by_layers && has_more(view))
		row_add(out, STYLE_DIM, "by layers ");
}

static void add_created(const struct tree_view *view,
			const struct image *image, struct row *out)
{
	const struct moment *created = &image->config.created;
	time_t sec = (time_t)created->sec;
	char text[16] = "";
	struct tm tm;

	if (image->loaded && created->set && gmtime_r(&sec, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	row_addf(out, STYLE_DIM, " %10s", view->fixed ? "#" : text);
}

/* -1: nothing is known. */
static void add_size(struct row *out, enum style style, int64_t bytes)
{
	AUTO_FREE char *size = bytes >= 0 ? text_size(bytes) : mem_strdup("");

	row_addf(out, style, " %*s", SIZE_COLUMNS - 1, size);
}

/* What is worth a column where there is room: the size with all below, how
 * many others have the layers, when it was made. */
static void add_more(struct store *store, const struct tree_view *view,
		     const struct tree_list *list,
		     const struct tree_node *node, struct row *out)
{
	unsigned holders;

	if (!node->image) {
		row_addf(out, STYLE_GHOST, "%*s", MORE_COLUMNS, "");
		return;
	}
	add_size(out, STYLE_SIZE, total_size(store, node->image));
	holders = list->lineage->images[node->index].holders;
	if (holders > 1)
		row_addf(out, STYLE_DIM, " %4ux", holders);
	else
		row_addf(out, STYLE_DIM, "%6s", "");
	add_created(view, node->image, out);
}

static void add_id(const struct tree_view *view, const struct tree_node *node,
		   bool solid, struct row *out)
{
	bool wide = !view->width;
	int digits = view->all_ids && wide ? 64 :
		     wide || view->width >= SHOW_LONG_ID ? DIGEST_SHORT :
							   BRIEF_ID;
	int columns = digits < DIGEST_SHORT ? digits : DIGEST_SHORT;

	enum sign sign = solid ? SIGN_NONE : sign_of(node->step);

	if (sign == SIGN_FAIL || sign == SIGN_PULL)
		row_addf(out, sign_style(sign), "%*s", columns,
			 sign_counted(sign));
	else if (!solid)
		row_addf(out, STYLE_GHOST, "%*s", columns, "to build");
	else
		row_addf(out, STYLE_ID, "%.*s", digits,
			 DIGEST_HEX(built_id(view, node)));
}

/* Where there is room for one column alone it is what the list lies by. */
static void add_facts(struct store *store, const struct tree_view *view,
		      const struct tree_list *list,
		      const struct tree_node *node, bool solid,
		      struct row *out)
{
	bool more = has_more(view);
	struct image *image = node->image;
	enum style style = solid ? STYLE_SIZE : STYLE_GHOST;

	if (!view->width || view->width >= SHOW_ID)
		add_id(view, node, solid, out);
	if (view->width && view->width < SHOW_SIZE)
		return;
	if (image && !more && view->sort == TREE_SORT_CREATED)
		add_created(view, image, out);
	else if (image && !more && view->sort == TREE_SORT_SIZE)
		add_size(out, style, total_size(store, image));
	else
		add_size(out, style, image ?
			 image_own_size(store, list->images, list->lineage,
					node->index) : node->step->size);
	if (more)
		add_more(store, view, list, node, out);
}

static void pad(struct row *row, int columns)
{
	int width = row_width(row);

	if (width < columns)
		row_addf(row, STYLE_PLAIN, "%*s", columns - width, "");
}

void tree_row(struct store *store, const struct tree_view *view,
	      const struct tree_list *list, const struct tree_node *node,
	      struct row *out)
{
	AUTO_FREE char *made = NULL;
	const char *words = tree_words_of(store, view, node, &made);
	bool solid = digest_is_set(built_id(view, node));
	enum style style = !solid ? STYLE_GHOST :
			   node->leads ? STYLE_DIM :
			   node->lit || !node->image ? STYLE_LIT : STYLE_PLAIN;
	AUTO(row_release) struct row facts = { 0 };
	int room;

	add_head(view, node, solid, out);
	add_facts(store, view, list, node, solid, &facts);
	if (!view->width) {
		for (size_t i = 0; i < facts.count; i++)
			row_add(out, facts.spans[i].style,
				facts.spans[i].text);
		row_add(out, STYLE_PLAIN, "  ");
		row_add(out, style, words);
		return;
	}
	row_add(out, style, words);
	room = view->width - row_width(&facts) - (facts.count ? 1 : 0);
	row_fit(out, room, view->ascii);
	pad(out, room + (facts.count ? 1 : 0));
	for (size_t i = 0; i < facts.count; i++)
		row_add(out, facts.spans[i].style, facts.spans[i].text);
	row_fit(out, view->width, view->ascii);
}

static bool word_matches(const struct tree_node *node, const char *words,
			 const char *word)
{
	const struct image *image = node->image;

	if (image && strcmp(word, "dangling") == 0)
		return image_is_dangling(image);
	if (image && strcmp(word, "tagged") == 0)
		return image->tags.count > 0;
	for (size_t i = 0; image && i < image->tags.count; i++)
		if (strcasestr(image->tags.items[i], word))
			return true;
	if (image && strncmp(DIGEST_HEX(&image->id), word,
			     strlen(word)) == 0)
		return true;
	return strcasestr(words, word) != NULL;
}

bool tree_matches(struct store *store, const struct tree_view *view,
		  const struct tree_node *node)
{
	AUTO_FREE char *made = NULL;
	const char *filter = view->filter;
	const char *words;

	if (!filter)
		return true;
	words = tree_words_of(store, view, node, &made);
	for (filter += strspn(filter, " "); *filter;
	     filter += strspn(filter, " ")) {
		size_t len = strcspn(filter, " ");
		AUTO_FREE char *word = mem_strndup(filter, len);

		if (!word_matches(node, words, word))
			return false;
		filter += len;
	}
	return true;
}

const char *tree_sort_word(enum tree_sort sort)
{
	static const char *const words[] = {
		[TREE_SORT_TREE] = "tree", [TREE_SORT_SIZE] = "size",
		[TREE_SORT_CREATED] = "created", [TREE_SORT_NAME] = "name",
	};

	return sort < TREE_SORTS ? words[sort] : NULL;
}

int view_tree(struct store *store, const struct tree_view *view,
	      struct rows *out, struct err *err)
{
	AUTO(tree_list_release) struct tree_list list = { 0 };
	struct image *const *images;
	size_t count;

	if (store_images(store, &images, &count, err) < 0)
		return err_wrap(err, "cannot list the images");
	tree_list_make(store, images, count, view, &list);
	for (size_t i = 0; i < list.count; i++)
		tree_row(store, view, &list, &list.nodes[i],
			 rows_add(out, (int)i));
	return 0;
}
