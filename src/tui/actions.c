/* Knows every action, its keys and its words. */
#include "tui/actions.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define NAV "Moving"
#define SEE "Seeing"
#define DO "Doing"
#define LAYERS "Layers and files"
#define TEXT "The Dockerfile"
#define TYPING "While typing in the Dockerfile"
#define PROMPT "In a line that is typed: search, filter, command"

static const struct action_info table[] = {
	{ ACTION_UP, "up", "k Up", "one row up", NULL, NAV, CONTEXT_ALL },
	{ ACTION_DOWN, "down", "j Down", "one row down", NULL, NAV,
	  CONTEXT_ALL },
	{ ACTION_LEFT, "left", "h Left", "to the left of a long row", NULL,
	  NAV, CONTEXT_PANES | CONTEXT_BROWSER },
	{ ACTION_RIGHT, "right", "l Right", "to the right of a long row; open",
	  NULL, NAV, CONTEXT_PANES | CONTEXT_BROWSER },
	{ ACTION_PAGE_UP, "page-up", "PgUp u", "one page up", NULL, NAV,
	  CONTEXT_ALL },
	{ ACTION_PAGE_DOWN, "page-down", "PgDn d", "one page down", NULL, NAV,
	  CONTEXT_ALL },
	{ ACTION_FIRST, "first", "g Home", "to the first row", NULL, NAV,
	  CONTEXT_ALL },
	{ ACTION_LAST, "last", "G End", "to the last row", NULL, NAV,
	  CONTEXT_ALL },
	{ ACTION_NEXT_PANE, "next-pane", "Tab", "to the next pane", "pane",
	  NAV, CONTEXT_PANES | CONTEXT_BROWSER },
	{ ACTION_PREVIOUS_PANE, "previous-pane", "Shift-Tab",
	  "to the pane before", NULL, NAV, CONTEXT_PANES | CONTEXT_BROWSER },
	{ ACTION_SEARCH, "search", "/", "search in this pane", NULL, NAV,
	  CONTEXT_ALL },
	{ ACTION_SEARCH_NEXT, "search-next", "n", "next match", NULL, NAV,
	  CONTEXT_ALL },
	{ ACTION_SEARCH_PREVIOUS, "search-previous", "N", "match before",
	  NULL, NAV, CONTEXT_ALL },
	{ ACTION_WHY, "why", "w", "why the step hits or misses", "why", SEE,
	  CONTEXT_PANES },
	{ ACTION_CONFIG, "config", "I", "the image's configuration", NULL,
	  SEE, CONTEXT_PANES },
	{ ACTION_LOG, "log", "o", "the log of the build", NULL, SEE,
	  CONTEXT_PANES },
	{ ACTION_CONTEXT, "context", "v",
	  "the build context: what is sent, who reads it", NULL, SEE,
	  CONTEXT_PANES },
	{ ACTION_TOUCH, "touch", "t",
	  "as if a COPY's files had changed, or end all that is imagined", NULL,
	  SEE, CONTEXT_FILE | CONTEXT_DETAIL },
	{ ACTION_IGNORE, "ignore", "x",
	  "as if this file were ignored, or this line not there, or back",
	  "ignore", SEE, CONTEXT_DETAIL | CONTEXT_LENS },
	{ ACTION_ZOOM, "zoom", "z", "this pane alone, or all", NULL, SEE,
	  CONTEXT_PANES | CONTEXT_BROWSER },
	{ ACTION_FOLD, "fold", "Space",
	  "fold or unfold: branch, stage, step of the log, directory", NULL,
	  SEE, CONTEXT_PANES | CONTEXT_BROWSER },
	{ ACTION_FOLD_ALL, "fold-all", "Z", "fold or unfold all of them", NULL,
	  SEE, CONTEXT_PANES | CONTEXT_BROWSER },
	{ ACTION_FOLD_DEPTH, "fold-depth", "-",
	  "fold the tree to the depth of this row; again: one less", NULL, SEE,
	  CONTEXT_TREE },
	{ ACTION_UNFOLD_DEPTH, "unfold-depth", "+",
	  "unfold the tree one depth more", NULL, SEE, CONTEXT_TREE },
	{ ACTION_ASCII, "ascii", "~", "lines and signs in ASCII or not", NULL,
	  SEE, CONTEXT_ALL },
	{ ACTION_PALETTE, "palette", "F4",
	  "dark, light, mono or high contrast", NULL, SEE, CONTEXT_ALL },
	{ ACTION_MOUSE, "mouse", "F2",
	  "clicks are ours or select text (Shift does, too)", NULL, SEE,
	  CONTEXT_ALL },
	{ ACTION_MESSAGES, "messages", "F3", "what was said so far", NULL,
	  SEE, CONTEXT_ALL },
	{ ACTION_REDRAW, "redraw", "Ctrl-L", "draw the whole screen again",
	  NULL, SEE, CONTEXT_ALL },
	{ ACTION_BUILD, "build", "b", "build the image", "build", DO,
	  CONTEXT_PANES },
	{ ACTION_REBUILD, "rebuild", "B",
	  "build, no cache from here to its stage's end; FROM: all of it",
	  NULL, DO, CONTEXT_PANES },
	{ ACTION_CANCEL, "cancel", "c Esc", "stop the build, or the plan that takes long",
	  "cancel", DO, CONTEXT_PANES | CONTEXT_WAITING },
	{ ACTION_TYPE, "type", "Enter i", "type at the end of the line; Esc ends",
	  "type", TEXT, CONTEXT_FILE },
	{ ACTION_GO_TYPE, "go-type", "i", "go to the Dockerfile and type",
	  NULL, TEXT, CONTEXT_TREE | CONTEXT_DETAIL },
	{ ACTION_SAVE, "save", "s", "write the file", NULL, TEXT,
	  CONTEXT_FILE },
	{ ACTION_UNDO, "undo", "U", "take the last change back", NULL, TEXT,
	  CONTEXT_FILE },
	{ ACTION_REDO, "redo", "Ctrl-R", "make it again", NULL, TEXT,
	  CONTEXT_FILE },
	{ ACTION_LINE_UP, "line-up", "K",
	  "move the instruction up, or a line inside it", NULL, TEXT,
	  CONTEXT_FILE },
	{ ACTION_LINE_DOWN, "line-down", "J",
	  "move the instruction down, or a line inside it", NULL, TEXT,
	  CONTEXT_FILE },
	{ ACTION_LINE_DELETE, "line-delete", "D",
	  "delete the instruction, or a line inside it", NULL, TEXT,
	  CONTEXT_FILE },
	{ ACTION_LINE_DUPLICATE, "line-duplicate", "P", "the same once more below it",
	  NULL, TEXT, CONTEXT_FILE },
	{ ACTION_LINE_JOIN, "line-join", "+", "join the next line to it", NULL,
	  TEXT, CONTEXT_FILE },
	{ ACTION_COMMENT, "comment", "#", "make it a comment, or not",
	  NULL, TEXT, CONTEXT_FILE },
	{ ACTION_TYPE_END, "type-end", "Esc",
	  "end typing", "done", TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_SAVE, "type-save", "Ctrl-X",
	  "write the file", "save", TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_UNDO, "type-undo", "Ctrl-U",
	  "take the last change back", "undo", TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_REDO, "type-redo", "Ctrl-R",
	  "make it again", "redo", TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_DELETE_LINE, "type-delete-line", "Ctrl-K",
	  "delete the instruction, or a line inside it",
	  "delete line", TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_COMMENT, "type-comment", "Ctrl-T",
	  "make it a comment, or not", "comment", TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_DUPLICATE, "type-duplicate", "Ctrl-D",
	  "the same once more below it", NULL, TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_LINE_UP, "type-line-up", "Ctrl-P",
	  "move the instruction up, or a line inside it",
	  NULL, TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_LINE_DOWN, "type-line-down", "Ctrl-N",
	  "move the instruction down, or a line inside it",
	  NULL, TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_DELETE_WORD, "type-delete-word", "Ctrl-W",
	  "delete the word before the cursor", NULL, TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_BACKSPACE, "type-backspace", "Backspace",
	  "delete the character before the cursor",
	  NULL, TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_DELETE, "type-delete", "Delete",
	  "delete the character at the cursor", NULL, TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_NEWLINE, "type-newline", "Enter",
	  "begin a new line", NULL, TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_TAB, "type-tab", "Tab",
	  "blanks to the next place of four", NULL, TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_LEFT, "type-left", "Left",
	  "one character to the left", NULL, TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_RIGHT, "type-right", "Right",
	  "one character to the right", NULL, TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_UP, "type-up", "Up",
	  "one line up", NULL, TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_DOWN, "type-down", "Down",
	  "one line down", NULL, TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_WORD_LEFT, "type-word-left", "Ctrl-Left",
	  "to the word before", NULL, TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_WORD_RIGHT, "type-word-right", "Ctrl-Right",
	  "to the next word", NULL, TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_LINE_START, "type-line-start", "Home Ctrl-A",
	  "to the line's start", NULL, TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_LINE_END, "type-line-end", "End Ctrl-E",
	  "to the line's end", NULL, TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_PAGE_UP, "type-page-up", "PgUp",
	  "ten lines up", NULL, TYPING, CONTEXT_TYPING },
	{ ACTION_TYPE_PAGE_DOWN, "type-page-down", "PgDn",
	  "ten lines down", NULL, TYPING, CONTEXT_TYPING },
	{ ACTION_EDIT, "edit", "e", "the Dockerfile in your editor", NULL,
	  DO, CONTEXT_PANES },
	{ ACTION_REPLAN, "replan", "r", "read the store and plan again", NULL,
	  DO, CONTEXT_PANES },
	{ ACTION_COPY, "copy", "y", "copy image ID, path or the detail (OSC 52)",
	  NULL, DO, CONTEXT_PANES | CONTEXT_BROWSER },
	{ ACTION_LAYERS, "layers", "L", "the image's layers and files",
	  "layers", LAYERS, CONTEXT_FILE | CONTEXT_DETAIL },
	{ ACTION_OPEN, "open", "Enter L", "open it: layers, directory, file",
	  "open", LAYERS, CONTEXT_TREE | CONTEXT_BROWSER },
	{ ACTION_AGGREGATE, "aggregate", "a",
	  "all files up to the layer, or its changes", "all", LAYERS,
	  CONTEXT_BROWSER },
	{ ACTION_FILTER, "filter", "f", "only what the words say", "filter",
	  LAYERS, CONTEXT_TREE | CONTEXT_BROWSER },
	{ ACTION_SORT, "sort", "s", "another order", NULL, LAYERS,
	  CONTEXT_TREE | CONTEXT_BROWSER },
	{ ACTION_NEXT_CHANGE, "next-change", "*", "the next changed file",
	  NULL, LAYERS, CONTEXT_BROWSER },
	{ ACTION_ADDED, "added", "A", "added files or not", NULL, LAYERS,
	  CONTEXT_BROWSER },
	{ ACTION_CHANGED, "changed", "M", "changed files or not", NULL,
	  LAYERS, CONTEXT_BROWSER },
	{ ACTION_REMOVED, "removed", "R", "removed files or not", NULL,
	  LAYERS, CONTEXT_BROWSER },
	{ ACTION_SAME, "same", "U", "files that are the same or not", NULL,
	  LAYERS, CONTEXT_BROWSER },
	{ ACTION_ATTRIBUTES, "attributes", "t", "mode and owner or not", NULL,
	  LAYERS, CONTEXT_BROWSER },
	{ ACTION_WASTE, "waste", "w", "bytes that are lost, and why", "waste",
	  LAYERS, CONTEXT_BROWSER },
	{ ACTION_INFO, "info", "i", "the file and its layers, or the layer",
	  NULL, LAYERS, CONTEXT_BROWSER },
	{ ACTION_HEX, "hex", "x",
	  "open the file; again: as text, as bytes, or what changed", "view",
	  LAYERS, CONTEXT_BROWSER },
	{ ACTION_EXTRACT, "extract", "X", "write it out, with all below it",
	  NULL, LAYERS, CONTEXT_BROWSER },
	{ ACTION_MARK, "mark", "m", "mark it to compare with", "compare", LAYERS,
	  CONTEXT_TREE | CONTEXT_BROWSER },
	{ ACTION_COMPARE, "compare", "D", "what differs from the marked one",
	  NULL, LAYERS, CONTEXT_TREE | CONTEXT_BROWSER },
	{ ACTION_BACK, "back", "q Esc", "back: file, filter, browser", "back",
	  LAYERS, CONTEXT_BROWSER },
	{ ACTION_PROMPT_ENTER, "prompt-enter", "Enter",
	  "take the line", NULL, PROMPT, CONTEXT_PROMPT },
	{ ACTION_PROMPT_LEAVE, "prompt-leave", "Esc",
	  "leave it", NULL, PROMPT, CONTEXT_PROMPT },
	{ ACTION_PROMPT_NEXT, "prompt-next", "Tab",
	  "complete it; again: the next word", NULL, PROMPT, CONTEXT_PROMPT },
	{ ACTION_PROMPT_PREVIOUS, "prompt-previous", "Shift-Tab",
	  "the word before", NULL, PROMPT, CONTEXT_PROMPT },
	{ ACTION_PROMPT_OLDER, "prompt-older", "Up Ctrl-P",
	  "what was typed before", NULL, PROMPT, CONTEXT_PROMPT },
	{ ACTION_PROMPT_NEWER, "prompt-newer", "Down Ctrl-N",
	  "what was typed after that", NULL, PROMPT, CONTEXT_PROMPT },
	{ ACTION_PROMPT_LEFT, "prompt-left", "Left",
	  "one character to the left", NULL, PROMPT, CONTEXT_PROMPT },
	{ ACTION_PROMPT_RIGHT, "prompt-right", "Right",
	  "one character to the right", NULL, PROMPT, CONTEXT_PROMPT },
	{ ACTION_PROMPT_START, "prompt-start", "Home Ctrl-A",
	  "to its start", NULL, PROMPT, CONTEXT_PROMPT },
	{ ACTION_PROMPT_END, "prompt-end", "End Ctrl-E",
	  "to its end", NULL, PROMPT, CONTEXT_PROMPT },
	{ ACTION_PROMPT_BACKSPACE, "prompt-backspace", "Backspace",
	  "delete the character before the cursor, or leave",
	  NULL, PROMPT, CONTEXT_PROMPT },
	{ ACTION_PROMPT_DELETE, "prompt-delete", "Delete",
	  "delete the character at the cursor", NULL, PROMPT, CONTEXT_PROMPT },
	{ ACTION_PROMPT_CUT_WORD, "prompt-cut-word", "Ctrl-W",
	  "delete the word before the cursor", NULL, PROMPT, CONTEXT_PROMPT },
	{ ACTION_PROMPT_CUT_START, "prompt-cut-start", "Ctrl-U",
	  "delete all before the cursor", NULL, PROMPT, CONTEXT_PROMPT },
	{ ACTION_PROMPT_CUT_END, "prompt-cut-end", "Ctrl-K",
	  "delete all from the cursor on", NULL, PROMPT, CONTEXT_PROMPT },
	{ ACTION_STEP_SHELL, "step-shell", "S",
	  "a shell in the state before or after the step", NULL, DO,
	  CONTEXT_PANES },
	{ ACTION_DETAIL_SHELL, "detail-shell", "s",
	  "the same", "shell", DO, CONTEXT_DETAIL },
	{ ACTION_SHELL, "shell", "!",
	  "a shell in the context; :!command for one command", NULL, DO,
	  CONTEXT_ALL },
	{ ACTION_COMMAND, "command", ":",
	  "any of these by its name, a line's number, and more", NULL, DO,
	  CONTEXT_ALL },
	{ ACTION_QUIT, "quit", "q", "leave", "quit", DO, CONTEXT_PANES },
	{ ACTION_CLOSE, "close", "q Esc", "close what lies over the panes", "close", DO,
	  CONTEXT_HELP },
	{ ACTION_HELP, "help", "? F1", "these keys", "help", DO, CONTEXT_ALL },
};
#define TABLE_COUNT (sizeof(table) / sizeof(*table))

static const struct {
	const char *name;
	uint32_t key;
} names[] = {
	{ "Up", KEYCODE_UP }, { "Down", KEYCODE_DOWN },
	{ "Left", KEYCODE_LEFT }, { "Right", KEYCODE_RIGHT },
	{ "Ctrl-Left", KEYCODE_WORD_LEFT },
	{ "Ctrl-Right", KEYCODE_WORD_RIGHT },
	{ "PgUp", KEYCODE_PAGE_UP }, { "PgDn", KEYCODE_PAGE_DOWN },
	{ "Home", KEYCODE_HOME }, { "End", KEYCODE_END },
	{ "Tab", KEYCODE_TAB }, { "Shift-Tab", KEYCODE_BACKTAB },
	{ "Enter", KEYCODE_ENTER }, { "Esc", KEYCODE_ESC },
	{ "Backspace", KEYCODE_BACKSPACE },
	{ "Delete", KEYCODE_DELETE }, { "Space", ' ' },
};

/* "1" to "12" */
static uint32_t f_key(const char *number)
{
	int n = 0;

	for (; *number >= '0' && *number <= '9' && n < 100; number++)
		n = n * 10 + *number - '0';
	return !*number && n >= 1 && n <= 12 ? KEYCODE_F1 + (uint32_t)n - 1 :
					       KEYCODE_NONE;
}

uint32_t key_parse(const char *name)
{
	uint32_t rune;
	bool valid;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].key;
	if (strncmp(name, "Ctrl-", 5) == 0 && name[5] >= '@' &&
	    name[5] <= 'z' && name[5] != '`' && !name[6])
		return (uint32_t)(name[5] & 0x1f);
	if (name[0] == 'F' && name[1])
		return f_key(name + 1);
	if (!*name || utf8_decode(name, strlen(name), &rune, &valid) !=
			      strlen(name) || !valid)
		return KEYCODE_NONE;
	return rune;
}

const struct action_info *actions_table(size_t *count)
{
	*count = TABLE_COUNT;
	return table;
}

bool action_valid(const struct action_info *info, unsigned contexts)
{
	unsigned states = CONTEXT_BUILDING | CONTEXT_LENS | CONTEXT_WAITING;

	return (info->contexts & contexts & CONTEXT_PLACES) &&
	       (info->contexts & states & ~contexts) == 0;
}

const struct action_info *action_named(const char *name)
{
	for (size_t i = 0; i < TABLE_COUNT; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}
