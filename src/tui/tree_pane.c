/* Knows how the tree of images is walked and what in it is selected. */
#include "tui/pane.h"

#include <string.h>
#include <uthash.h>

/* An image whose children are folded away; stays when the store changes. */
struct fold {
	struct digest id;
	UT_hash_handle hh;
};

struct tree_pane {
	struct pane pane;
	struct tree_list list;
	struct tree_view view;
	struct fold *folds;
	enum tree_sort sort;
	char *filter;
	unsigned tree_version, plan_version;
	int depth; /* to which all is folded, -1: to none */
	bool made, ascii;
};

static const char *order_words(enum tree_sort sort)
{
	static const char *const words[TREE_SORTS] = {
		[TREE_SORT_TREE] = "as a tree",
		[TREE_SORT_SIZE] = "largest total first",
		[TREE_SORT_CREATED] = "newest first",
		[TREE_SORT_NAME] = "by name",
	};

	return words[sort];
}

static void title(const struct pane *pane, struct row *out)
{
	const struct tree_pane *tree = (const struct tree_pane *)pane;
	const char *columns = tree_columns(&tree->view);

	row_add(out, STYLE_TITLE, " Images ");
	if (tree->filter)
		row_addf(out, STYLE_KEY, "[%s] %zu of ", tree->filter,
			 tree->list.matches);
	row_addf(out, STYLE_DIM, "%zu ", pane->model->image_count);
	if (tree->sort != TREE_SORT_TREE)
		row_addf(out, STYLE_DIM, "%s ", order_words(tree->sort));
	else if (tree->depth >= 0 && !tree->filter)
		row_addf(out, STYLE_KEY, "to depth %d ", tree->depth);
	if (*columns)
		row_addf(out, STYLE_DIM, "(%s) ", columns);
	if (pane->model->reading)
		row_add(out, STYLE_LATE, "reading ");
}

/* ---- folds ---- */

static bool is_folded(void *arg, const struct digest *id)
{
	const struct tree_pane *tree = arg;
	struct fold *fold;

	HASH_FIND_STR(tree->folds, id->text, fold);
	return fold != NULL;
}

static void set_fold(struct tree_pane *tree, const struct digest *id,
		     bool folded)
{
	struct fold *fold;

	tree->depth = -1;
	HASH_FIND_STR(tree->folds, id->text, fold);
	if (fold && !folded) {
		HASH_DEL(tree->folds, fold);
		free(fold);
	} else if (!fold && folded) {
		fold = mem_alloc(sizeof(*fold));
		fold->id = *id;
		HASH_ADD_STR(tree->folds, id.text, fold);
	}
	tree->made = false;
}

static void unfold_all(struct tree_pane *tree)
{
	struct fold *fold, *next;

	HASH_ITER(hh, tree->folds, fold, next) {
		HASH_DEL(tree->folds, fold);
		free(fold);
	}
	tree->depth = -1;
	tree->made = false;
}

static bool is_selected(const struct tree_node *node,
			const struct model *model)
{
	const struct step *step = model_step(model);

	return node->image ?
		digest_is_set(&model->image) &&
			digest_equal(&node->image->id, &model->image) :
		step && node->step == step;
}

static void follow(struct pane *pane, const struct model *model)
{
	const struct tree_pane *tree = (const struct tree_pane *)pane;

	for (size_t i = 0; i < tree->list.count; i++)
		if (is_selected(&tree->list.nodes[i], model)) {
			pane_go(pane, (int)i);
			return;
		}
}

static bool marked(const struct pane *pane)
{
	const struct tree_pane *tree = (const struct tree_pane *)pane;

	return pane->cursor < (int)tree->list.count &&
	       is_selected(&tree->list.nodes[pane->cursor], pane->model);
}

static void select_node(const struct pane *pane, struct model *model)
{
	const struct tree_pane *tree = (const struct tree_pane *)pane;
	const struct tree_node *node;
	struct step *const *steps;
	size_t count;

	if (pane->cursor >= (int)tree->list.count)
		return;
	node = &tree->list.nodes[pane->cursor];
	if (node->image) {
		model_select_image(model, &node->image->id);
		return;
	}
	steps = plan_steps(model->plan, &count);
	for (size_t i = 0; i < count; i++)
		if (steps[i] == node->step) {
			model_select_step(model, (int)i);
			return;
		}
}

/* Rows are made when they are drawn; here only the list is. */
static void make_list(struct tree_pane *tree)
{
	const struct model *model = tree->pane.model;

	tree_list_release(&tree->list);
	tree_list_make(model->store, model->images, model->image_count,
		       &tree->view, &tree->list);
	tree->made = true;
	tree->pane.count = (int)tree->list.count;
}

static void make_view(struct tree_pane *tree, const struct model *model,
		      int columns)
{
	tree->view = (struct tree_view){ .ascii = model->ascii,
					 .width = columns,
					 .plan = model->plan,
					 .fixed = model->options->fixed,
					 .sort = tree->sort,
					 .filter = tree->filter,
					 .folded = is_folded,
					 .folded_arg = tree,
					 .words = model->words,
					 .words_count = model->words_made,
					 .lineage = &model->lineage,
					 .marked = &model->marked };
	if (model_run_fits(model)) {
		tree->view.built = model->run.built;
		tree->view.built_count = model->run.step_count;
	}
}

static void update(struct pane *pane, const struct model *model, int columns)
{
	struct tree_pane *tree = (struct tree_pane *)pane;
	bool same = tree->made && tree->tree_version == model->tree_version &&
		    tree->plan_version == model->plan_version &&
		    tree->ascii == model->ascii;

	make_view(tree, model, columns);
	if (same)
		return;
	make_list(tree);
	tree->ascii = model->ascii;
	tree->tree_version = model->tree_version;
	tree->plan_version = model->plan_version;
	follow(pane, model);
}

static void draw_row(const struct pane *pane, int index, struct row *out)
{
	const struct tree_pane *tree = (const struct tree_pane *)pane;

	tree_row(pane->model->store, &tree->view, &tree->list,
		 &tree->list.nodes[index], out);
}

/* ---- actions ---- */

static const struct tree_node *node_of(const struct tree_pane *tree)
{
	int at = tree->pane.cursor;

	return at < (int)tree->list.count ? &tree->list.nodes[at] : NULL;
}

static bool has_kids(const struct tree_pane *tree,
		     const struct tree_node *node)
{
	return node->image && tree->sort == TREE_SORT_TREE &&
	       tree->list.lineage->images[node->index].kids > 0;
}

/* The cursor to the image, or to the nearest below it that is shown. */
static void go_to(struct tree_pane *tree, size_t index)
{
	const struct lineage *lineage = tree->list.lineage;

	for (; index != LINEAGE_NONE; index = lineage->images[index].parent)
		for (size_t i = 0; i < tree->list.count; i++)
			if (tree->list.nodes[i].image &&
			    tree->list.nodes[i].index == index) {
				pane_go(&tree->pane, (int)i);
				return;
			}
}

static void go_to_parent(struct tree_pane *tree, const struct tree_node *node)
{
	if (node->image)
		go_to(tree, tree->list.lineage->images[node->index].parent);
}

static int depth_of(const struct lineage *lineage, size_t index)
{
	int depth = 0;

	while ((index = lineage->images[index].parent) != LINEAGE_NONE)
		depth++;
	return depth;
}

/* Nothing above the depth shows. What is under the cursor, or what it stands
 * on, stays under it. */
static void fold_to(struct tree_pane *tree, int depth)
{
	const struct lineage *lineage = &tree->pane.model->lineage;
	const struct tree_node *node = node_of(tree);
	size_t at = node && node->image ? node->index : LINEAGE_NONE;

	unfold_all(tree);
	for (size_t i = 0; depth >= 0 && i < lineage->count; i++)
		if (lineage->images[i].kids && depth_of(lineage, i) == depth)
			set_fold(tree, &tree->pane.model->images[i]->id,
				 true);
	tree->depth = tree->folds ? depth : -1;
	make_list(tree);
	go_to(tree, at);
}

/* The roots alone: each whole tree folded; or, if any is, nothing. */
static void fold_all(struct tree_pane *tree)
{
	fold_to(tree, tree->folds ? -1 : 0);
}

/* To the depth of the cursor; again: one less. */
static void fold_here(struct tree_pane *tree)
{
	const struct tree_node *node = node_of(tree);
	int depth = node && node->image ?
		depth_of(tree->list.lineage, node->index) : 0;

	if (tree->depth >= 0 && depth >= tree->depth)
		depth = tree->depth > 0 ? tree->depth - 1 : 0;
	fold_to(tree, depth);
}

static bool act(struct pane *pane, enum action action)
{
	struct tree_pane *tree = (struct tree_pane *)pane;
	const struct tree_node *node = node_of(tree);
	bool folded = node && node->image &&
		      is_folded(tree, &node->image->id);

	switch ((int)action) {
	case ACTION_FOLD:
		if (node && has_kids(tree, node))
			set_fold(tree, &node->image->id, !folded);
		return true;
	case ACTION_LEFT:
		if (node && !folded && has_kids(tree, node) && !tree->filter)
			set_fold(tree, &node->image->id, true);
		else if (node)
			go_to_parent(tree, node);
		return true;
	case ACTION_RIGHT:
		if (folded)
			set_fold(tree, &node->image->id, false);
		return true;
	case ACTION_FOLD_ALL:
		fold_all(tree);
		return true;
	case ACTION_FOLD_DEPTH:
		fold_here(tree);
		return true;
	case ACTION_UNFOLD_DEPTH:
		fold_to(tree, tree->depth < 0 ? -1 : tree->depth + 1);
		return true;
	case ACTION_SORT:
		tree->sort = (tree->sort + 1) % TREE_SORTS;
		tree->made = false;
		return true;
	default:
		return false;
	}
}

/* ---- searching ---- */

static bool node_has(const struct tree_pane *tree,
		     const struct tree_node *node, const char *text)
{
	const struct image *image = node->image;
	AUTO_FREE char *made = NULL;

	for (size_t i = 0; image && i < image->tags.count; i++)
		if (pane_matches(image->tags.items[i], text))
			return true;
	if (image && strncmp(DIGEST_HEX(&image->id), text, strlen(text)) == 0)
		return true;
	return pane_matches(tree_words_of(tree->pane.model->store, &tree->view,
					  node, &made), text);
}

static bool has(const struct pane *pane, int index, const char *text)
{
	const struct tree_pane *tree = (const struct tree_pane *)pane;

	return node_has(tree, &tree->list.nodes[index], text);
}

static bool same_node(const struct tree_node *a, const struct tree_node *b)
{
	return a->image == b->image && (a->image || a->step == b->step);
}

/* Of all that there is, the match's place in list, or -1. */
static int find_match(const struct tree_pane *tree,
		      const struct tree_list *list, const char *text, int row,
		      int dir, bool next)
{
	int count = (int)list->count, at = 0;

	while (at < count && !same_node(&list->nodes[at],
					&tree->list.nodes[row]))
		at++;
	at += next ? dir : 0;
	for (int i = 0; i < count; i++, at += dir) {
		at = ((at % count) + count) % count;
		if (node_has(tree, &list->nodes[at], text))
			return at;
	}
	return -1;
}

/* Names that are cut off are found, too, and what is folded away. */
static int reveal(struct pane *pane, const char *text, int row, int dir,
		  bool next)
{
	struct tree_pane *tree = (struct tree_pane *)pane;
	const struct model *model = pane->model;
	const struct lineage *lineage = tree->list.lineage;
	AUTO(tree_list_release) struct tree_list all = { 0 };
	struct tree_view view = tree->view;
	size_t up;
	int at;

	if (row < 0 || row >= (int)tree->list.count)
		return -1;
	if (!tree->folds)
		return find_match(tree, &tree->list, text, row, dir, next);
	view.folded = NULL;
	tree_list_make(model->store, model->images, model->image_count, &view,
		       &all);
	at = find_match(tree, &all, text, row, dir, next);
	if (at < 0)
		return -1;
	up = all.nodes[at].image ? lineage->images[all.nodes[at].index].parent :
				   LINEAGE_NONE;
	for (; up != LINEAGE_NONE; up = lineage->images[up].parent)
		set_fold(tree, &model->images[up]->id, false);
	make_list(tree);
	for (row = 0; row < pane->count; row++)
		if (same_node(&tree->list.nodes[row], &all.nodes[at]))
			return row;
	return -1;
}

/* ---- what it remembers ---- */

void tree_pane_filter(struct pane *pane, const char *words)
{
	struct tree_pane *tree = (struct tree_pane *)pane;
	char *copy = words && words[strspn(words, " ")] ? mem_strdup(words) :
							  NULL;

	free(tree->filter);
	tree->filter = copy;
	tree->made = false;
}

const char *tree_pane_filtered(const struct pane *pane)
{
	return ((const struct tree_pane *)pane)->filter;
}

enum tree_sort tree_pane_sort(const struct pane *pane)
{
	return ((const struct tree_pane *)pane)->sort;
}

void tree_pane_set_sort(struct pane *pane, enum tree_sort sort)
{
	struct tree_pane *tree = (struct tree_pane *)pane;

	tree->sort = sort;
	tree->made = false;
}

void tree_pane_set_fold(struct pane *pane, const struct digest *id)
{
	set_fold((struct tree_pane *)pane, id, true);
}

void tree_pane_folds(const struct pane *pane, size_t most, struct strv *out)
{
	const struct tree_pane *tree = (const struct tree_pane *)pane;
	struct fold *fold, *next;

	HASH_ITER(hh, tree->folds, fold, next)
		if (out->count < most)
			strv_add(out, fold->id.text);
}

static const char *empty(const struct pane *pane)
{
	if (!pane->model->tree_version)
		return "reading the store";
	if (((const struct tree_pane *)pane)->filter)
		return "nothing matches the filter: Esc clears it";
	return "no images yet: press b to build";
}

static void release(struct pane *pane)
{
	struct tree_pane *tree = (struct tree_pane *)pane;

	tree_list_release(&tree->list);
	unfold_all(tree);
	free(tree->filter);
	free(tree);
}

static const struct pane_ops ops = {
	.name = "tree", .context = CONTEXT_TREE, .title = title,
	.update = update, .row = draw_row, .empty = empty,
	.select = select_node, .follow = follow,
	.marked = marked, .act = act, .has = has, .reveal = reveal,
	.free = release,
};

struct pane *tree_pane_new(const struct model *model)
{
	struct tree_pane *tree = mem_alloc(sizeof(*tree));

	tree->pane.ops = &ops;
	tree->pane.model = model;
	tree->depth = -1;
	return &tree->pane;
}
