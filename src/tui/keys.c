/* Knows where the key file is and how `varve keys` shows what it gives. */
#include "tui/keys.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "tui/command.h"

#define FILE_MAX (256 * 1024)

static void take_settings(const char *path,
			  const struct keymap_settings *from,
			  struct settings *settings, struct strv *problems)
{
	for (size_t i = 0; i < from->count; i++) {
		struct err err = ERR_INIT;

		if (settings_set(settings, from->items[i].text, &err) < 0)
			strv_take(problems,
				  mem_printf("%s:%d: %s", path,
					     from->items[i].line, err.msg));
	}
}

int keys_load(const char *path, struct keymap *map,
	      struct settings *settings, struct strv *problems,
	      struct err *err)
{
	AUTO_FREE char *own = path ? mem_strdup(path) : keymap_path();
	AUTO(buf_release) struct buf text = BUF_INIT;
	AUTO(keymap_settings_release) struct keymap_settings set = { 0 };
	int found = own ? fs_read(AT_FDCWD, own, FILE_MAX, &text, err) : 0;

	if (found < 0)
		return err_wrap(err, "key file '%s'", own);
	if (!found && path)
		return err_set(err, ERR_NOT_FOUND, "there is no key file '%s'",
			       path);
	if (!found || !text.data)
		return 0;
	keymap_take(map, own, text.data, &set, problems);
	take_settings(own, &set, settings, problems);
	return 0;
}

static const char usage[] =
	"Usage:  varve keys [OPTIONS]\n"
	"\n"
	"Print the keys of the screen, as a key file, and what is wrong with "
	"yours.\n"
	"\n"
	"Options:\n"
	"      --format text|json|mdoc   How (default text)\n"
	"      --keys FILE               Your key file (default\n"
	"                                ~/.config/varve/keys); \"\" for none\n";

struct flags {
	const char *file;
	enum keymap_format format;
};

static bool take_format(const char *word, enum keymap_format *out)
{
	static const char *const words[] = {
		[KEYMAP_TEXT] = "text", [KEYMAP_JSON] = "json",
		[KEYMAP_MDOC] = "mdoc",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(words[i], word) == 0) {
			*out = (enum keymap_format)i;
			return true;
		}
	return false;
}

/* 0 go on, 1 done, -1 wrong, and said. */
static int parse(int argc, char **argv, struct flags *flags)
{
	static const struct option longs[] = {
		{ "format", required_argument, NULL, 'F' },
		{ "keys", required_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	optind = 1;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return 1;
		}
		if (c == 'k') {
			flags->file = optarg;
		} else if (c != 'F') {
			fprintf(stderr, c == ':' ?
				"varve: option '%s' needs a value\n" :
				"varve: unknown option '%s'\n",
				argv[optind - 1]);
			return -1;
		} else if (!take_format(optarg, &flags->format)) {
			fprintf(stderr, "varve: --format is text, json or "
				"mdoc, not '%s'\n", optarg);
			return -1;
		}
	}
	if (optind < argc)
		fprintf(stderr, "varve: keys takes no '%s'\n", argv[optind]);
	return optind < argc ? -1 : 0;
}

static void add_commands(struct buf *out)
{
	const char *name, *text;

	buf_adds(out, ".Pp\nAfter\n.Ic \\&:\ncan also stand:\n"
		 ".Bl -tag -width \"screen!XX\" -compact\n");
	for (size_t i = 0; (name = command_name(i, &text)); i++)
		buf_addf(out, ".It Cm \\&%s\n%s\n", name, text);
	buf_adds(out, ".El\n");
}

int keys_main(int argc, char **argv)
{
	AUTO(keymap_release) struct keymap map;
	AUTO(strv_release) struct strv problems = { 0 };
	AUTO(buf_release) struct buf out = BUF_INIT;
	struct settings settings = SETTINGS_INIT;
	struct flags flags = { 0 };
	struct err err = ERR_INIT;
	int got;

	keymap_init(&map);
	got = parse(argc, argv, &flags);
	if (got)
		return got > 0 ? 0 : 2;
	if (!(flags.file && !*flags.file) &&
	    keys_load(flags.file, &map, &settings, &problems, &err) < 0) {
		fprintf(stderr, "varve: %s\n", err.msg);
		return err_exit_code(&err);
	}
	keymap_print(&map, flags.format, &out);
	if (flags.format == KEYMAP_MDOC)
		add_commands(&out);
	fputs(out.data, stdout);
	for (size_t i = 0; i < problems.count; i++)
		fprintf(stderr, "varve: %s\n", problems.items[i]);
	return problems.count ? 1 : 0;
}
