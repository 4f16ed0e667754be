/* Knows the keys that actions have by the user's will, and what forbids one. */
#include "tui/keymap.h"

#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r"

void keymap_init(struct keymap *map)
{
	size_t count;
	const struct action_info *table = actions_table(&count);

	*map = (struct keymap){ 0 };
	for (size_t i = 0; i < count; i++)
		map->keys[table[i].action] = mem_strdup(table[i].keys);
}

void keymap_release(struct keymap *map)
{
	for (int i = 0; i < ACTION_COUNT; i++)
		free(map->keys[i]);
	*map = (struct keymap){ 0 };
}

void keymap_settings_release(struct keymap_settings *settings)
{
	for (size_t i = 0; i < settings->count; i++)
		free(settings->items[i].text);
	free(settings->items);
	*settings = (struct keymap_settings){ 0 };
}

char *keymap_path(void)
{
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");

	if (config && *config == '/')
		return mem_printf("%s/varve/keys", config);
	return home && *home ? mem_printf("%s/.config/varve/keys", home) :
			       NULL;
}

const char *keymap_keys(const struct keymap *map, enum action action)
{
	return map->keys[action] ? map->keys[action] : "";
}

char *keymap_key(const struct keymap *map, enum action action)
{
	const char *keys = keymap_keys(map, action);

	return mem_strndup(keys, strcspn(keys, " "));
}

/* The next word of a line, "" at its end; owned. */
static char *word_of(const char **line)
{
	const char *start = *line + strspn(*line, BLANKS);
	size_t len = strcspn(start, BLANKS "\n");

	*line = start + len;
	return mem_strndup(start, len);
}

static bool has_key(const char *keys, uint32_t key)
{
	while (*keys) {
		AUTO_FREE char *word = word_of(&keys);

		if (*word && key_parse(word) == key)
			return true;
	}
	return false;
}

enum action keymap_action(const struct keymap *map, uint32_t key,
			  unsigned contexts)
{
	size_t count;
	const struct action_info *table = actions_table(&count);

	for (size_t i = 0; i < count; i++)
		if (action_valid(&table[i], contexts) &&
		    has_key(keymap_keys(map, table[i].action), key))
			return table[i].action;
	return ACTION_NONE;
}

/* ---- what cannot be ---- */

/* Why a key can mean no action in these contexts, or NULL. */
static const char *unfit(const char *name, unsigned contexts)
{
	static const struct {
		const char *name, *why;
	} kept[] = {
		{ "Ctrl-M", "terminals send it for Enter" },
		{ "Ctrl-J", "terminals send it for Enter" },
		{ "Ctrl-I", "terminals send it for Tab" },
		{ "Ctrl-H", "terminals send it for Backspace" },
		{ "Ctrl-S", "it stops the terminal's output" },
		{ "Ctrl-Q", "it starts the terminal's output" },
		{ "Ctrl-Z", "it suspends the program" },
		{ "Ctrl-C", "it ends the program" },
		{ "Ctrl-\\", "it ends the program" },
		{ "Ctrl-@", "terminals send it for Ctrl-Space" },
	};
	uint32_t key = key_parse(name);

	if (!key && strcmp(name, "Ctrl-@") != 0)
		return "there is no such key";
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		if (key_parse(kept[i].name) == key)
			return kept[i].why;
	if ((contexts & CONTEXT_TEXT) && key >= ' ' && key < KEYCODE_NAMED)
		return "it is text there";
	return NULL;
}

char *keymap_places(unsigned contexts)
{
	static const struct {
		unsigned context;
		const char *name;
	} names[] = { { CONTEXT_TREE, "the tree" },
		      { CONTEXT_FILE, "the Dockerfile" },
		      { CONTEXT_DETAIL, "the detail" },
		      { CONTEXT_BROWSER, "the layer browser" },
		      { CONTEXT_HELP, "the help" },
		      { CONTEXT_TYPING, "the text that is typed" },
		      { CONTEXT_PROMPT, "a line that is typed" } };
	const char *found[sizeof(names) / sizeof(*names)];
	AUTO(buf_release) struct buf out = BUF_INIT;
	size_t count = 0;

	if ((contexts & CONTEXT_ALL) == CONTEXT_ALL)
		return mem_strdup("everywhere");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (contexts & names[i].context)
			found[count++] = names[i].name;
	for (size_t i = 0; i < count; i++)
		buf_addf(&out, "%s%s", !i ? "in " : i + 1 < count ? ", " :
								   " and ",
			 found[i]);
	return buf_steal(&out);
}

struct clash {
	const struct action_info *info, *other; /* other NULL: unfit */
	char *key;
	const char *why;
};

/* The first key of an action that cannot be; false: all can. */
static bool find_clash(const struct keymap *map, size_t at, struct clash *out)
{
	size_t count;
	const struct action_info *table = actions_table(&count);
	const char *line = keymap_keys(map, table[at].action);

	*out = (struct clash){ .info = &table[at] };
	while (*line) {
		AUTO_FREE char *word = word_of(&line);

		if (*word && (out->why = unfit(word, table[at].contexts))) {
			out->key = STEAL(word);
			return true;
		}
		for (size_t i = 0; *word && i < count; i++)
			if (i != at &&
			    (table[i].contexts & table[at].contexts) &&
			    has_key(keymap_keys(map, table[i].action),
				    key_parse(word))) {
				out->other = &table[i];
				out->key = STEAL(word);
				return true;
			}
	}
	return false;
}

static void say_clash(const struct keymap *map, const struct clash *clash,
		      const char *name, struct strv *problems)
{
	const struct action_info *info = clash->info, *other = clash->other;
	int line = map->lines[info->action];
	AUTO(buf_release) struct buf text = BUF_INIT;

	if (line)
		buf_addf(&text, "%s:%d: ", name, line);
	buf_addf(&text, "'%s' cannot be '%s': ", clash->key, info->name);
	if (!other) {
		buf_adds(&text, clash->why);
	} else {
		AUTO_FREE char *where = keymap_places(info->contexts &
					       other->contexts);

		buf_addf(&text, "it is '%s' %s", other->name, where);
		if (map->lines[other->action])
			buf_addf(&text, ", by line %d",
				 map->lines[other->action]);
	}
	strv_take(problems, buf_steal(&text));
}

void keymap_check(const struct keymap *map, struct strv *problems)
{
	size_t count;
	struct clash clash;

	actions_table(&count);
	for (size_t i = 0; i < count; i++)
		if (find_clash(map, i, &clash)) {
			say_clash(map, &clash, "", problems);
			free(clash.key);
		}
}

/* The latest line that clashes gives its action back to the table, until
 * none does: the table itself has no clash. */
static bool give_back(struct keymap *map, const char *name,
		      struct strv *problems)
{
	size_t count;
	const struct action_info *table = actions_table(&count);
	struct clash worst = { 0 }, clash;
	int *line;

	for (size_t i = 0; i < count; i++) {
		if (!map->lines[table[i].action] ||
		    !find_clash(map, i, &clash))
			continue;
		if (!worst.info || map->lines[clash.info->action] >
					   map->lines[worst.info->action]) {
			free(worst.key);
			worst = clash;
		} else {
			free(clash.key);
		}
	}
	if (!worst.info)
		return false;
	say_clash(map, &worst, name, problems);
	free(worst.key);
	line = &map->lines[worst.info->action];
	free(map->keys[worst.info->action]);
	map->keys[worst.info->action] = mem_strdup(worst.info->keys);
	*line = 0;
	return true;
}

/* ---- the file ---- */

static void take_setting(struct keymap_settings *settings, const char *text,
			 int line)
{
	settings->items = mem_grow(settings->items, settings->count + 1,
				   sizeof(*settings->items));
	settings->items[settings->count++] = (struct keymap_setting){
		mem_strdup(text), line };
}

/* Where every character is text, without these there is no way out. */
static bool is_way_out(enum action action)
{
	return action == ACTION_TYPE_END || action == ACTION_PROMPT_LEAVE ||
	       action == ACTION_PROMPT_ENTER;
}

static void take_line(struct keymap *map, const char *name, int number,
		      const char *line, struct keymap_settings *settings,
		      struct strv *problems)
{
	AUTO_FREE char *word = word_of(&line);
	AUTO(buf_release) struct buf keys = BUF_INIT;
	const struct action_info *info;

	if (!*word || *word == '#')
		return;
	if (strcmp(word, "set") == 0) {
		AUTO_FREE char *text = word_of(&line);

		take_setting(settings, text, number);
		return;
	}
	info = action_named(word);
	if (!info) {
		strv_take(problems, mem_printf("%s:%d: there is no action "
					       "'%s'", name, number, word));
		return;
	}
	buf_adds(&keys, "");
	for (;;) {
		AUTO_FREE char *key = word_of(&line);

		if (!*key || strcmp(key, "--") == 0)
			break;
		buf_addf(&keys, keys.len ? " %s" : "%s", key);
	}
	if (!keys.len && is_way_out(info->action)) {
		strv_take(problems, mem_printf("%s:%d: '%s' needs a key: it "
					       "is the way out", name, number,
					       word));
		return;
	}
	free(map->keys[info->action]);
	map->keys[info->action] = buf_steal(&keys);
	map->lines[info->action] = number;
}

void keymap_take(struct keymap *map, const char *name, const char *text,
		 struct keymap_settings *settings, struct strv *problems)
{
	for (int number = 1; *text; number++) {
		size_t len = strcspn(text, "\n");
		AUTO_FREE char *line = mem_strndup(text, len);

		take_line(map, name, number, line, settings, problems);
		text += len + (text[len] == '\n');
	}
	while (give_back(map, name, problems))
		;
}
