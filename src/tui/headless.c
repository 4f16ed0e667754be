/* Knows how a script presses keys and what of a screen it may keep. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/fs.h"
#include "base/utf8.h"
#include "tui/front.h"
#include "tui/key.h"

#define SCRIPT_MAX (1024 * 1024)
#define WAIT_SECONDS 60 /* after which waiting is a failure */
#define POLL_MS 20

enum wait { WAIT_NOT, WAIT_PLAN, WAIT_BUILD, WAIT_IDLE };

struct headless {
	struct front front;
	struct canvas shown;
	int rows, columns;
	const char *save_dir;
	bool fixed, drawn;
	char *text, *at;     /* the script; its next line */
	int line;
	const char *typing;  /* characters still to be pressed, or NULL */
	enum { PASTE_NOT, PASTE_NOW, PASTE_ON } paste; /* they are pasted */
	enum wait wait;
	int64_t wait_since;
	unsigned plans, builds; /* waited for so far */
	char *error;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void size_of(struct front *front, int *rows, int *columns)
{
	*rows = ((struct headless *)front)->rows;
	*columns = ((struct headless *)front)->columns;
}

static void draw(struct front *front, const struct canvas *canvas, bool full)
{
	struct headless *headless = (struct headless *)front;

	(void)full;
	canvas_release(&headless->shown);
	canvas_init(&headless->shown, canvas->rows, canvas->columns);
	memcpy(headless->shown.cells, canvas->cells,
	       (size_t)canvas->rows * (size_t)canvas->columns *
		       sizeof(struct cell));
	headless->drawn = true;
}

/* Short and full IDs change from build to build; their places do not. */
static void mask_ids(char *text)
{
	while (*text) {
		size_t n = strspn(text, "0123456789abcdef");

		if (n == 8 || n == 12 || n == 64)
			memset(text, 'x', n);
		text += n ? n : 1;
	}
}

static int save(struct headless *headless, const char *name, struct err *err)
{
	AUTO(buf_release) struct buf out = BUF_INIT;
	AUTO_FREE char *path = *name == '/' ?
		mem_strdup(name) :
		mem_printf("%s/%s", headless->save_dir, name);

	canvas_print(&headless->shown, &out);
	if (headless->fixed)
		mask_ids(out.data);
	return fs_write_atomic(AT_FDCWD, path, out.data, out.len, 0644, false,
			       err);
}

static struct input fail(struct headless *headless, const char *text)
{
	free(headless->error);
	headless->error = mem_printf("script line %d: %s", headless->line,
				     text);
	return (struct input){ .kind = INPUT_QUIT };
}

static struct input resize(struct headless *headless, const char *size)
{
	int columns, rows;

	if (sscanf(size, "%dx%d", &columns, &rows) != 2 || columns < 1 ||
	    rows < 1 || columns > 2000 || rows > 1000)
		return fail(headless, "a size is COLUMNSxROWS");
	headless->columns = columns;
	headless->rows = rows;
	return (struct input){ .kind = INPUT_RESIZE };
}

static struct input start_wait(struct headless *headless, const char *what)
{
	static const struct {
		const char *name;
		enum wait wait;
	} waits[] = { { "plan", WAIT_PLAN }, { "build", WAIT_BUILD },
		      { "idle", WAIT_IDLE } };

	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++)
		if (strcmp(waits[i].name, what) == 0) {
			headless->wait = waits[i].wait;
			headless->wait_since = now_ms();
			return (struct input){ .kind = INPUT_NONE };
		}
	return fail(headless, "wait for plan, build or idle");
}

/* What other programs do meanwhile: a file is saved, a context changes. */
static struct input shell(struct headless *headless, const char *command)
{
	if (system(command) != 0)
		return fail(headless, "the command failed");
	return (struct input){ .kind = INPUT_NONE };
}

/* "press ROW COLUMN", from 1 as editors count. */
static struct input use_mouse(struct headless *headless, const char *text)
{
	static const char *const kinds[] = {
		[MOUSE_PRESS] = "press", [MOUSE_DOUBLE] = "double",
		[MOUSE_RELEASE] = "release", [MOUSE_UP] = "up",
		[MOUSE_DOWN] = "down",
	};
	struct input input = { .kind = INPUT_MOUSE };
	char kind[16];

	if (sscanf(text, "%15s %d %d", kind, &input.mouse.row,
		   &input.mouse.column) == 3)
		for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
			if (strcmp(kinds[i], kind) == 0) {
				input.mouse.kind = (enum mouse_kind)i;
				input.mouse.row--;
				input.mouse.column--;
				return input;
			}
	return fail(headless, "a mouse does press, double, release, up or "
			      "down at ROW COLUMN");
}

static struct input command(struct headless *headless, char *line)
{
	char *word = line, *rest = line + strcspn(line, " ");
	struct err err = ERR_INIT;
	uint32_t key;

	if (*rest)
		*rest++ = '\0';
	if (!*word || *word == '#')
		return (struct input){ .kind = INPUT_NONE };
	if (strcmp(word, "quit") == 0)
		return (struct input){ .kind = INPUT_QUIT };
	if (strcmp(word, "key") == 0) {
		key = key_parse(rest);
		return key ? (struct input){ INPUT_KEY, .key = key } :
			     fail(headless, "no such key");
	}
	if (strcmp(word, "keys") == 0 || strcmp(word, "type") == 0 ||
	    strcmp(word, "paste") == 0) {
		headless->typing = rest;
		headless->paste = *word == 'p' ? PASTE_NOW : PASTE_NOT;
		return (struct input){ .kind = INPUT_NONE };
	}
	if (strcmp(word, "mouse") == 0)
		return use_mouse(headless, rest);
	if (strcmp(word, "wait") == 0)
		return start_wait(headless, rest);
	if (strcmp(word, "resize") == 0)
		return resize(headless, rest);
	if (strcmp(word, "sh") == 0)
		return shell(headless, rest);
	if (strcmp(word, "save") == 0)
		return save(headless, rest, &err) == 0 ?
			       (struct input){ .kind = INPUT_NONE } :
			       fail(headless, err.msg);
	return fail(headless, "no such command");
}

/* "\n", "\r", "\e" as C and shells have them; 0: it begins none of them. */
static uint32_t control(const char *at)
{
	if (at[0] != '\\')
		return 0;
	switch (at[1]) {
	case 'n':
		return '\n';
	case 'r':
		return KEYCODE_ENTER;
	case 'e':
		return KEYCODE_ESC;
	default:
		return 0;
	}
}

/* Between its marks. */
static bool paste(struct headless *headless, uint32_t *key)
{
	const char *at = headless->typing;

	if (headless->paste == PASTE_NOW)
		*key = KEYCODE_PASTE;
	else if (!*at)
		*key = KEYCODE_PASTE_END;
	else if (!(*key = control(at)))
		return false;
	else
		headless->typing += 2;
	headless->paste = *key == KEYCODE_PASTE_END ? PASTE_NOT : PASTE_ON;
	return true;
}

static struct input press(struct headless *headless)
{
	uint32_t rune;
	bool valid;

	if (headless->paste != PASTE_NOT && paste(headless, &rune))
		return (struct input){ INPUT_KEY, .key = rune };
	headless->typing += utf8_decode(headless->typing,
					strlen(headless->typing), &rune,
					&valid);
	return (struct input){ INPUT_KEY, .key = rune };
}

static bool waited(struct headless *headless, const struct progress *now)
{
	switch (headless->wait) {
	case WAIT_NOT:
		break;
	case WAIT_PLAN:
		if (now->plans == headless->plans)
			return false;
		headless->plans = now->plans;
		break;
	case WAIT_BUILD:
		if (now->builds == headless->builds)
			return false;
		headless->builds = now->builds;
		break;
	case WAIT_IDLE:
		if (!now->idle)
			return false;
		headless->plans = now->plans;
		headless->builds = now->builds;
		break;
	}
	headless->wait = WAIT_NOT;
	return true;
}

/* After each command the loop draws, so that `save` sees what it did. */
static struct input next(struct front *front, const struct progress *progress)
{
	struct headless *headless = (struct headless *)front;
	char *line = headless->at;

	if (!headless->drawn)
		return (struct input){ .kind = INPUT_NONE };
	if (headless->wait != WAIT_NOT && waited(headless, progress)) {
		/* What was waited for is to be seen before going on. */
		headless->drawn = false;
		return (struct input){ .kind = INPUT_NONE };
	}
	if (headless->wait != WAIT_NOT) {
		if (now_ms() - headless->wait_since > WAIT_SECONDS * 1000)
			return fail(headless, "waited too long");
		return (struct input){ .kind = INPUT_NONE };
	}
	if (headless->typing &&
	    (*headless->typing || headless->paste != PASTE_NOT)) {
		headless->drawn = false;
		return press(headless);
	}
	headless->typing = NULL;
	if (!*line)
		return (struct input){ .kind = INPUT_QUIT };
	headless->at += strcspn(line, "\n");
	if (*headless->at)
		*headless->at++ = '\0';
	headless->line++;
	headless->drawn = false;
	return command(headless, line);
}

static int fd_of(const struct front *front)
{
	(void)front;
	return -1;
}

static int timeout_of(const struct front *front)
{
	return ((const struct headless *)front)->wait == WAIT_NOT ? 0 :
								    POLL_MS;
}

static void resized(struct front *front)
{
	(void)front;
}

static void palette(struct front *front, enum palette palette)
{
	(void)front;
	(void)palette;
}

static void lines(struct front *front, bool own)
{
	(void)front;
	(void)own;
}

static void mouse(struct front *front, bool on)
{
	(void)front;
	(void)on;
}

static bool copy(struct front *front, const char *text)
{
	(void)front;
	(void)text;
	return false;
}

static int edit(struct front *front, const char *path, int line,
		struct err *err)
{
	AUTO_FREE char *script = NULL;
	const char *editor = getenv("VISUAL");

	(void)front;
	if (!editor || !*editor)
		editor = getenv("EDITOR");
	if (!editor || !*editor)
		return err_set(err, ERR_FAILED, "no editor without a terminal");
	setenv("VARVE_EDIT", path, 1);
	script = mem_printf("%s +%d \"$VARVE_EDIT\"", editor, line);
	if (system(script) != 0)
		return err_set(err, ERR_FAILED, "the editor failed");
	return 0;
}

static int run_shell(struct front *front, const char *dir,
		     const char *command, struct err *err)
{
	(void)front;
	(void)dir;
	(void)command;
	return err_set(err, ERR_FAILED, "no shell without a terminal");
}

static void suspend(struct front *front)
{
	(void)front;
}

static void close_front(struct front *front)
{
	struct headless *headless = (struct headless *)front;

	canvas_release(&headless->shown);
	free(headless->text);
	free(headless->error);
	free(headless);
}

static const struct front_ops ops = {
	.size = size_of, .draw = draw, .next = next, .fd = fd_of,
	.timeout = timeout_of, .resized = resized, .palette = palette, .lines = lines,
	.mouse = mouse,
	.copy = copy, .edit = edit, .shell = run_shell, .suspend = suspend,
	 .close = close_front,
};

const char *headless_error(const struct front *front)
{
	return front->ops == &ops ? ((const struct headless *)front)->error :
				    NULL;
}

int headless_open(const struct headless_options *options, struct front **out,
		  struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct headless *headless;
	int found = fs_read(AT_FDCWD, options->script, SCRIPT_MAX, &text, err);

	if (found < 0)
		return err_wrap(err, "script '%s'", options->script);
	if (!found)
		return err_set(err, ERR_NOT_FOUND, "there is no script '%s'",
			       options->script);
	headless = mem_alloc(sizeof(*headless));
	headless->front.ops = &ops;
	headless->rows = options->rows;
	headless->columns = options->columns;
	headless->fixed = options->fixed;
	headless->save_dir = options->save_dir ? options->save_dir : ".";
	headless->text = headless->at = buf_steal(&text);
	*out = &headless->front;
	return 0;
}
