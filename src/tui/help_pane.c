/* Knows how the table of actions reads as a page of help. */
#include "tui/command.h"
#include "tui/pane.h"

#include <string.h>

#define KEY_COLUMNS 16
#define NAME_COLUMNS 18
#define WIDE_COLUMNS 100 /* there is room for the names, too */

struct help_pane {
	struct pane pane;
	struct rows rows;
	bool made, ascii, names;
};

static void title(const struct pane *pane, struct row *out)
{
	(void)pane;
	row_add(out, STYLE_TITLE, " Help: keys ");
}

static void add_actions(struct rows *rows, const struct keymap *map,
			bool names)
{
	const struct action_info *table;
	const char *group = "";
	size_t count;

	table = actions_table(&count);
	for (size_t i = 0; i < count; i++) {
		struct row *row;

		if (strcmp(group, table[i].group) != 0) {
			if (*group)
				rows_add(rows, -1);
			group = table[i].group;
			row_add(rows_add(rows, (int)i), STYLE_TITLE, group);
		}
		row = rows_add(rows, -1);
		row_addf(row, STYLE_KEY, "  %-*s", KEY_COLUMNS,
			 keymap_keys(map, table[i].action));
		if (names)
			row_addf(row, STYLE_DIM, "%-*s", NAME_COLUMNS,
				 table[i].name);
		row_add(row, STYLE_PLAIN, table[i].help);
		if (table[i].contexts == CONTEXT_HELP)
			row_add(row, STYLE_DIM, " (here)");
		else if (table[i].contexts & CONTEXT_WAITING)
			row_add(row, STYLE_DIM, " (while it runs)");
	}
}

static void add_commands(struct rows *rows)
{
	const char *name, *text;

	rows_add(rows, -1);
	row_add(rows_add(rows, -1), STYLE_TITLE, "After :");
	row_addf(rows_add(rows, -1), STYLE_PLAIN,
		 "  %-*sany action above; a beginning will do", KEY_COLUMNS,
		 ":name");
	row_addf(rows_add(rows, -1), STYLE_PLAIN, "  %-*sto that line",
		 KEY_COLUMNS, ":12");
	for (size_t i = 0; (name = command_name(i, &text)); i++)
		row_addf(rows_add(rows, -1), STYLE_PLAIN, "  :%-*s%s",
			 KEY_COLUMNS - 1, name, text);
}

static void add_verdicts(struct rows *rows, bool ascii)
{
	static const struct {
		enum sign sign;
		const char *text;
	} legend[] = {
		{ SIGN_HIT, "the cache has this step" },
		{ SIGN_MISS, "the next build does this step" },
		{ SIGN_LATE, "hangs on bytes that do not exist yet" },
		{ SIGN_PULL, "the next build pulls its image first" },
		{ SIGN_FAIL, "this step cannot work" },
	};
	const struct glyphs *g = glyphs_get(ascii);

	rows_add(rows, -1);
	row_add(rows_add(rows, -1), STYLE_TITLE, "Signs");
	for (size_t i = 0; i < sizeof(legend) / sizeof(*legend); i++) {
		enum sign sign = legend[i].sign;
		struct row *row = rows_add(rows, -1);

		row_addf(row, sign_style(sign), "  %s %-*s",
			 sign_glyph(sign, ascii), KEY_COLUMNS - 2,
			 sign_word(sign));
		row_add(row, STYLE_PLAIN, legend[i].text);
	}
	row_addf(rows_add(rows, -1), STYLE_PLAIN,
		 "  %s               an image of this Dockerfile", g->hit);
	row_addf(rows_add(rows, -1), STYLE_PLAIN,
		 "  %s               another image", g->node);
	row_addf(rows_add(rows, -1), STYLE_GHOST,
		 "  %s               an image that the next build makes",
		 g->ghost);
}

static void update(struct pane *pane, const struct model *model, int columns)
{
	struct help_pane *help = (struct help_pane *)pane;
	bool names = columns >= WIDE_COLUMNS;

	if (help->made && help->ascii == model->ascii &&
	    help->names == names)
		return;
	rows_release(&help->rows);
	add_actions(&help->rows, &model->options->keys, names);
	add_commands(&help->rows);
	add_verdicts(&help->rows, model->ascii);
	help->made = true;
	help->names = names;
	help->ascii = model->ascii;
	pane->count = (int)help->rows.count;
}

void help_pane_show(struct pane *pane, enum action action)
{
	const struct help_pane *help = (const struct help_pane *)pane;
	size_t count;
	const struct action_info *table = actions_table(&count);
	const struct action_info *wanted = table;

	while (wanted->action != action)
		wanted++;
	for (size_t i = 0; i < help->rows.count; i++) {
		int link = help->rows.items[i].link;

		if (link < 0 || strcmp(table[link].group, wanted->group) != 0)
			continue;
		pane_go(pane, (int)i);
		pane->top = (int)i;
		return;
	}
}

static void draw_row(const struct pane *pane, int index, struct row *out)
{
	const struct help_pane *help = (const struct help_pane *)pane;

	for (size_t i = 0; i < help->rows.items[index].count; i++)
		row_add(out, help->rows.items[index].spans[i].style,
			help->rows.items[index].spans[i].text);
}

static void release(struct pane *pane)
{
	struct help_pane *help = (struct help_pane *)pane;

	rows_release(&help->rows);
	free(help);
}

static const struct pane_ops ops = {
	.name = "help", .context = CONTEXT_HELP, .title = title,
	.update = update, .row = draw_row, .free = release,
};

struct pane *help_pane_new(const struct model *model)
{
	struct help_pane *help = mem_alloc(sizeof(*help));

	help->pane.ops = &ops;
	help->pane.model = model;
	return &help->pane;
}
