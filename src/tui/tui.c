/* Knows the options of the screen, and when there can be none. */
#include "tui/tui.h"

#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/locale.h"
#include "engine/place.h"
#include "spec/location.h"
#include "store/store.h"
#include "tui/app.h"
#include "tui/child.h"
#include "tui/keys.h"

enum {
	OPT_ROOT = 256, OPT_HEADLESS, OPT_SIZE, OPT_SCRIPT, OPT_SAVE_DIR,
	OPT_FIXED, OPT_ASCII, OPT_HELP, OPT_PASS, OPT_PASS_PLAIN, OPT_BUILD,
	OPT_PALETTE, OPT_COLOR, OPT_SET, OPT_KEYS,
	OPT_SESSION, OPT_NO_SESSION, OPT_FRESH, OPT_PLAIN,
	OPT_MOUSE, OPT_NO_MOUSE,
};

/* PASS: goes to plan and build as it is, with its value; BUILD: to build. */
static const struct option longs[] = {
	{ "root", required_argument, NULL, OPT_ROOT },
	{ "file", required_argument, NULL, 'f' },
	{ "build-arg", required_argument, NULL, OPT_PASS },
	{ "tag", required_argument, NULL, OPT_PASS },
	{ "target", required_argument, NULL, OPT_PASS },
	{ "label", required_argument, NULL, OPT_PASS },
	{ "platform", required_argument, NULL, OPT_PASS },
	{ "cache-from", required_argument, NULL, OPT_PASS },
	{ "network", required_argument, NULL, OPT_PASS },
	{ "client-mode", required_argument, NULL, OPT_PASS },
	{ "runtime", required_argument, NULL, OPT_BUILD },
	{ "no-cache", no_argument, NULL, OPT_PASS_PLAIN },
	{ "strict", no_argument, NULL, OPT_PASS_PLAIN },
	{ "show-args", no_argument, NULL, OPT_PASS_PLAIN },
	{ "headless", no_argument, NULL, OPT_HEADLESS },
	{ "size", required_argument, NULL, OPT_SIZE },
	{ "script", required_argument, NULL, OPT_SCRIPT },
	{ "save-dir", required_argument, NULL, OPT_SAVE_DIR },
	{ "fixed", no_argument, NULL, OPT_FIXED },
	{ "palette", required_argument, NULL, OPT_PALETTE },
	{ "set", required_argument, NULL, OPT_SET },
	{ "keys", required_argument, NULL, OPT_KEYS },
	{ "mouse", required_argument, NULL, OPT_MOUSE },
	{ "no-mouse", no_argument, NULL, OPT_NO_MOUSE },
	{ "session", no_argument, NULL, OPT_SESSION },
	{ "no-session", no_argument, NULL, OPT_NO_SESSION },
	{ "fresh", no_argument, NULL, OPT_FRESH },
	{ "plain", no_argument, NULL, OPT_PLAIN },
	{ "color", required_argument, NULL, OPT_COLOR },
	{ "ascii", no_argument, NULL, OPT_ASCII },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static const char usage[] =
	"usage: varve [OPTIONS] [DIR]\n"
	"       varve tui --headless --size 80x24 --script FILE [OPTIONS] [DIR]\n"
	"\n"
	"The image tree beside the Dockerfile of DIR (default .); ? shows the keys.\n"
	"\n"
	"      --root DIR         the store\n"
	"  -f, --file FILE        the Dockerfile (default DIR/Dockerfile)\n"
	"  -t, --tag NAME         name of what b builds\n"
	"      --build-arg, --target, --label, --platform, --cache-from,\n"
	"      --network, --client-mode, --runtime, --no-cache, --strict,\n"
	"      --show-args\n"
	"                         as for varve build\n"
	"      --ascii            lines and signs in ASCII\n"
	"      --palette NAME     dark (default), light, mono or high-contrast\n"
	"      --set NAME=VALUE   palette, ascii or mouse, as :set does\n"
	"      --keys FILE        your keys (default ~/.config/varve/keys; \"\": none)\n"
	"      --no-mouse         clicks are the terminal's own, which selects text\n"
	"      --fresh            do not begin where you were\n"
	"      --no-session       the same, and do not remember this time\n"
	"      --color WHEN       auto (default: not if NO_COLOR says so), always\n"
	"                         or never\n"
	"      --plain            no screen: the tree and the plan as text\n"
	"      --headless         no terminal: keys from --script\n"
	"      --size COLSxROWS   of the headless screen (default 80x24)\n"
	"      --script FILE      lines: key, keys, type, paste, mouse, wait, resize,\n"
	"                         sh, save, quit\n"
	"      --save-dir DIR     where save puts relative names\n"
	"      --fixed            no times and no IDs in what is saved\n";

struct setup {
	struct options options;
	struct headless_options headless;
	bool is_headless, is_plain, session_said;
	enum colour colour;
	struct strv set;    /* settings that options give */
	const char *keys;   /* the key file, "": none, NULL: the user's */
};

static void setup_release(struct setup *setup)
{
	free(setup->options.root);
	free(setup->options.context);
	free(setup->options.file);
	free(setup->options.target);
	free(setup->options.tag);
	strv_release(&setup->options.flags);
	strv_release(&setup->options.build_flags);
	keymap_release(&setup->options.keys);
	strv_release(&setup->options.problems);
	strv_release(&setup->set);
}
AUTO_DEFINE_IN_PLACE(struct setup, setup_release)

static void replace(char **at, const char *value)
{
	free(*at);
	*at = mem_strdup(value);
}

static void pass(struct setup *setup, const char *name, const char *value)
{
	struct strv *flags = &setup->options.flags;

	if (strcmp(name, "target") == 0)
		replace(&setup->options.target, value);
	if (strcmp(name, "tag") == 0 && !setup->options.tag)
		replace(&setup->options.tag, value);
	strv_take(flags, value ? mem_printf("--%s=%s", name, value) :
				 mem_printf("--%s", name));
}

static int take_colour(struct setup *setup, const char *when)
{
	static const char *const words[] = {
		[COLOUR_AUTO] = "auto", [COLOUR_ALWAYS] = "always",
		[COLOUR_NEVER] = "never",
	};

	for (int i = 0; i < 3; i++)
		if (strcmp(words[i], when) == 0) {
			setup->colour = (enum colour)i;
			return 0;
		}
	fprintf(stderr, "varve: --color is auto, always or never, not '%s'\n",
		when);
	return -1;
}

/* What plan and build are to do. */
static bool take_work(struct setup *setup, int c, int index)
{
	switch (c) {
	case OPT_ROOT:
		replace(&setup->options.root, optarg);
		return true;
	case 'f':
		replace(&setup->options.file, optarg);
		return true;
	case 't':
		pass(setup, "tag", optarg);
		return true;
	case OPT_PASS:
	case OPT_PASS_PLAIN:
		pass(setup, longs[index].name, optarg);
		return true;
	case OPT_BUILD:
		strv_take(&setup->options.build_flags,
			  mem_printf("--%s=%s", longs[index].name, optarg));
		return true;
	default:
		return false;
	}
}

/* How the screen looks, and what it remembers. */
static bool take_look(struct setup *setup, int c)
{
	switch (c) {
	case OPT_ASCII:
		strv_add(&setup->set, "ascii=yes");
		return true;
	case OPT_PALETTE:
		strv_take(&setup->set, mem_printf("palette=%s", optarg));
		return true;
	case OPT_SET:
		strv_add(&setup->set, optarg);
		return true;
	case OPT_MOUSE:
	case OPT_NO_MOUSE:
		strv_take(&setup->set, mem_printf("mouse=%s", optarg ?
						  optarg : "no"));
		return true;
	case OPT_SESSION:
	case OPT_NO_SESSION:
		setup->session_said = true;
		setup->options.session = c == OPT_SESSION;
		return true;
	case OPT_FRESH:
		setup->options.fresh = true;
		return true;
	case OPT_KEYS:
		setup->keys = optarg;
		return true;
	default:
		return false;
	}
}

/* 0 go on, 1 done, -1 wrong. */
static int take_option(struct setup *setup, int c, int index)
{
	if (take_work(setup, c, index) || take_look(setup, c))
		return 0;
	switch (c) {
	case OPT_PLAIN:
		setup->is_plain = true;
		return 0;
	case OPT_HEADLESS:
		setup->is_headless = true;
		return 0;
	case OPT_SIZE:
		return sscanf(optarg, "%dx%d", &setup->headless.columns,
			      &setup->headless.rows) == 2 ? 0 : -1;
	case OPT_SCRIPT:
		setup->headless.script = optarg;
		return 0;
	case OPT_SAVE_DIR:
		setup->headless.save_dir = optarg;
		return 0;
	case OPT_FIXED:
		setup->options.fixed = setup->headless.fixed = true;
		return 0;
	case OPT_COLOR:
		return take_colour(setup, optarg);
	case OPT_HELP:
		fputs(usage, stdout);
		return 1;
	default:
		return -1;
	}
}

/* Where docker build would look: Dockerfile, else dockerfile. */
static char *default_file(const char *context)
{
	AUTO_FREE char *upper = mem_printf("%s/Dockerfile", context);
	AUTO_FREE char *lower = mem_printf("%s/dockerfile", context);

	if (access(upper, F_OK) < 0 && access(lower, F_OK) == 0)
		return STEAL(lower);
	return STEAL(upper);
}

/* The root becomes one that can be read. 0, or -1 (said). */
static int open_place(struct setup *setup)
{
	AUTO_FREE char *given = STEAL(setup->options.root);
	struct err err = ERR_INIT;

	setup->options.borrowed = location_is_transport(given);
	setup->options.in_daemon = place_is_daemon(given);
	if (place_root(given, &setup->options.root, &err) == 0)
		return 0;
	fprintf(stderr, "varve: %s\n", err.msg);
	return -1;
}

/* The key file, then the options over it. A screen without a terminal is the
 * same for everybody: it takes a file that is named only. */
static int take_keys(struct setup *setup)
{
	struct options *options = &setup->options;
	struct err err = ERR_INIT;
	bool none = setup->keys ? !*setup->keys : setup->is_headless;

	options->settings = (struct settings)SETTINGS_INIT;
	keymap_init(&options->keys);
	if (!none && keys_load(setup->keys, &options->keys,
			       &options->settings, &options->problems,
			       &err) < 0)
		goto wrong;
	for (size_t i = 0; i < setup->set.count; i++)
		if (settings_set(&options->settings, setup->set.items[i],
				 &err) < 0)
			goto wrong;
	return 0;
wrong:
	fprintf(stderr, "varve: %s\n", err.msg);
	return -1;
}

static int parse(int argc, char **argv, struct setup *setup)
{
	int c, index = 0, got;
	struct stat st;

	if (argc > 1 && strcmp(argv[1], "tui") == 0) {
		argc--;
		argv++;
	}
	optind = 1;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":f:t:h", longs, &index)) != -1) {
		if (c == '?' || c == ':')
			fprintf(stderr, c == ':' ?
				"varve: option '%s' needs a value\n" :
				"varve: unknown option '%s'\n",
				argv[optind - 1]);
		got = take_option(setup, c == 'h' ? OPT_HELP : c, index);
		if (got)
			return got;
	}
	if (argc - optind > 1) {
		fputs("varve: one directory at most\n", stderr);
		return -1;
	}
	setup->options.context =
		mem_strdup(optind < argc ? argv[optind] : ".");
	/* A mistyped verb comes here too. */
	if (stat(setup->options.context, &st) < 0 || !S_ISDIR(st.st_mode)) {
		fprintf(stderr, "varve: '%s' is neither a verb nor a "
			"directory\n", setup->options.context);
		return -1;
	}
	if (!setup->options.file)
		setup->options.file = default_file(setup->options.context);
	else
		pass(setup, "file", setup->options.file);
	if (!setup->options.root)
		setup->options.root = store_default_root();
	/* Workers get the place itself: a build is the daemon's, or refused. */
	pass(setup, "root", setup->options.root);
	if (!setup->session_said)
		setup->options.session = !setup->is_headless;
	return take_keys(setup) < 0 ? -1 : open_place(setup);
}

static int open_front(struct setup *setup, struct front **out,
		      struct err *err)
{
	if (setup->is_headless) {
		if (!setup->headless.script)
			return err_set(err, ERR_USAGE,
				       "--headless needs --script");
		return headless_open(&setup->headless, out, err);
	}
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return err_set(err, ERR_UNSUPPORTED,
			       "the screen needs a terminal; 'varve plan' and "
			       "'varve tree' print the same as text");
	return term_open(setup->colour, out, err);
}

/* What the screen would say, for pipes and screen readers. */
static int print_plain(struct setup *setup)
{
	const struct options *options = &setup->options;
	AUTO(strv_release) struct strv tree = { 0 }, plan = { 0 };
	struct err err = ERR_INIT;
	int status;

	strv_add(&tree, "tree");
	strv_take(&tree, mem_printf("--root=%s", options->root));
	strv_add(&plan, "plan");
	for (size_t i = 0; i < options->flags.count; i++)
		strv_add(&plan, options->flags.items[i]);
	strv_add(&plan, options->context);
	status = child_self(&tree, &err);
	if (status == 0) {
		puts("");
		fflush(stdout);
		status = child_self(&plan, &err);
	}
	if (status >= 0)
		return status;
	fprintf(stderr, "varve: %s\n", err.msg);
	return err_exit_code(&err);
}

static int run(struct setup *setup)
{
	struct front *front = NULL;
	struct err err = ERR_INIT;
	struct app app;
	int status;

	if (open_front(setup, &front, &err) < 0) {
		fprintf(stderr, "varve: %s\n", err.msg);
		return err_exit_code(&err);
	}
	app_init(&app, &setup->options, front);
	status = app_run(&app);
	app_release(&app);
	if (headless_error(front)) {
		fprintf(stderr, "varve: %s\n", headless_error(front));
		status = 1;
	}
	front->ops->close(front);
	return status;
}

int tui_main(int argc, char **argv)
{
	AUTO(setup_release) struct setup setup = {
		.headless = { .rows = 24, .columns = 80 },
	};
	int got;

	locale_open();
	if (argc > 1 && strcmp(argv[1], "keys") == 0)
		return keys_main(argc - 1, argv + 1);
	got = parse(argc, argv, &setup);
	if (got > 0)
		return 0;
	if (got < 0) {
		fputs("See 'varve --help' and 'varve tui --help'.\n", stderr);
		return 2;
	}
	return setup.is_plain ? print_plain(&setup) : run(&setup);
}
