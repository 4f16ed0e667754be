/*
 * What a user can do: one table, from which the key map, the hint bar, the
 * help screen, the command line of `:` and the manual come.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "tui/key.h"

enum action {
	ACTION_NONE,
	ACTION_UP, ACTION_DOWN, ACTION_LEFT, ACTION_RIGHT,
	ACTION_PAGE_UP, ACTION_PAGE_DOWN, ACTION_FIRST, ACTION_LAST,
	ACTION_NEXT_PANE, ACTION_PREVIOUS_PANE,
	ACTION_SEARCH, ACTION_SEARCH_NEXT, ACTION_SEARCH_PREVIOUS,
	ACTION_WHY, ACTION_CONFIG, ACTION_LOG,
	ACTION_TYPE, ACTION_SAVE, ACTION_UNDO, ACTION_REDO,
	ACTION_LINE_UP, ACTION_LINE_DOWN, ACTION_LINE_DELETE,
	ACTION_LINE_DUPLICATE, ACTION_LINE_JOIN, ACTION_COMMENT,
	ACTION_EDIT, ACTION_BUILD, ACTION_REBUILD, ACTION_TOUCH,
	ACTION_CONTEXT, ACTION_IGNORE, ACTION_CANCEL, ACTION_REPLAN,
	ACTION_COPY, ACTION_ASCII, ACTION_REDRAW, ACTION_HELP, ACTION_QUIT,
	ACTION_CLOSE,
	/* of the tree and of the layer browser */
	ACTION_OPEN, ACTION_LAYERS, ACTION_FOLD, ACTION_FOLD_ALL,
	ACTION_FOLD_DEPTH, ACTION_UNFOLD_DEPTH,
	ACTION_FILTER, ACTION_SORT, ACTION_MARK, ACTION_COMPARE,
	ACTION_NEXT_CHANGE, ACTION_ADDED, ACTION_CHANGED, ACTION_REMOVED,
	ACTION_SAME, ACTION_AGGREGATE, ACTION_ATTRIBUTES, ACTION_WASTE,
	ACTION_INFO, ACTION_HEX, ACTION_EXTRACT, ACTION_ZOOM, ACTION_BACK,
	/* of the program */
	ACTION_COMMAND, ACTION_MOUSE, ACTION_SHELL, ACTION_MESSAGES, ACTION_PALETTE,
	ACTION_STEP_SHELL, ACTION_DETAIL_SHELL,
	ACTION_COUNT,
};

/* Where an action is valid. */
enum context {
	CONTEXT_TREE = 1, CONTEXT_FILE = 2, CONTEXT_DETAIL = 4,
	CONTEXT_HELP = 8, CONTEXT_BUILDING = 16, CONTEXT_BROWSER = 32,
	CONTEXT_LENS = 64, /* the detail shows the build context */
	CONTEXT_LOOK = 128, /* a file of a layer is looked at */
	CONTEXT_WAITING = 256, /* a build runs, or a plan that takes long */
	CONTEXT_PANES = CONTEXT_TREE | CONTEXT_FILE | CONTEXT_DETAIL,
	CONTEXT_ALL = CONTEXT_PANES | CONTEXT_HELP | CONTEXT_BROWSER,
};

struct action_info {
	enum action action;
	const char *name;    /* "page-down" */
	const char *keys;    /* default keys, blank between */
	const char *help;    /* a line of the help screen */
	const char *hint;    /* a word for the hint bar, or NULL */
	const char *group;
	unsigned contexts;
};
const struct action_info *actions_table(size_t *count);
/* Whether it can be done in a place (CONTEXT_FILE) and the states beside it
 * (CONTEXT_WAITING, _LENS, _LOOK): what the table asks for of both. */
bool action_valid(const struct action_info *info, unsigned contexts);
/* NULL: there is none of that name. */
const struct action_info *action_named(const char *name);
