/* Knows how the tree of images is walked and what in it is selected. */
#include "tui/pane.h"

#include <string.h>

struct tree_pane {
	struct pane pane;
	struct tree_list list;
	struct tree_view view;
	unsigned tree_version, plan_version;
	bool made, ascii;
};

static void title(const struct pane *pane, struct row *out)
{
	row_add(out, STYLE_TITLE, " Images ");
	row_addf(out, STYLE_DIM, "%zu ", pane->model->image_count);
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
static void update(struct pane *pane, const struct model *model, int columns)
{
	struct tree_pane *tree = (struct tree_pane *)pane;
	bool same = tree->made && tree->tree_version == model->tree_version &&
		    tree->plan_version == model->plan_version &&
		    tree->ascii == model->ascii;

	tree->view = (struct tree_view){ .ascii = model->ascii,
					 .width = columns,
					 .plan = model->plan };
	if (model_run_fits(model)) {
		tree->view.built = model->run.built;
		tree->view.built_count = model->run.step_count;
	}
	if (same)
		return;
	tree_list_release(&tree->list);
	tree_list_make(model->store, model->images, model->image_count,
		       &tree->view, &tree->list);
	tree->made = true;
	tree->ascii = model->ascii;
	tree->tree_version = model->tree_version;
	tree->plan_version = model->plan_version;
	pane->count = (int)tree->list.count;
	follow(pane, model);
}

static void draw_row(const struct pane *pane, int index, struct row *out)
{
	const struct tree_pane *tree = (const struct tree_pane *)pane;

	tree_row(pane->model->store, &tree->view, &tree->list,
		 &tree->list.nodes[index], out);
}

/* Rows are cut to the pane: there is nothing to the right of them. */
static bool act(struct pane *pane, enum action action)
{
	(void)pane;
	return action == ACTION_LEFT || action == ACTION_RIGHT;
}

static const char *empty(const struct pane *pane)
{
	if (!pane->model->tree_version)
		return "reading the store";
	return "no images yet: press b to build";
}

static void release(struct pane *pane)
{
	struct tree_pane *tree = (struct tree_pane *)pane;

	tree_list_release(&tree->list);
	free(tree);
}

static const struct pane_ops ops = {
	.name = "tree", .context = CONTEXT_TREE, .title = title,
	.update = update, .row = draw_row, .empty = empty,
	.select = select_node, .follow = follow,
	.marked = marked, .act = act,
	.free = release,
};

struct pane *tree_pane_new(const struct model *model)
{
	struct tree_pane *tree = mem_alloc(sizeof(*tree));

	tree->pane.ops = &ops;
	tree->pane.model = model;
	return &tree->pane;
}
