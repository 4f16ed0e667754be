/* Knows which keys are worth a place in the last row, and where they stand. */
#include "tui/hints.h"

#include <string.h>

static bool worth(const struct action_info *info, unsigned contexts)
{
	if (!info->hint || !action_valid(info, contexts))
		return false;
	/* What is for the list is not for a file out of it. */
	if (contexts & CONTEXT_LOOK)
		return info->action == ACTION_HEX ||
		       info->action == ACTION_NEXT_PANE ||
		       info->action == ACTION_WASTE;
	/* There, Enter does the same. */
	if (info->action == ACTION_HEX)
		return false;
	/* One build at a time. */
	return info->action != ACTION_BUILD || !(contexts & CONTEXT_BUILDING);
}

static bool leads_back(const struct action_info *info)
{
	return info->action == ACTION_BACK || info->action == ACTION_CLOSE;
}

static int width_of(const struct hint *hint)
{
	return text_width(hint->key) + text_width(hint->word) + 3;
}

/* Columns of a hint; 0: it has no key. */
static int needs(const struct keymap *map, const struct action_info *info)
{
	AUTO_FREE char *key = keymap_key(map, info->action);
	struct hint hint = { .key = key, .word = info->hint };

	return *key ? width_of(&hint) : 0;
}

static bool take(struct hints *hints, const struct keymap *map,
		 const struct action_info *info, int room)
{
	AUTO_FREE char *key = keymap_key(map, info->action);
	struct hint hint = { .action = info->action, .key = key,
			     .word = info->hint, .column = hints->width };

	hint.width = width_of(&hint);
	if (!*key || hint.width > room - hints->width)
		return false;
	hint.key = STEAL(key);
	hints->width += hint.width;
	hints->items[hints->count++] = hint;
	return true;
}

void hints_make(const struct keymap *map, unsigned contexts, int columns,
		struct hints *out)
{
	size_t count;
	const struct action_info *table = actions_table(&count);
	const struct action_info *last = &table[count - 1], *leave = NULL;
	size_t most = HINTS_MAX - 1;
	int room = columns - needs(map, last);

	*out = (struct hints){ 0 };
	for (size_t i = 0; i < count && !leave; i++)
		if (leads_back(&table[i]) && action_valid(&table[i], contexts))
			leave = &table[i];
	if (leave && needs(map, leave)) {
		room -= needs(map, leave);
		most--;
	}
	for (size_t i = 0; i + 1 < count && out->count < most; i++)
		if (!leads_back(&table[i]) && worth(&table[i], contexts))
			take(out, map, &table[i], room);
	if (leave)
		take(out, map, leave, columns - needs(map, last));
	take(out, map, last, columns);
}

void hints_make_typing(const struct keymap *map, int columns,
		       struct hints *out)
{
	size_t count;
	const struct action_info *table = actions_table(&count);

	*out = (struct hints){ 0 };
	for (size_t i = 0; i < count && out->count < HINTS_MAX; i++)
		if (table[i].hint && action_valid(&table[i], CONTEXT_TYPING))
			take(out, map, &table[i], columns);
}

void hints_release(struct hints *hints)
{
	for (size_t i = 0; i < hints->count; i++)
		free(hints->items[i].key);
	*hints = (struct hints){ 0 };
}

void hints_row(const struct hints *hints, struct row *out)
{
	for (size_t i = 0; i < hints->count; i++) {
		row_add(out, STYLE_PLAIN, " ");
		row_add(out, STYLE_KEY, hints->items[i].key);
		row_addf(out, STYLE_PLAIN, ":%s ", hints->items[i].word);
	}
}

enum action hints_at(const struct hints *hints, int column)
{
	for (size_t i = 0; i < hints->count; i++)
		if (column >= hints->items[i].column &&
		    column < hints->items[i].column + hints->items[i].width)
			return hints->items[i].action;
	return ACTION_NONE;
}
