/* Knows what is told of the file or layer under the cursor, and of waste. */
#include "tui/browser_state.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define WASTE_SHOWN 200
#define BLAME_MOST ((uint64_t)1 << 20) /* bytes: a cursor does not wait */

struct facts_pane {
	struct pane pane;
	struct browser *browser;
	struct rows rows;
	unsigned version;
	uint32_t at;
	enum browser_pane focus;
	bool waste;
	int columns;
};

static const struct browser *browser_of(const struct pane *pane)
{
	return ((const struct facts_pane *)pane)->browser;
}

static void title(const struct pane *pane, struct row *out)
{
	const struct browser *browser = browser_of(pane);
	bool waste = browser->waste_shown;

	row_add(out, waste ? STYLE_DIM : STYLE_TITLE,
		waste ? " Info" : " Info*");
	row_add(out, STYLE_DIM, " | ");
	row_add(out, waste ? STYLE_TITLE : STYLE_DIM,
		waste ? "Waste* " : "Waste ");
}

static void add_fact(struct rows *rows, const char *key, const char *text)
{
	struct row *row;

	if (!text || !*text)
		return;
	row = rows_add(rows, -1);
	row_addf(row, STYLE_DIM, "%-10s", key);
	row_add(row, STYLE_PLAIN, text);
}

/* ---- a file ---- */

static void add_state(const struct browser *browser, uint32_t at,
		      const struct files *side, uint32_t in,
		      struct rows *rows)
{
	const struct file *file = &side->items[in];
	AUTO_FREE char *path = files_path(side, in);
	AUTO_FREE char *differs = file_differs_text(browser->old,
						    browser->now, at);
	AUTO_FREE char *size = text_size((int64_t)file->size);
	AUTO_FREE char *words = NULL;
	char mode[11];

	file_mode_text(file->mode, mode);
	row_addf(rows_add(rows, -1), STYLE_TITLE, "/%s", path);
	words = mem_printf("%s%s%s%s", file_state_word(
				browser->now->items[at].state),
			   *differs ? " (" : "", differs,
			   *differs ? ")" : "");
	add_fact(rows, "state", words);
	free(words);
	if (side->names_only)
		words = mem_printf("not read yet: %s",
				   file_type_word(file->mode));
	else if (S_ISREG(file->mode))
		words = mem_printf("%s %04o, owner %u:%u, %s, %llu bytes",
				   mode, file->mode & 07777u, file->uid,
				   file->gid, size,
				   (unsigned long long)file->size);
	else if (S_ISCHR(file->mode) || S_ISBLK(file->mode))
		words = mem_printf("%s %04o, owner %u:%u, device %u:%u",
				   mode, file->mode & 07777u, file->uid,
				   file->gid, major(file->size),
				   minor(file->size));
	else
		words = mem_printf("%s %04o, owner %u:%u, %s", mode,
				   file->mode & 07777u, file->uid, file->gid,
				   file_type_word(file->mode));
	add_fact(rows, "mode", words);
	add_fact(rows, "link to", files_link(side, in));
}

static void add_names(const struct files *side, uint32_t in,
		      struct rows *rows)
{
	uint32_t other = files_hardlink(side, in);
	AUTO(strv_release) struct strv xattrs = { 0 };
	struct err err = ERR_INIT;

	if (other != FILE_NONE) {
		AUTO_FREE char *path = files_path(side, other);
		AUTO_FREE char *rooted = mem_printf("/%s", path);

		add_fact(rows, "same as", rooted);
	}
	if (side->layer_count)
		files_xattrs(side, in, side->items[in].layer, &xattrs, &err);
	for (size_t i = 0; i < xattrs.count; i++) {
		AUTO_FREE char *words = xattr_words(xattrs.items[i]);

		add_fact(rows, i ? "" : "xattr", words);
	}
}

static void add_blame(const struct browser *browser, const struct files *side,
		      uint32_t in, struct rows *rows)
{
	AUTO_FREE char *path = files_path(side, in);
	AUTO(blame_release) struct blame blame = { 0 };
	struct err err = ERR_INIT;

	if (!browser->model->store ||
	    blame_path(browser->model->store, browser->layer_list,
		       browser->layer_count, path, BLAME_MOST, &blame,
		       &err) < 0) {
		add_fact(rows, "layers", err.msg);
		return;
	}
	view_blame(&browser->steps, &blame, rows);
}

static void make_file(const struct browser *browser, uint32_t at,
		      struct rows *rows)
{
	uint32_t in = at;
	const struct files *side = browser_side_of(browser, &in);

	add_state(browser, at, side, in, rows);
	add_names(side, in, rows);
	add_blame(browser, side, in, rows);
}

/* ---- a layer ---- */

static void make_layer(const struct browser *browser, int width,
		       struct rows *rows)
{
	const struct layer *layer = &browser->layers[browser->layer];
	bool fixed = browser->model->options->fixed;
	AUTO_FREE char *words = layer_step_words(&browser->steps,
						 browser->layer);
	AUTO_FREE char *size = text_size((int64_t)layer->size);
	struct flow flow = { .rows = rows, .link = -1, .indent = 0,
			     .width = width };
	int line = browser->lines[browser->layer];

	if (line) {
		AUTO_FREE char *text = mem_printf("line %d:", line);

		flow_words(&flow, STYLE_KEY, text);
	}
	flow_words(&flow, STYLE_BOLD, words);
	add_fact(rows, "size", size);
	add_fact(rows, "diff ID", fixed ? "#" : layer->diff_id.text);
	add_fact(rows, "chain ID", fixed ? "#" : layer->chain_id.text);
}

static void make(struct facts_pane *facts, int width)
{
	const struct browser *browser = facts->browser;

	if (browser->waste_shown && browser->waste)
		view_waste(&browser->steps, browser->waste,
			   browser->waste_files, &browser->waste_groups,
			   WASTE_SHOWN, width, &facts->rows);
	else if (browser->waste_shown)
		return;
	else if (facts->at != FILE_NONE)
		make_file(browser, facts->at, &facts->rows);
	else if (browser->layer_count)
		make_layer(browser, width, &facts->rows);
}

static void update(struct pane *pane, const struct model *model, int columns)
{
	struct facts_pane *facts = (struct facts_pane *)pane;
	const struct browser *browser = facts->browser;
	uint32_t at = browser->focus == BROWSER_LAYERS ?
			      FILE_NONE : browser_file(browser);
	bool moved = at != facts->at || facts->waste != browser->waste_shown;

	(void)model;
	if (!moved && facts->version == browser->version &&
	    facts->columns == columns)
		return;
	facts->version = browser->version;
	facts->at = at;
	facts->waste = browser->waste_shown;
	facts->columns = columns;
	rows_release(&facts->rows);
	make(facts, columns > 1 ? columns - 1 : 1);
	pane->count = (int)facts->rows.count;
	if (moved && !facts->waste)
		pane_go(pane, 0);
}

static void draw_row(const struct pane *pane, int index, struct row *out)
{
	const struct facts_pane *facts = (const struct facts_pane *)pane;
	const struct row *row = &facts->rows.items[index];

	for (size_t i = 0; i < row->count; i++)
		row_add(out, row->spans[i].style, row->spans[i].text);
}

static const char *empty(const struct pane *pane)
{
	return browser_of(pane)->waste_shown ? "counting lost bytes" :
					       "nothing is selected";
}

/* To what is lost, in the layer that loses it. */
static void reveal(struct browser *browser, size_t link)
{
	const struct waste *waste = browser->waste;
	const struct waste_group *group = link < waste->count ? NULL :
		&browser->waste_groups.items[link - waste->count];
	const struct waste_item *item =
		&waste->items[group ? group->items[0] : link];
	AUTO_FREE char *path = files_path(browser->waste_files,
					  group ? group->dir : item->at);

	browser_reveal(browser, item->by, path);
}

/* From what is lost to the layer that loses it, where the file still shows;
 * from a step to its line of the Dockerfile. */
static bool act(struct pane *pane, enum action action)
{
	struct facts_pane *facts = (struct facts_pane *)pane;
	struct browser *browser = facts->browser;
	int link;

	if (action != ACTION_OPEN)
		return false;
	if (!browser->waste_shown || !browser->waste ||
	    pane->cursor >= pane->count)
		return true;
	link = facts->rows.items[pane->cursor].link;
	if (link <= WASTE_LAYER(0))
		browser_open_step(browser, (size_t)(WASTE_LAYER(0) - link));
	else if (link >= 0)
		reveal(browser, (size_t)link);
	return true;
}

static void release(struct pane *pane)
{
	struct facts_pane *facts = (struct facts_pane *)pane;

	rows_release(&facts->rows);
	free(facts);
}

static const struct pane_ops ops = {
	.name = "facts", .context = CONTEXT_BROWSER, .title = title,
	.update = update, .row = draw_row, .empty = empty, .act = act,
	.free = release,
};

struct pane *facts_pane_new(struct browser *browser)
{
	struct facts_pane *facts = mem_alloc(sizeof(*facts));

	facts->pane.ops = &ops;
	facts->pane.model = browser->model;
	facts->browser = browser;
	facts->at = FILE_NONE;
	return &facts->pane;
}
