/* Knows how a lesson is played: told, written, asked, and built for real. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/capture.h"
#include "base/fs.h"
#include "base/gettext.h"
#include "cli/lesson_parts.h"
#include "cli/print.h"

#define SELF "/proc/self/exe"
#define RUN_MS 300000
#define OUTPUT_MAX (16 * 1024 * 1024)

static void play_release(struct play *play)
{
	if (play->work_fd >= 0)
		close(play->work_fd);
	strv_release(&play->args);
}
AUTO_DEFINE_IN_PLACE(struct play, play_release)

/* ---- telling ---- */

void lesson_put_rows(const struct lesson_stage *stage, struct rows *rows)
{
	print_rows(stdout, rows, stage->color);
	rows_release(rows);
}

void lesson_say_styled(const struct lesson_stage *stage, enum style style,
		       const char *text)
{
	struct rows rows = { 0 };
	struct flow flow = { .rows = &rows, .link = -1,
			     .width = stage->width };

	flow_words(&flow, style, text);
	lesson_put_rows(stage, &rows);
}

void lesson_say(const struct lesson_stage *stage, const char *text)
{
	putchar('\n');
	lesson_say_styled(stage, STYLE_PLAIN, gettext(text));
}

static bool has_line(const char *text, const char *line, size_t len)
{
	while (text && *text) {
		size_t here = strcspn(text, "\n");

		if (here == len && memcmp(text, line, len) == 0)
			return true;
		text += here + (text[here] == '\n');
	}
	return false;
}

/* The file with numbers; what is new in it is marked. */
static void show_file(const struct lesson_stage *stage, const char *path,
		      const char *old, const char *text)
{
	struct rows rows = { 0 };
	int number = 1;

	putchar('\n');
	lesson_say_styled(stage, STYLE_TITLE, path);
	for (; *text; number++) {
		size_t len = strcspn(text, "\n");
		bool added = old && !has_line(old, text, len);
		struct row *row = rows_add(&rows, -1);

		row_addf(row, STYLE_DIM, "%3d ", number);
		row_addf(row, added ? STYLE_ADDED : STYLE_PLAIN, "%c %.*s",
			 added ? '+' : ' ', (int)len, text);
		text += len + (text[len] == '\n');
	}
	lesson_put_rows(stage, &rows);
}

/* ---- running this program ---- */

void lesson_build_words(const struct play *play, struct strv *out)
{
	for (size_t i = 0; i < play->args.count; i++)
		strv_take(out, mem_printf("--build-arg=%s",
					  play->args.items[i]));
}

static const char **argv_of(const struct strv *words)
{
	const char **argv = mem_array(words->count + 2, sizeof(*argv));

	argv[0] = SELF;
	for (size_t i = 0; i < words->count; i++)
		argv[i + 1] = words->items[i];
	return argv;
}

int lesson_capture(const struct play *play, const struct strv *words,
			  struct buf *out, struct err *err)
{
	AUTO_FREE const char **argv = argv_of(words);
	int rc = capture(play->work_fd, argv, RUN_MS, OUTPUT_MAX, out, err);

	if (rc == 0)
		return err_set(err, ERR_FAILED, "'varve %s' failed",
			       words->items[0]);
	return rc < 0 ? -1 : 0;
}

/* Shows what is typed and what it prints. */
static int run_in_sight(const struct play *play, const struct strv *words,
			struct err *err)
{
	AUTO_FREE const char **argv = argv_of(words);
	AUTO_FREE char *line = strv_join(words, " ");
	AUTO_FREE char *typed = mem_printf("$ varve %s", line);
	int status = 0;
	pid_t pid;

	putchar('\n');
	lesson_say_styled(play->stage, STYLE_BOLD, typed);
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return err_sys(err, errno, "cannot fork");
	if (pid == 0) {
		if (fchdir(play->work_fd) == 0)
			execv(SELF, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status != 0)
		return err_set(err, ERR_FAILED, "'varve %s' failed", line);
	return 0;
}

static int build_in_sight(const struct play *play, struct err *err)
{
	AUTO(strv_release) struct strv words = { 0 };

	strv_add(&words, "build");
	lesson_build_words(play, &words);
	strv_add(&words, "-t");
	strv_add(&words, LESSON_TAG);
	strv_add(&words, ".");
	return run_in_sight(play, &words, err);
}

/* ---- writing ---- */

static int write_file(const struct play *play, const struct act *act,
		      struct err *err)
{
	const char *path = act->words.items[0];
	AUTO(buf_release) struct buf old = BUF_INIT;
	AUTO_FREE char *dir = mem_strdup(path);
	char *slash = strrchr(dir, '/');
	int found = fs_read(play->work_fd, path, LESSON_MAX, &old, err);
	struct stat st;

	if (found < 0)
		return -1;
	if (fstatat(play->work_fd, path, &st, 0) < 0)
		st.st_mode = 0644; /* an editor keeps the mode that is there */
	if (slash) {
		*slash = '\0';
		if (fs_mkdir_p(play->work_fd, dir, 0755, err) < 0)
			return -1;
	}
	if (fs_write_atomic(play->work_fd, path, act->body,
			    strlen(act->body), st.st_mode & 07777, false,
			    err) < 0)
		return -1;
	show_file(play->stage, path, found ? old.data : NULL, act->body);
	return 0;
}

static void say_command(const struct play *play, const char *command,
			const struct strv *words)
{
	AUTO_FREE char *rest = strv_join(words, " ");
	AUTO_FREE char *line = mem_printf("$ %s %s", command, rest);

	putchar('\n');
	lesson_say_styled(play->stage, STYLE_BOLD, line);
}

static int touch(const struct play *play, const char *path, struct err *err)
{
	struct timespec times[2];

	/* A day ahead: another time whatever the clock's grain is. */
	clock_gettime(CLOCK_REALTIME, &times[0]);
	times[0].tv_sec += 24 * 60 * 60;
	times[1] = times[0];
	if (utimensat(play->work_fd, path, times, 0) < 0)
		return err_sys(err, errno, "cannot touch '%s'", path);
	return 0;
}

static int change_mode(const struct play *play, const struct strv *words,
		       struct err *err)
{
	mode_t mode = (mode_t)strtoul(words->items[0], NULL, 8);

	if (fchmodat(play->work_fd, words->items[1], mode, 0) < 0)
		return err_sys(err, errno, "cannot change the mode of '%s'",
			       words->items[1]);
	return 0;
}

static int do_act(struct play *play, const struct act *act, struct err *err)
{
	switch (act->kind) {
	case ACT_SAY:
		lesson_say(play->stage, act->body);
		return 0;
	case ACT_FILE:
		return write_file(play, act, err);
	case ACT_TOUCH:
		say_command(play, "touch", &act->words);
		return touch(play, act->words.items[0], err);
	case ACT_CHMOD:
		say_command(play, "chmod", &act->words);
		return change_mode(play, &act->words, err);
	case ACT_REMOVE:
		say_command(play, "rm", &act->words);
		return fs_remove_tree(play->work_fd, act->words.items[0], err);
	case ACT_ARG:
		strv_copy(&play->args, &act->words);
		say_command(play, "varve build --build-arg", &act->words);
		return 0;
	case ACT_BUILD:
		return build_in_sight(play, err);
	case ACT_PREDICT:
		return lesson_predict(play, act, err);
	case ACT_SHOW:
		return run_in_sight(play, &act->words, err);
	}
	return 0;
}

/* The store of the lesson with a base image in it. */
static int open_scene(struct play *play, struct err *err)
{
	const struct lesson_stage *stage = play->stage;
	AUTO_FREE char *work = mem_printf("%s/work", stage->home);
	AUTO_FREE char *store = mem_printf("%s/store", stage->home);
	AUTO_FREE char *cache = mem_printf("%s/cache", stage->home);
	AUTO(buf_release) struct buf out = BUF_INIT;
	char self[PATH_MAX] = "";
	const char *const base[] = {
		"sh", "-c", "sh \"$0\" | \"$1\" import - alpine:latest",
		stage->base, self, NULL,
	};
	int rc;

	if (readlink(SELF, self, sizeof(self) - 1) < 0)
		return err_sys(err, errno, "cannot read '%s'", SELF);

	if (fs_mkdir_p(AT_FDCWD, work, 0755, err) < 0)
		return -1;
	play->work_fd = open(work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (play->work_fd < 0)
		return err_sys(err, errno, "cannot open '%s'", work);
	setenv("VARVE_ROOT", store, 1);
	setenv("XDG_CACHE_HOME", cache, 1);
	rc = capture(play->work_fd, base, RUN_MS, OUTPUT_MAX, &out, err);
	if (rc == 0)
		return err_set(err, ERR_FAILED, "cannot make the base image "
			       "with '%s' (is busybox-static installed?)",
			       stage->base);
	return rc < 0 ? -1 : 0;
}

int lesson_play(const struct lesson *lesson, struct lesson_stage *stage,
		struct err *err)
{
	AUTO(play_release) struct play play = { .stage = stage,
						.work_fd = -1 };

	if (open_scene(&play, err) < 0)
		return -1;
	for (size_t i = 0; i < lesson->act_count && !play.left; i++)
		if (do_act(&play, &lesson->acts[i], err) < 0)
			return err_wrap(err, "'%s'", lesson->title);
	return !play.left;
}
