/* Knows the verbs. */
#include "cli/cli.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cli/verb.h"
#include "config.h"

static const struct verb *const verbs[] = {
	&verb_build, &verb_plan, &verb_why, &verb_parse, &verb_tree,
	&verb_images, &verb_history, &verb_inspect, &verb_tag, &verb_rmi,
	&verb_import, &verb_load, &verb_save, &verb_fsck,
};
#define VERB_COUNT (sizeof(verbs) / sizeof(*verbs))

static int print_help(void)
{
	printf("Usage:  varve [OPTIONS] [DIR]        open the screen on DIR\n"
	       "        varve VERB [OPTIONS] ...\n\n"
	       "Shows what laid down each layer of an image chain, foresees "
	       "which build steps\nwill miss the cache and why, and builds "
	       "them.\n\nVerbs:\n");
	for (size_t i = 0; i < VERB_COUNT; i++) {
		size_t line = strcspn(verbs[i]->help, "\n");

		printf("  %-10s %.*s\n", verbs[i]->name, (int)line,
		       verbs[i]->help);
	}
	printf("  %-10s Open the screen (the same as no verb)\n\n"
	       "'varve VERB --help' tells more of each; varve(1) is the "
	       "manual.\n", "tui");
	return 0;
}

int cli_main(int argc, char **argv, int (*screen)(int argc, char **argv))
{
	const char *word = argc > 1 ? argv[1] : "";

	setlocale(LC_CTYPE, ""); /* numbers stay as they are */
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
	    strcmp(word, "help") == 0)
		return print_help();
	if (strcmp(word, "--version") == 0 || strcmp(word, "version") == 0) {
		printf("varve %s\n", PACKAGE_VERSION);
		return 0;
	}
	for (size_t i = 0; i < VERB_COUNT; i++)
		if (strcmp(word, verbs[i]->name) == 0)
			return verbs[i]->run(verbs[i], argc - 1, argv + 1);
	return screen(argc, argv);
}
