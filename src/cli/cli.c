/* Knows the verbs. */
#include "cli/cli.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/locale.h"
#include "cli/verb.h"
#include "config.h"

static const struct verb *const verbs[] = {
	&verb_build, &verb_plan, &verb_why, &verb_shell,
	&verb_context, &verb_advise,
	&verb_parse, &verb_tree, &verb_images, &verb_history, &verb_inspect,
	&verb_files, &verb_diff, &verb_blame, &verb_waste, &verb_df,
	&verb_copy,
	&verb_tag, &verb_rmi, &verb_prune, &verb_import, &verb_load,
	&verb_save, &verb_pull, &verb_push, &verb_login, &verb_logout,
	&verb_fsck,
	&verb_learn,
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
	printf("  %-10s Print the keys of the screen and check your key file\n"
	       "  %-10s Open the screen (the same as no verb)\n\n"
	       "'varve VERB --help' tells more of each; varve(1) is the "
	       "manual.\n", "keys", "tui");
	return 0;
}

/* Letters to add, take away, change or swap to make b of a. */
static size_t distance(const char *a, const char *b)
{
	enum { MOST = 16 };
	size_t rows[3][MOST + 1], la = strlen(a), lb = strlen(b);

	if (la > MOST || lb > MOST)
		return SIZE_MAX;
	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *now = rows[i % 3], *last = rows[(i + 2) % 3];

		now[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);

			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] &&
			    rows[(i + 1) % 3][j - 2] + 1 < best)
				best = rows[(i + 1) % 3][j - 2] + 1;
			now[j] = best;
		}
	}
	return rows[la % 3][lb];
}

/* What the word was meant to be, or NULL. */
static const char *nearest_verb(const char *word)
{
	const char *found = NULL;
	size_t best = strlen(word) < 5 ? 2 : 3; /* and nearer than that */

	for (size_t i = 0; i < VERB_COUNT; i++) {
		size_t far = distance(word, verbs[i]->name);

		if (far < best) {
			best = far;
			found = verbs[i]->name;
		}
	}
	return found;
}

/* A first word without a dash is a verb or a directory. */
static int unknown_word(const char *word)
{
	const char *meant = nearest_verb(word);

	fprintf(stderr, "varve: '%s' is neither a verb nor a directory", word);
	if (meant)
		fprintf(stderr, "; did you mean '%s'?", meant);
	fputs("\nSee 'varve --help'.\n", stderr);
	return 2;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int cli_main(int argc, char **argv, int (*screen)(int argc, char **argv))
{
	const char *word = argc > 1 ? argv[1] : "";

	locale_open();
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
	    strcmp(word, "help") == 0)
		return print_help();
	if (strcmp(word, "--version") == 0 || strcmp(word, "-v") == 0 ||
	    strcmp(word, "version") == 0) {
		printf("varve %s\n", PACKAGE_VERSION);
		return 0;
	}
	for (size_t i = 0; i < VERB_COUNT; i++)
		if (strcmp(word, verbs[i]->name) == 0)
			return verbs[i]->run(verbs[i], argc - 1, argv + 1);
	if (argc > 1 && *word != '-' && strcmp(word, "tui") != 0 &&
	    strcmp(word, "keys") != 0 && !is_directory(word))
		return unknown_word(word);
	return screen(argc, argv);
}
