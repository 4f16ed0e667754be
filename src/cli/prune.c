/* varve prune: docker image prune, its question, filters and words. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/image_flags.h"
#include "spec/gofmt.h"

#define QUESTION "\nAre you sure you want to continue? [y/N] "

static const struct opt opts[] = {
	ROOT_ROW,
	IMAGE_FLAG('a', "all", OPT_BOOL, all, NULL,
		   "Remove images with names too, not only dangling ones"),
	IMAGE_FLAG('f', "force", OPT_BOOL, force, NULL, "Do not ask"),
	IMAGE_FLAG(0, "filter", OPT_LIST, filters, "KEY=VALUE",
		   "until=TIME|DURATION, label=K[=V], label!=K[=V], "
		   "dangling=true|false"),
	OPT_END,
};

struct choice {
	struct prune what;
	struct strv labels, not_labels;
};
static void choice_release(struct choice *choice)
{
	strv_release(&choice->labels);
	strv_release(&choice->not_labels);
}
AUTO_DEFINE_IN_PLACE(struct choice, choice_release)

#define SECOND INT64_C(1000000000)

static struct moment moment_before(struct moment now, int64_t nanoseconds)
{
	int64_t nsec = now.nsec - nanoseconds % SECOND;

	now.sec -= nanoseconds / SECOND + (nsec < 0);
	nsec += nsec < 0 ? SECOND : 0;
	now.sec += nsec >= SECOND;
	now.nsec = (int32_t)(nsec % SECOND);
	return now;
}

/* A duration before now, seconds since 1970, or a date (UTC). */
static int read_until(const char *text, struct moment *out, struct err *err)
{
	AUTO_FREE char *day = mem_printf("%sT00:00:00Z", text);
	AUTO_FREE char *zoned = mem_printf("%sZ", text);
	struct err ignored = ERR_INIT;
	int64_t nanoseconds;
	long seconds;

	if (gofmt_atoi(text, &seconds)) {
		*out = (struct moment){ .sec = seconds, .set = true };
		return 0;
	}
	if (gofmt_duration_parse(text, &nanoseconds, &ignored) == 0) {
		*out = gofmt_now();
		*out = moment_before(*out, nanoseconds);
		return 0;
	}
	if (gofmt_time_parse(text, out) || gofmt_time_parse(zoned, out) ||
	    gofmt_time_parse(day, out))
		return 0;
	return err_set(err, ERR_USAGE,
		       "invalid filter 'until=%s': neither a time nor a "
		       "duration", text);
}

static int read_dangling(const char *text, bool *all, struct err *err)
{
	if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0)
		*all = false;
	else if (strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
		*all = true;
	else
		return err_set(err, ERR_USAGE,
			       "Invalid filter 'dangling=%s'", text);
	return 0;
}

static int read_filter(const char *text, struct choice *choice,
		       struct err *err)
{
	const char *eq = strchr(text, '=');
	AUTO_FREE char *key = NULL;

	if (!eq)
		return err_set(err, ERR_USAGE, "invalid argument \"%s\" for "
			       "\"--filter\" flag: bad format of filter "
			       "(expected name=value)", text);
	key = mem_strndup(text, (size_t)(eq - text));
	if (strcmp(key, "label") == 0)
		strv_add(&choice->labels, eq + 1);
	else if (strcmp(key, "label!") == 0)
		strv_add(&choice->not_labels, eq + 1);
	else if (strcmp(key, "dangling") == 0)
		return read_dangling(eq + 1, &choice->what.all, err);
	else if (strcmp(key, "until") == 0 && choice->what.until.set)
		return err_set(err, ERR_USAGE,
			       "more than one until filter specified");
	else if (strcmp(key, "until") == 0)
		return read_until(eq + 1, &choice->what.until, err);
	else
		return err_set(err, ERR_USAGE, "Invalid filter '%s'", key);
	return 0;
}

static int read_filters(const struct image_flags *flags,
			struct choice *choice, struct err *err)
{
	for (size_t i = 0; i < flags->filters.count; i++)
		if (read_filter(flags->filters.items[i], choice, err) < 0)
			return -1;
	/* --all is a filter of its own to docker, and the last one. */
	choice->what.all |= flags->all;
	choice->what.labels = &choice->labels;
	choice->what.not_labels = &choice->not_labels;
	return 0;
}

static bool confirmed(bool all)
{
	char line[64] = "";
	size_t len;

	fputs(all ? "WARNING! This will remove all images without at least "
		    "one container associated to them." QUESTION
		  : "WARNING! This will remove all dangling images." QUESTION,
	      stdout);
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return false;
	len = strcspn(line, "\r\n");
	return len == 1 && tolower((unsigned char)line[0]) == 'y';
}

static void print_removal(const struct removal *removal, uint64_t freed)
{
	char size[32];

	if (removal->lines.count)
		puts("Deleted Images:");
	for (size_t i = 0; i < removal->lines.count; i++) {
		const char *line = removal->lines.items[i];

		printf("%c%s\n", tolower((unsigned char)line[0]), line + 1);
	}
	if (removal->lines.count)
		putchar('\n');
	gofmt_size(size, (double)freed, 4);
	printf("Total reclaimed space: %s\n", size);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(image_flags_release) struct image_flags flags = { 0 };
	AUTO(choice_release) struct choice choice = { .what = { 0 } };
	AUTO(image_verb_end) struct store *store = NULL;
	struct removal removal = { 0 };
	struct err err = ERR_INIT;
	uint64_t freed = 0;
	int rest, rc;

	rc = image_verb_start(verb, argc, argv, 0, 0, STORE_WRITE, &flags,
			      &rest, &store, &err);
	if (rc > 0)
		return rc == 1 ? 0 : 2;
	if (rc < 0 || read_filters(&flags, &choice, &err) < 0)
		return fail(&err);
	if (flags.force || confirmed(choice.what.all))
		rc = store_prune(store, &choice.what, &removal, &freed, &err);
	print_removal(&removal, freed);
	strv_release(&removal.lines);
	return rc < 0 ? fail(&err) : 0;
}

const struct verb verb_prune = {
	"prune", "[OPTIONS]",
	"Remove images that nothing needs: dangling ones, or with -a all that "
	"have no child.",
	opts, run,
};
