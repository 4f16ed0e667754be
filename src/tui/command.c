/* Knows what can be said after `:`. */
#include "tui/command.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "tui/app.h"

static void save(struct app *app, const char *rest)
{
	(void)rest;
	app_save(app);
}

static void save_and_quit(struct app *app, const char *rest)
{
	(void)rest;
	if (!app_unsaved(app) || app_save(app))
		app_quit(app); /* a build may run */
}

static void quit(struct app *app, const char *rest)
{
	(void)rest;
	app_quit(app);
}

static void quit_anyway(struct app *app, const char *rest)
{
	(void)rest;
	app->quit = true;
}

static void set_arg(struct app *app, const char *rest)
{
	app_set_arg(app, rest);
}

static void ignore(struct app *app, const char *rest)
{
	app_ignore(app, rest);
}

static void unignore(struct app *app, const char *rest)
{
	app_unignore(app, rest);
}

/* NULL: says why. */
static const struct digest *named(struct app *app, const char *name)
{
	struct store *store = app->model.store;
	struct image *image;
	struct err err = ERR_INIT;
	int found = store && *name ? store_find(store, name, &image, &err) : 0;

	if (found > 0)
		return &image->id;
	if (found < 0)
		app_say(app, true, "%s", err.msg);
	else
		app_say(app, true, *name ? "no such image: %s" :
					   "of which image?%s", name);
	return NULL;
}

static void layers(struct app *app, const char *rest)
{
	const struct digest *image = named(app, rest);

	if (image)
		browser_show(app->browser, image);
	app_take_message(app);
}

/* From the named one to what is open or selected. */
static void compare(struct app *app, const char *rest)
{
	const struct digest *image = named(app, rest);
	bool bad;

	if (!image)
		return;
	browser_mark(app->browser, image);
	free(browser_take_message(app->browser, &bad)); /* D is not asked for */
	app_do(app, ACTION_COMPARE);
}

static void touch(struct app *app, const char *rest)
{
	app_touch_path(app, rest);
}

static void discard(struct app *app, const char *rest)
{
	(void)rest;
	app_discard(app);
}

static void apply(struct app *app, const char *rest)
{
	(void)rest;
	app_apply(app);
}

static void shell(struct app *app, const char *rest)
{
	app_shell(app, *rest ? rest : NULL);
}

static void set(struct app *app, const char *rest)
{
	AUTO_FREE char *text = NULL;
	struct err err = ERR_INIT;

	if (*rest && settings_set(&app->settings, rest, &err) < 0) {
		app_say(app, true, "%s", err.msg);
		return;
	}
	if (*rest)
		app_apply_settings(app);
	text = settings_text(&app->settings);
	app_say(app, false, "%s", text);
}

static bool write_screen(struct app *app, const char *path)
{
	AUTO(canvas_release) struct canvas canvas = { 0 };
	AUTO(buf_release) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	app_render(app, &canvas);
	canvas_print(&canvas, &out);
	if (fs_replace(path, out.data, out.len, &err) == 0)
		return true;
	app_say(app, true, "not written: %s", err.msg);
	return false;
}

/* As it is seen, without the line that asked for it. */
static void save_screen(struct app *app, const char *path, bool over)
{
	if (!*path)
		app_say(app, true, "into which file? screen FILE");
	else if (!over && access(path, F_OK) == 0)
		app_say(app, true, "'%s' is there already: screen! writes "
			"over it", path);
	else if (write_screen(app, path))
		app_say(app, false, "the screen is in %s", path);
}

/* Once nothing changes it any more, and with the words that say so: whoever
 * sees these in a terminal sees all of it. */
static void still(struct app *app, const char *rest)
{
	if (!*rest) {
		app_say(app, true, "into which file? still FILE");
		return;
	}
	free(app->still);
	app->still = mem_strdup(rest);
}

void command_poll_still(struct app *app)
{
	AUTO_FREE char *path = NULL;

	if (!app->still || !app_work_idle(app))
		return;
	path = STEAL(app->still);
	app_say(app, false, "the screen is in %s", path);
	write_screen(app, path);
}

static void screen(struct app *app, const char *rest)
{
	save_screen(app, rest, false);
}

static void screen_over(struct app *app, const char *rest)
{
	save_screen(app, rest, true);
}

/* `:help WORD` looks for it there. */
static void help(struct app *app, const char *rest)
{
	app_popup(app, POPUP_HELP);
	app_update(app);
	if (!*rest)
		return;
	free(app->needle);
	app->needle = mem_strdup(rest);
	if (!pane_search(app_active(app), rest, 0, 1))
		app_say(app, true, "not found: %s", rest);
}

static const struct command {
	const char *name, *help;
	void (*run)(struct app *app, const char *rest);
} commands[] = {
	{ "w", "write the Dockerfile", save },
	{ "q", "leave", quit },
	{ "q!", "leave without saving", quit_anyway },
	{ "wq", "write and leave", save_and_quit },
	{ "!", "COMMAND: by the shell, in the context", shell },
	{ "arg", "NAME=VALUE: as if with this build argument", set_arg },
	{ "ignore", "PATTERN: as if .dockerignore had this line", ignore },
	{ "unignore", "LINE: as if .dockerignore had it not, or back", unignore },
	{ "layers", "IMAGE: its layers and files", layers },
	{ "compare", "IMAGE: what differs from it in the selected one",
	  compare },
	{ "touch", "PATH: as if that file of the context had changed", touch },
	{ "discard", "what is imagined, or not saved: as on the disk", discard },
	{ "apply", "what is imagined: write it, keep the arguments", apply },
	{ "set", "NAME=VALUE: palette, ascii, mouse", set },
	{ "screen", "FILE: the screen as text", screen },
	{ "screen!", "FILE: over what is there", screen_over },
	{ "still", "FILE: the same, once nothing runs", still },
	{ "help", "WORD: look for it in the help", help },
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(*commands))

const char *command_name(size_t i, const char **text)
{
	if (i >= COMMAND_COUNT)
		return NULL;
	*text = commands[i].help;
	return commands[i].name;
}

/* ---- completion ---- */

static void offer(const char *line, const char *word, struct strv *out)
{
	if (strncmp(word, line, strlen(line)) == 0 && !strv_has(out, word))
		strv_add(out, word);
}

void command_complete(const void *arg, const char *line, struct strv *out)
{
	const struct app *app = arg;
	size_t count;
	const struct action_info *table = actions_table(&count);
	AUTO(strv_release) struct strv settings = { 0 };

	settings_words(&settings);
	for (size_t i = 0; i < settings.count; i++) {
		AUTO_FREE char *text = mem_printf("set %s",
						  settings.items[i]);

		if (strncmp(line, "set ", 4) == 0)
			offer(line, text, out);
	}
	if (strchr(line, ' '))
		return;
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		offer(line, commands[i].name, out);
	for (size_t i = 0; i < count; i++)
		if (action_valid(&table[i], app_contexts(app)))
			offer(line, table[i].name, out);
	strv_sort(out);
}

/* ---- running ---- */

static bool go_to_line(struct app *app, const char *line)
{
	int n = 0;

	for (; isdigit((unsigned char)*line) && n < 100000000; line++)
		n = n * 10 + *line - '0';
	if (*line)
		return false;
	app_go(app, n > 0 ? n - 1 : 0);
	return true;
}

static const struct command *command_of(const char *word)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i].name, word) == 0)
			return &commands[i];
	return NULL;
}

static void run_action(struct app *app, const struct action_info *info)
{
	AUTO_FREE char *where = NULL;

	if (action_valid(info, app_contexts(app))) {
		app_do(app, info->action);
		return;
	}
	where = keymap_places(info->contexts);
	app_say(app, true, "'%s' is done %s%s", info->name, where,
		info->contexts & CONTEXT_WAITING ? ", while something runs" :
		info->contexts & CONTEXT_LENS	 ? ", in its context view" :
						   "");
}

/* A beginning that only one word has is that word: of those that can be done
 * now, else of all. */
static char *whole(const struct app *app, const char *word)
{
	AUTO(strv_release) struct strv words = { 0 };
	size_t count;
	const struct action_info *table = actions_table(&count);

	command_complete(app, word, &words);
	/* After `:` nothing is done that is typing. */
	for (size_t i = 0, found = words.count; !found && i < count; i++)
		if (table[i].contexts & CONTEXT_ALL)
			offer(word, table[i].name, &words);
	return mem_strdup(words.count == 1 ? words.items[0] : word);
}

void command_run(struct app *app, const char *line)
{
	AUTO_FREE char *short_word = NULL, *word = NULL;
	const char *rest;
	size_t len;

	line += strspn(line, " ");
	len = *line == '!' ? 1 : strcspn(line, " "); /* "!ls", too */
	short_word = mem_strndup(line, len);
	rest = line + len + strspn(line + len, " ");
	if (!*short_word || (isdigit((unsigned char)*short_word) &&
			     go_to_line(app, short_word)))
		return;
	word = command_of(short_word) || action_named(short_word) ?
		       mem_strdup(short_word) : whole(app, short_word);
	if (command_of(word) && (*rest || !action_named(word)))
		command_of(word)->run(app, rest);
	else if (action_named(word))
		run_action(app, action_named(word));
	else
		app_say(app, true, "no command '%s': Tab after : lists them",
			word);
}
