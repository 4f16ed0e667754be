/* Knows what each action does to a text, and how text and disk stay one. */
#include "tui/editor.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "base/utf8.h"
#include "tui/text_merge.h"

void editor_init(struct editor *editor)
{
	*editor = (struct editor){ .edit = text_edit_new("", 0),
				   .disk = mem_strdup("") };
}

void editor_release(struct editor *editor)
{
	text_edit_free(editor->edit);
	free(editor->disk);
	free(editor->theirs);
	*editor = (struct editor){ 0 };
}

bool editor_modified(const struct editor *editor)
{
	return strcmp(text_edit_text(editor->edit, NULL), editor->disk) != 0;
}

static void set_disk(struct editor *editor, const char *text)
{
	char *copy = mem_strdup(text);

	free(editor->disk);
	editor->disk = copy;
}

static void set_theirs(struct editor *editor, const char *text)
{
	free(editor->theirs);
	editor->theirs = mem_strdup(text);
}

static void begin(struct editor *editor, const char *text)
{
	int line, column;
	struct text_edit *edit = text_edit_new(text, strlen(text));

	text_edit_where(editor->edit, &line, &column);
	text_edit_go(edit, line, column);
	text_edit_free(editor->edit);
	editor->edit = edit;
}

enum editor_taken editor_take(struct editor *editor, const char *text)
{
	AUTO_FREE char *merged = NULL;
	const char *mine = text_edit_text(editor->edit, NULL);
	bool was = editor->exists;

	editor->exists = text != NULL;
	if (!text)
		text = "";
	if (strcmp(text, editor->disk) == 0) {
		set_theirs(editor, NULL);
		return was == editor->exists ? EDITOR_SAME : EDITOR_TAKEN;
	}
	if (!editor_modified(editor) || strcmp(text, mine) == 0) {
		/* That a file appears is nothing to be taken back. */
		if (was)
			text_edit_take(editor->edit, text, strlen(text));
		else
			begin(editor, text);
		set_disk(editor, text);
		set_theirs(editor, NULL);
		return EDITOR_TAKEN;
	}
	if (!text_merge(editor->disk, mine, text, &merged)) {
		bool told = editor->theirs && !strcmp(editor->theirs, text);

		set_theirs(editor, text);
		return told ? EDITOR_SAME : EDITOR_OVERLAPS;
	}
	text_edit_take(editor->edit, merged, strlen(merged));
	set_disk(editor, text);
	set_theirs(editor, NULL);
	return EDITOR_MERGED;
}

void editor_decide(struct editor *editor, bool take_theirs)
{
	if (!editor->theirs)
		return;
	set_disk(editor, editor->theirs);
	if (take_theirs)
		text_edit_take(editor->edit, editor->theirs,
			       strlen(editor->theirs));
	set_theirs(editor, NULL);
}

void editor_discard(struct editor *editor)
{
	if (!editor->theirs)
		set_theirs(editor, editor->disk);
	editor_decide(editor, true);
}

/* Between the last look and now someone may have written. */
static int check_disk(const struct editor *editor, const char *path,
		      struct err *err)
{
	AUTO(buf_release) struct buf now = BUF_INIT;
	int rc = fs_read(AT_FDCWD, path, DOCKERFILE_MAX, &now, err);

	if (rc < 0)
		return -1;
	if (strcmp(now.data ? now.data : "", editor->disk) == 0)
		return 0;
	return err_set(err, ERR_INPUT, "'%s' was changed by another program",
		       path);
}

int editor_save(struct editor *editor, const char *path, struct err *err)
{
	size_t len;
	const char *text = text_edit_text(editor->edit, &len);

	if (check_disk(editor, path, err) < 0 ||
	    fs_replace(path, text, len, err) < 0)
		return -1;
	set_disk(editor, text);
	text_edit_saved(editor->edit);
	editor->exists = true;
	return 0;
}

/* ---- instructions ---- */

static int lines_of(const struct instr *instr)
{
	return instr ? instr->at.end_line - instr->at.line + 1 : 1;
}

bool editor_change(struct editor *editor, const struct dockerfile *file,
		   enum text_change change)
{
	struct text_block block = { 1, 1, file ? file->escape : '\0', false };
	const struct instr *here, *beside;
	int line, column, next;

	text_edit_where(editor->edit, &line, &column);
	here = dockerfile_instr_at(file, ++line);
	block.inside = here && here->at.line < line;
	if (!block.inside)
		block.lines = lines_of(here);
	next = change == TEXT_LINE_ABOVE ? line - 1 : line + block.lines;
	beside = dockerfile_instr_at(file, next);
	if (!block.inside)
		block.other = lines_of(beside);
	else if ((change == TEXT_LINE_ABOVE || change == TEXT_LINE_BELOW) &&
		 (beside != here || here->at.line == next))
		return false; /* it would be in another instruction */
	return text_edit_change_block(editor->edit, change, &block);
}

/* ---- keys ---- */

static const struct {
	enum action action;
	enum text_move move;
	int times;
} moves[] = {
	{ ACTION_TYPE_LEFT, TEXT_LEFT, 1 },
	{ ACTION_TYPE_RIGHT, TEXT_RIGHT, 1 },
	{ ACTION_TYPE_WORD_LEFT, TEXT_WORD_LEFT, 1 },
	{ ACTION_TYPE_WORD_RIGHT, TEXT_WORD_RIGHT, 1 },
	{ ACTION_TYPE_UP, TEXT_UP, 1 },
	{ ACTION_TYPE_DOWN, TEXT_DOWN, 1 },
	{ ACTION_TYPE_LINE_START, TEXT_LINE_START, 1 },
	{ ACTION_TYPE_LINE_END, TEXT_LINE_END, 1 },
	{ ACTION_TYPE_PAGE_UP, TEXT_UP, 10 },
	{ ACTION_TYPE_PAGE_DOWN, TEXT_DOWN, 10 },
};

static const struct {
	enum action action;
	enum text_change change;
} changes[] = {
	{ ACTION_TYPE_NEWLINE, TEXT_NEWLINE },
	{ ACTION_TYPE_BACKSPACE, TEXT_BACKSPACE },
	{ ACTION_TYPE_DELETE, TEXT_DELETE },
	{ ACTION_TYPE_DELETE_WORD, TEXT_DELETE_WORD },
	{ ACTION_TYPE_DELETE_LINE, TEXT_DELETE_LINE },
	{ ACTION_TYPE_DUPLICATE, TEXT_DUPLICATE },
	{ ACTION_TYPE_LINE_UP, TEXT_LINE_ABOVE },
	{ ACTION_TYPE_LINE_DOWN, TEXT_LINE_BELOW },
	{ ACTION_TYPE_COMMENT, TEXT_COMMENT },
};

static enum editor_did changed(bool yes)
{
	return yes ? EDITOR_CHANGED : EDITOR_NOTHING;
}

static enum editor_did go(struct editor *editor, enum text_move move,
			  int times)
{
	bool moved = false;

	while (times-- && text_edit_move(editor->edit, move))
		moved = true;
	return moved ? EDITOR_MOVED : EDITOR_NOTHING;
}

static enum editor_did type(struct editor *editor, uint32_t key)
{
	AUTO(buf_release) struct buf text = BUF_INIT;

	if (key < ' ' || key == 0x7f || key >= KEYCODE_NAMED)
		return EDITOR_NOTHING;
	utf8_append(&text, key);
	text_edit_insert(editor->edit, text.data, text.len);
	return EDITOR_CHANGED;
}

/* To the next place of four, as a Dockerfile's lines go on; a tab would not
 * be told from blanks on the screen. */
static enum editor_did type_tab(struct editor *editor)
{
	static const char blanks[] = "    ";
	int line, column;

	text_edit_where(editor->edit, &line, &column);
	text_edit_insert(editor->edit, blanks, 4 - (size_t)column % 4);
	return EDITOR_CHANGED;
}

static enum editor_did act(struct editor *editor, const struct dockerfile *file,
			   enum action action)
{
	for (size_t i = 0; i < sizeof(moves) / sizeof(*moves); i++)
		if (moves[i].action == action)
			return go(editor, moves[i].move, moves[i].times);
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++)
		if (changes[i].action == action)
			return changed(editor_change(editor, file,
						     changes[i].change));
	if (action == ACTION_TYPE_END)
		return EDITOR_LEAVES;
	if (action == ACTION_TYPE_SAVE)
		return EDITOR_SAVES;
	if (action == ACTION_TYPE_UNDO)
		return changed(text_edit_undo(editor->edit));
	if (action == ACTION_TYPE_REDO)
		return changed(text_edit_redo(editor->edit));
	return action == ACTION_TYPE_TAB ? type_tab(editor) : EDITOR_NOTHING;
}

enum editor_did editor_key(struct editor *editor, const struct keymap *keys,
			   const struct dockerfile *file, uint32_t key)
{
	enum action action = keymap_action(keys, key, CONTEXT_TYPING);

	return action ? act(editor, file, action) : type(editor, key);
}
