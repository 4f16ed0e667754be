/*
 * Which keys an action has: those of the table, and over them those of the
 * user's key file. A line of the file is
 *
 *	page-down  Space PgDn  -- words that nobody reads
 *	set palette=light
 *
 * an action by its name and all of its keys (none: it has no key any more),
 * or a setting. Lines that begin with # are notes. Names of keys are those of
 * key_parse.
 */
#pragma once

#include "base/err.h"
#include "tui/actions.h"

struct keymap {
	char *keys[ACTION_COUNT]; /* blank between; NULL: there is no such */
	int lines[ACTION_COUNT];  /* of the file that gave them, 0: the table */
};
void keymap_init(struct keymap *map); /* the table's */
void keymap_release(struct keymap *map);
AUTO_DEFINE_IN_PLACE(struct keymap, keymap_release)
/*
 * Takes the lines of a file of that name. What cannot be is left out and said
 * in problems, a sentence each with its place: no such action, no such key, a
 * key that terminals keep for themselves, a key that another action has in
 * the same place. Settings ("palette=light", with place) are handed on.
 */
struct keymap_setting {
	char *text;
	int line;
};
struct keymap_settings {
	struct keymap_setting *items;
	size_t count;
};
void keymap_settings_release(struct keymap_settings *settings);
AUTO_DEFINE_IN_PLACE(struct keymap_settings, keymap_settings_release)
void keymap_take(struct keymap *map, const char *name, const char *text,
		 struct keymap_settings *settings, struct strv *problems);
/* What is wrong with the map as it is: of the table, nothing. */
void keymap_check(const struct keymap *map, struct strv *problems);

/* The action of a key where all of contexts' bits hold; ACTION_NONE. */
enum action keymap_action(const struct keymap *map, uint32_t key,
			  unsigned contexts);
const char *keymap_keys(const struct keymap *map, enum action action);
/* The first of its keys, "" if it has none; owned. */
char *keymap_key(const struct keymap *map, enum action action);
/* "in the tree and the help", "everywhere"; owned. */
char *keymap_places(unsigned contexts);
/* ${XDG_CONFIG_HOME:-~/.config}/varve/keys; owned, NULL: no home. */
char *keymap_path(void);

enum keymap_format { KEYMAP_TEXT, KEYMAP_JSON, KEYMAP_MDOC };
/* KEYMAP_TEXT is a key file itself. */
void keymap_print(const struct keymap *map, enum keymap_format format,
		  struct buf *out);
