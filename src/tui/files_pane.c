/* Knows how files of layers are walked, and one of them looked at. */
#include "tui/browser_state.h"

#include <string.h>

#include "view/views.h"

/* From so many columns on mode and owner are shown unless it is asked for. */
#define ROOM_FOR_ALL 70

struct files_pane {
	struct pane pane;
	struct browser *browser;
	unsigned version;
	int behind, behind_top; /* the cursor of the list under a look */
};

static struct browser *browser_of(const struct pane *pane)
{
	return ((const struct files_pane *)pane)->browser;
}

static void add_what(const struct browser *browser, struct row *out)
{
	size_t n = browser->layer + 1;

	if (digest_is_set(&browser->from.image) && n >= browser->layer_count)
		row_addf(out, STYLE_TITLE, " From %s to %s ",
			 browser->from.name, browser->name);
	else if (digest_is_set(&browser->from.image))
		row_addf(out, STYLE_TITLE, " From %s to %s#%zu ",
			 browser->from.name, browser->name, n);
	else if (browser->aggregate)
		row_addf(out, STYLE_TITLE, " All files up to layer %zu ", n);
	else
		row_addf(out, STYLE_TITLE, " What layer %zu changes ", n);
}

static void title(const struct pane *pane, struct row *out)
{
	const struct browser *browser = browser_of(pane);

	if (browser->peeking) {
		row_addf(out, STYLE_TITLE, " /%s ", browser->peek_path);
		row_addf(out, STYLE_DIM, "%s ", browser_look_word(browser));
		return;
	}
	add_what(browser, out);
	if (loader_runs(&browser->loader))
		row_add(out, STYLE_LATE, browser->now &&
			browser->now->names_only ? "reading sizes " :
						   "reading ");
	else if (browser->now && browser->now->names_only)
		row_add(out, STYLE_LATE, "names only ");
	if (browser->filter && *browser->filter)
		row_addf(out, STYLE_KEY, "[%s] %zu ", browser->filter,
			 browser->browse.matches);
	if (browser->by_size)
		row_add(out, STYLE_DIM, "by size ");
}

static void update(struct pane *pane, const struct model *model, int columns)
{
	struct files_pane *files = (struct files_pane *)pane;
	struct browser *browser = files->browser;

	(void)model;
	if (!browser->brief_set)
		browser->brief = columns < ROOM_FOR_ALL;
	browser->browse.view.brief = browser->brief;
	if (browser->peeking)
		pane->cursor = (int)peek_fit(&browser->peek,
					     columns,
					     (size_t)pane->cursor);
	pane->count = browser->peeking ? (int)peek_count(&browser->peek) :
					 (int)browser->browse.list.count;
	if (files->version == browser->version)
		return;
	files->version = browser->version;
	if (!browser->peeking)
		pane_go(pane, pane->cursor);
}

static void diff_row(const struct browser *browser, size_t index,
		     struct row *out)
{
	AUTO(row_release) struct row row = { 0 };
	AUTO_FREE char *text = NULL;

	peek_row(&browser->peek, index, &row);
	text = row_text(&row);
	row_add(out, view_diff_style(text), text);
}

static void draw_row(const struct pane *pane, int index, struct row *out)
{
	const struct browser *browser = browser_of(pane);

	if (browser->peeking && browser->peek_diff)
		diff_row(browser, (size_t)index, out);
	else if (browser->peeking)
		peek_row(&browser->peek, (size_t)index, out);
	else
		browse_row(&browser->browse, (size_t)index, out);
}

static const char *empty(const struct pane *pane)
{
	const struct browser *browser = browser_of(pane);

	if (browser->peeking)
		return "the file is empty";
	if (loader_runs(&browser->loader))
		return "reading the files of the layers";
	if (digest_is_set(&browser->from.image) && browser_only_kinds(browser))
		return "no file differs: U shows the same";
	if (browser->filter && *browser->filter)
		return "nothing matches the filter: Esc clears it";
	return digest_is_set(&browser->from.image) ? "no file differs" :
						     "no file is changed";
}

/* ---- a file ---- */

static void look(struct pane *pane, uint32_t at)
{
	struct files_pane *files = (struct files_pane *)pane;
	int cursor = pane->cursor, top = pane->top;

	if (!browser_look(files->browser, at))
		return;
	files->behind = cursor;
	files->behind_top = top;
	pane->count = (int)peek_count(&files->browser->peek);
	pane->top = pane->left = 0;
	pane_go(pane, 0);
}

void files_pane_open(struct pane *pane)
{
	struct browser *browser = browser_of(pane);
	size_t line = (size_t)pane->cursor;

	if (browser->peeking || browser_file(browser) == FILE_NONE)
		return;
	if (browse_is_open(&browser->browse, line))
		browse_fold(&browser->browse, line);
	else if (browse_has_below(&browser->browse, line))
		browse_unfold(&browser->browse, line);
	else
		look(pane, browser_file(browser));
	browser->version++;
}

void files_pane_close(struct pane *pane)
{
	struct files_pane *files = (struct files_pane *)pane;
	struct browser *browser = files->browser;

	if (!browser->peeking)
		return;
	peek_release(&browser->peek);
	browser->peeking = false;
	browser->version++;
	pane->count = (int)browser->browse.list.count;
	pane->left = 0;
	pane->top = files->behind_top;
	pane_go(pane, files->behind);
}

/* ---- moving ---- */

static void look_next(struct pane *pane)
{
	struct browser *browser = browser_of(pane);

	browser_look_next(browser);
	if (!browser->peeking)
		return;
	pane->count = (int)peek_count(&browser->peek);
	pane_go(pane, 0);
}

static bool act_on_look(struct pane *pane, enum action action)
{
	switch ((int)action) {
	case ACTION_HEX:
		look_next(pane);
		return true;
	case ACTION_BACK:
		files_pane_close(pane);
		return true;
	case ACTION_LEFT:
		if (pane->left > 0)
			return false;
		files_pane_close(pane);
		return true;
	case ACTION_OPEN:
		return true;
	default:
		return false;
	}
}

static void go_left(struct pane *pane)
{
	struct browse *browse = &browser_of(pane)->browse;
	size_t line = (size_t)pane->cursor;

	if (line >= browse->list.count)
		return;
	if (browse_is_open(browse, line))
		browse_fold(browse, line);
	else
		pane_go(pane, (int)browse_parent(browse, line));
}

static void fold_all(struct pane *pane)
{
	struct browse *browse = &browser_of(pane)->browse;
	bool fold = browse_is_open(browse, (size_t)pane->cursor);
	size_t line;

	for (size_t i = 0; i < browse->list.count && !fold; i++)
		fold = browse_is_open(browse, i);
	line = browse_fold_all(browse, fold, (size_t)pane->cursor);
	pane->count = (int)browse->list.count;
	pane_go(pane, (int)line);
}

static bool act(struct pane *pane, enum action action)
{
	struct browser *browser = browser_of(pane);
	struct browse *browse = &browser->browse;
	size_t line = (size_t)pane->cursor;

	if (browser->peeking)
		return act_on_look(pane, action);
	if (!browser->now) /* still being read */
		return false;
	switch ((int)action) {
	case ACTION_OPEN:
	case ACTION_FOLD:
		files_pane_open(pane);
		break;
	case ACTION_RIGHT:
		if (browse_has_below(browse, line))
			browse_unfold(browse, line);
		else if (browser_file(browser) != FILE_NONE)
			look(pane, browser_file(browser));
		break;
	case ACTION_LEFT:
		go_left(pane);
		break;
	case ACTION_FOLD_ALL:
		fold_all(pane);
		break;
	case ACTION_NEXT_CHANGE:
		if (!files_pane_find(pane, NULL, pane->cursor + 1, 1))
			browser_say(browser, true, "nothing is changed here");
		break;
	default:
		return false;
	}
	browser->version++;
	if (!browser->peeking)
		pane->count = (int)browse->list.count;
	return true;
}

bool files_pane_find(struct pane *pane, const char *text, int from, int dir)
{
	struct browser *browser = browser_of(pane);
	size_t count, found, index;

	if (pane->count == 0)
		return false;
	index = (size_t)((from % pane->count + pane->count) % pane->count);
	if (browser->peeking) {
		count = peek_count(&browser->peek);
		found = text ? peek_find(&browser->peek, text, index, dir)
			     : count;
	} else {
		found = browse_find(&browser->browse, text, index, dir);
		count = browser->browse.list.count;
	}
	pane->count = (int)count;
	if (found >= count)
		return false;
	pane_go(pane, (int)found);
	browser->version++;
	return true;
}

void files_pane_again(struct pane *pane)
{
	struct browser *browser = browser_of(pane);
	size_t line;

	if (!browser->now)
		return;
	files_pane_close(pane);
	browser->browse.view.by_size = browser->by_size;
	line = browse_again(&browser->browse, (size_t)pane->cursor);
	pane->count = (int)browser->browse.list.count;
	pane_go(pane, (int)line);
	browser->version++;
}

void files_pane_unfold(struct pane *pane)
{
	struct files_pane *files = (struct files_pane *)pane;
	struct browse *browse = &files->browser->browse;
	bool looked = files->browser->peeking;
	int *cursor = looked ? &files->behind : &pane->cursor;

	*cursor = (int)browse_unfold_kept(browse, (size_t)*cursor);
	if (!looked)
		pane->count = (int)browse->list.count;
}

uint32_t files_pane_at(const struct pane *pane)
{
	const struct files_pane *files = (const struct files_pane *)pane;
	const struct files_list *list = &files->browser->browse.list;
	size_t line = (size_t)(files->browser->peeking ? files->behind :
							 pane->cursor);

	return line < list->count ? list->items[line].at : FILE_NONE;
}

void files_pane_follow(struct pane *pane, uint32_t at)
{
	struct files_pane *files = (struct files_pane *)pane;
	struct browser *browser = files->browser;
	size_t line;

	if (at == FILE_NONE || at >= browser->browse.files->count)
		return;
	line = browse_show(&browser->browse, at);
	if (browser->peeking) {
		files->behind = (int)line;
		return;
	}
	pane->count = (int)browser->browse.list.count;
	pane_go(pane, (int)line);
}

static bool marked(const struct pane *pane)
{
	(void)pane;
	return true;
}

static void release(struct pane *pane)
{
	free(pane);
}

static const struct pane_ops ops = {
	.name = "files", .context = CONTEXT_BROWSER, .title = title,
	.update = update, .row = draw_row, .empty = empty, .marked = marked,
	.act = act, .free = release,
};

struct pane *files_pane_new(struct browser *browser)
{
	struct files_pane *files = mem_alloc(sizeof(*files));

	files->pane.ops = &ops;
	files->pane.model = browser->model;
	files->browser = browser;
	return &files->pane;
}
