/*
 * The Dockerfile under edit: its text, what the disk has of it, and keys as
 * text. Knows the file, not the screen.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "dockerfile/dockerfile.h"
#include "tui/keymap.h"
#include "tui/text_edit.h"

struct editor {
	struct text_edit *edit;
	char *disk;     /* what the file held when it was last read or written */
	bool exists;    /* there is a file */
	bool typing;    /* keys are text */
	char *theirs;   /* on disk and against what is typed, undecided; or NULL */
};
void editor_init(struct editor *editor);
void editor_release(struct editor *editor);

enum editor_taken {
	EDITOR_SAME,      /* the disk says what it said */
	EDITOR_TAKEN,     /* the text is what the disk has now */
	EDITOR_MERGED,    /* both changes are in it; not saved */
	EDITOR_OVERLAPS,  /* theirs is set: editor_decide */
};
/* Looks at the file: text NULL where there is none. */
enum editor_taken editor_take(struct editor *editor, const char *text);
/* Ends a conflict: the text becomes theirs, or stays and goes over it when it
 * is saved. */
void editor_decide(struct editor *editor, bool take_theirs);
/* The text becomes what the disk has; undo takes that back. */
void editor_discard(struct editor *editor);
bool editor_modified(const struct editor *editor);
/* Writes the file whole or not at all; mode, owner and links stay. ERR_INPUT:
 * it changed since it was read, and nothing was written. */
int editor_save(struct editor *editor, const char *path, struct err *err);

enum editor_did {
	EDITOR_NOTHING, EDITOR_MOVED, EDITOR_CHANGED,
	EDITOR_LEAVES, EDITOR_SAVES, /* the caller is to */
};
/* A key while typing. file: what the text is, or NULL. */
enum editor_did editor_key(struct editor *editor, const struct keymap *keys,
			   const struct dockerfile *file, uint32_t key);
/* A change at the cursor: of whole lines it is one of the instruction that
 * begins there, or of the line alone. */
bool editor_change(struct editor *editor, const struct dockerfile *file,
		   enum text_change change);
