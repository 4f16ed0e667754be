/* Knows how the layers of an image are listed. */
#include "tui/browser_state.h"

struct layers_pane {
	struct pane pane;
	struct browser *browser;
};

static const struct browser *browser_of(const struct pane *pane)
{
	return ((const struct layers_pane *)pane)->browser;
}

static void title(const struct pane *pane, struct row *out)
{
	const struct browser *browser = browser_of(pane);

	row_add(out, STYLE_TITLE, " Layers ");
	row_addf(out, STYLE_TAG, "%s ", browser->name ? browser->name : "");
}

static void update(struct pane *pane, const struct model *model, int columns)
{
	const struct browser *browser = browser_of(pane);

	(void)model;
	(void)columns;
	pane->count = (int)browser->layer_count;
	if ((size_t)pane->cursor != browser->layer)
		pane_go(pane, (int)browser->layer);
}

static void draw_row(const struct pane *pane, int index, struct row *out)
{
	const struct browser *browser = browser_of(pane);

	view_layer(&browser->steps, (size_t)index,
		   browser->layers[index].size, out);
}

static const char *empty(const struct pane *pane)
{
	(void)pane;
	return "the image has no layers";
}

static bool marked(const struct pane *pane)
{
	return (size_t)pane->cursor == browser_of(pane)->layer;
}

static void release(struct pane *pane)
{
	free(pane);
}

static const struct pane_ops ops = {
	.name = "layers", .context = CONTEXT_BROWSER, .title = title,
	.update = update, .row = draw_row, .empty = empty, .marked = marked,
	.free = release,
};

struct pane *layers_pane_new(struct browser *browser)
{
	struct layers_pane *layers = mem_alloc(sizeof(*layers));

	layers->pane.ops = &ops;
	layers->pane.model = browser->model;
	layers->browser = browser;
	return &layers->pane;
}
