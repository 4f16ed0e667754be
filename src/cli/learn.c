/* varve learn: lessons on a private store. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/gettext.h"
#include "base/locale.h"
#include "cli/lesson.h"
#include "cli/print.h"
#include "cli/verb.h"
#include "sandbox/userns.h"

#define WIDTH_MAX 80
#define ENDING ".lesson"
#define GLOSSARY "glossary"

struct learn_flags {
	const char *keep;
	struct strv answers;
	bool no_questions;
};
static void flags_release(struct learn_flags *flags)
{
	strv_release(&flags->answers);
}
AUTO_DEFINE_IN_PLACE(struct learn_flags, flags_release)

#define FLAG(n, kind, field, a, h)                                             \
	{ 0, n, kind, offsetof(struct learn_flags, field), a, h }
static const struct opt opts[] = {
	FLAG("keep", OPT_STRING, keep, "DIR",
	     "Play in DIR and leave it there, store and all"),
	FLAG("answer", OPT_LIST, answers, "N N ...",
	     "Answer of the next question, instead of asking"),
	FLAG("no-questions", OPT_BOOL, no_questions, NULL, "Ask nothing"),
	OPT_END,
};

/* Where the data is: $VARVE_DATA, beside a program that was built and not
 * installed, or where it was installed. Owned. */
static char *data_dir(void)
{
	const char *named = getenv("VARVE_DATA");
	char self[PATH_MAX] = "";
	struct stat st;
	AUTO_FREE char *beside = NULL;
	char *slash;

	if (named && *named)
		return realpath(named, NULL);
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) > 0) {
		slash = strrchr(self, '/');
		*slash = '\0';
		beside = mem_printf("%s/data/lessons", self);
		if (stat(beside, &st) == 0)
			return mem_printf("%s/data", self);
	}
	return mem_strdup(VARVE_DATADIR);
}

/* The catalogue of the reader's language, where there is one. */
static void open_catalogue(const char *data)
{
	AUTO_FREE char *beside = mem_printf("%s/locale", data);
	struct stat st;

	locale_open_messages();
	bindtextdomain("varve", stat(beside, &st) == 0 ? beside :
							 VARVE_LOCALEDIR);
	bind_textdomain_codeset("varve", "UTF-8");
	textdomain("varve");
}

/* ---- the lessons there are ---- */

struct lessons {
	struct strv names; /* "01-what-a-layer-is.lesson", in order */
	struct lesson *items;
	size_t count;
};
static void lessons_release(struct lessons *lessons)
{
	for (size_t i = 0; i < lessons->count; i++)
		lesson_release(&lessons->items[i]);
	free(lessons->items);
	strv_release(&lessons->names);
}
AUTO_DEFINE_IN_PLACE(struct lessons, lessons_release)

static bool is_lesson(const char *name)
{
	size_t len = strlen(name), end = strlen(ENDING);

	return len > end && strcmp(name + len - end, ENDING) == 0;
}

static int load(const char *dir, struct lessons *out, struct err *err)
{
	AUTO(strv_release) struct strv names = { 0 };

	if (fs_list(AT_FDCWD, dir, &names, err) < 0)
		return err_wrap(err, "cannot list the lessons (VARVE_DATA "
				     "names another place)");
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *path = mem_printf("%s/%s", dir, names.items[i]);
		AUTO(buf_release) struct buf text = BUF_INIT;
		struct lesson *lesson;

		if (!is_lesson(names.items[i]))
			continue;
		if (fs_read(AT_FDCWD, path, LESSON_MAX, &text, err) < 0)
			return -1;
		buf_addc(&text, '\n');
		strv_add(&out->names, names.items[i]);
		lesson = &MEM_PUSH(out->items, out->count);
		if (lesson_parse(names.items[i], text.data, lesson, err) < 0)
			return -1;
	}
	return 0;
}

/* Its number, or its name or the beginning of that; NULL: none. */
static const struct lesson *find(const struct lessons *lessons,
				 const char *word)
{
	for (size_t i = 0; i < lessons->count; i++) {
		const char *name = lessons->names.items[i];
		const char *dash = strchr(name, '-');

		if ((size_t)atoi(word) == i + 1 ||
		    strncmp(name, word, strlen(word)) == 0 ||
		    (dash && strncmp(dash + 1, word, strlen(word)) == 0))
			return &lessons->items[i];
	}
	return NULL;
}

static void list(const struct lessons *lessons)
{
	printf("%s\n\n", _("Lessons: varve learn NUMBER"));
	for (size_t i = 0; i < lessons->count; i++)
		printf("%3zu  %s\n     %s\n", i + 1,
		       gettext(lessons->items[i].title),
		       gettext(lessons->items[i].about));
	printf("\n%s\n", _("varve learn glossary [TERM] explains the words."));
}

/* ---- the glossary: "term: text", a paragraph each ---- */

static void print_term(const struct lesson_stage *stage, const char *text,
		       const char *wanted)
{
	const char *said = gettext(text);

	if (!wanted || strcasestr(text, wanted) || strcasestr(said, wanted))
		lesson_say(stage, text);
}

static int glossary(const char *dir, const struct lesson_stage *stage,
		    const char *wanted, struct err *err)
{
	AUTO_FREE char *path = mem_printf("%s/" GLOSSARY, dir);
	AUTO(buf_release) struct buf text = BUF_INIT;
	AUTO(lesson_release) struct lesson words = { 0 };

	if (fs_read(AT_FDCWD, path, LESSON_MAX, &text, err) < 0)
		return -1;
	buf_addc(&text, '\n');
	if (lesson_parse(GLOSSARY, text.data, &words, err) < 0)
		return -1;
	for (size_t i = 0; i < words.act_count; i++)
		print_term(stage, words.acts[i].body, wanted);
	return 0;
}

/* ---- playing ---- */

static struct lesson_stage stage_of(const struct learn_flags *flags)
{
	int width = print_width(stdout);

	return (struct lesson_stage){
		.ask = !flags->no_questions && isatty(STDIN_FILENO) &&
		       isatty(STDOUT_FILENO),
		.color = print_in_color(stdout, NULL),
		.ascii = print_ascii(),
		.width = width > 20 && width < WIDTH_MAX ? width : WIDTH_MAX,
		.answers = &flags->answers,
	};
}

static int play_in(const struct lesson *lesson, struct lesson_stage *stage,
		   const char *keep, struct err *err)
{
	const char *tmp = getenv("TMPDIR");
	AUTO_FREE char *home = mem_printf("%s/varve-learn-XXXXXX",
					  tmp && *tmp ? tmp : "/tmp");
	struct err ignored;
	int rc;

	if (!keep && !mkdtemp(home))
		return err_set(err, ERR_FAILED, "cannot make '%s'", home);
	if (keep && fs_mkdir_p(AT_FDCWD, keep, 0755, err) < 0)
		return -1;
	if (keep) {
		free(home);
		home = realpath(keep, NULL);
	}
	stage->home = home;
	rc = lesson_play(lesson, stage, err);
	if (keep)
		printf(_("\nIt is all still in %s: VARVE_ROOT=%s/store varve "
			 "%s/work opens the screen on it.\n"), keep, home,
		       home);
	/* What another user's number owns goes in that user's namespace. */
	else if (userns_enter(&ignored) == 0)
		fs_remove_tree(AT_FDCWD, home, &ignored);
	return rc;
}

static int play(const char *data, const struct lesson *lesson,
		const struct learn_flags *flags, struct err *err)
{
	struct lesson_stage stage = stage_of(flags);
	AUTO_FREE char *base = mem_printf("%s/tutorial/base.sh", data);
	int rc;

	stage.base = base;
	printf("== %s ==\n", gettext(lesson->title));
	rc = play_in(lesson, &stage, flags->keep, err);
	if (rc > 0 && stage.asked)
		printf(_("\nIn this lesson you were right about %d of %d "
			 "steps.\n"), stage.right, stage.asked);
	return rc < 0 ? -1 : 0;
}

static int learn(const struct learn_flags *flags, char **words,
		 struct err *err)
{
	AUTO_FREE char *data = data_dir();
	AUTO_FREE char *dir = NULL;
	AUTO(lessons_release) struct lessons lessons = { 0 };
	const struct lesson *lesson;

	if (!data)
		return err_set(err, ERR_NOT_FOUND, "VARVE_DATA names no "
			       "directory");
	dir = mem_printf("%s/lessons/.", data); /* may be a link */
	open_catalogue(data);
	if (words[0] && strcmp(words[0], GLOSSARY) == 0) {
		struct lesson_stage stage = stage_of(flags);

		return glossary(dir, &stage, words[1], err);
	}
	if (load(dir, &lessons, err) < 0)
		return -1;
	if (!words[0]) {
		list(&lessons);
		return 0;
	}
	lesson = find(&lessons, words[0]);
	if (!lesson)
		return err_set(err, ERR_NOT_FOUND, "no lesson '%s' (there are "
			       "%zu)", words[0], lessons.count);
	return play(data, lesson, flags, err);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(flags_release) struct learn_flags flags = { 0 };
	struct err err = ERR_INIT;
	int rest, rc = opts_parse(verb, argc, argv, &flags, &rest);

	if (rc != 0)
		return rc > 0 ? 0 : 2;
	if (argc - rest > 2)
		return usage_error(verb, "one lesson at a time");
	return learn(&flags, argv + rest, &err) < 0 ? fail(&err) : 0;
}

const struct verb verb_learn = {
	"learn", "[OPTIONS] [LESSON | glossary [TERM]]",
	"Teach what layers are: foresee what a build will do, then see it.\n"
	"Without LESSON the lessons are listed. Each has a store of its own,\n"
	"which is removed at its end.",
	opts, run,
};
