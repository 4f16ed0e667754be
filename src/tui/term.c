/* Knows the terminal: modes, colours, and how to leave it as it was. */
#include <curses.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <wchar.h>

#include "base/fs.h"
#include "tui/child.h"
#include "tui/clipboard.h"
#include "tui/front.h"
#include "tui/held_stderr.h"
#include "tui/key.h"
#include "tui/term_blank.h"
#include "tui/term_keys.h"
#include "tui/term_restore.h"

#define DOUBLE_MS 400

struct term {
	struct front front;
	SCREEN *screen;
	struct canvas shown; /* what the terminal has */
	bool colours, own_lines;
	enum palette palette;
	short pairs[STYLE_COUNT]; /* of colours, as curses counts them */
	mbstate_t typed;
	struct mouse last; /* press, and when */
	int64_t pressed;
	struct held_stderr held;
};

/* ---- colours ---- */

/* Styles of one colour have one pair. Where there are colours none has pair 0:
 * with each change to it curses takes back all attributes, too. */
static void term_palette(struct front *front, enum palette palette)
{
	struct term *term = (struct term *)front;
	short ground = palette_ground(palette);

	term->palette = term->colours ? palette : PALETTE_MONO;
	for (int i = 0; i < STYLE_COUNT && term->colours; i++) {
		const struct look *look = palette_look(palette,
						       (enum style)i);
		/* Where there are more, numbers from 8 on are red-green-blue. */
		bool rich = COLORS == 256 && look->rich != COLOUR_DEFAULT;

		init_pair((short)(i + 1), rich ? look->rich : look->colour,
			  ground);
		term->pairs[i] = (short)(palette_same(palette, (enum style)i) +
					 1);
	}
}

static void term_lines(struct front *front, bool own)
{
	((struct term *)front)->own_lines = own && !text_locale_utf8();
}

static void start_colours(struct term *term, enum colour colour)
{
	const char *no = getenv("NO_COLOR");

	if (colour != COLOUR_NEVER &&
	    (colour == COLOUR_ALWAYS || !no || !*no))
		term->colours = has_colors() && start_color() != ERR &&
				use_default_colors() != ERR;
	term_palette(&term->front, PALETTE_DARK);
}

static void look_of(const struct term *term, const struct cell *cell,
		    attr_t *attributes, short *pair)
{
	static const struct {
		unsigned look;
		attr_t curses;
	} names[] = { { LOOK_BOLD, A_BOLD }, { LOOK_DIM, A_DIM },
		      { LOOK_UNDERLINE, A_UNDERLINE },
		      { LOOK_REVERSE, A_REVERSE } };
	const struct look *look = palette_look(term->palette, cell->style);

	*attributes = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (look->attributes & names[i].look)
			*attributes |= names[i].curses;
	*pair = term->pairs[cell->style];
	if (cell->selected) {
		/* Of one weight where there are colours. */
		*attributes |= A_REVERSE;
		*attributes &= term->palette == PALETTE_MONO ?
				       ~(attr_t)A_DIM : ~(A_DIM | A_BOLD);
	}
}

/* ---- drawing ---- */

/* Lines in ASCII as the terminal's own (ACS), by their names of the VT100; 0:
 * it has none for it. */
static wchar_t own_line(const struct cell *cell, bool joined)
{
	switch (cell->style == STYLE_LINE ? cell->text[0] : 0) {
	case '-':
		return L'q';
	case '|':
		return joined ? L't' : L'x';
	case '`':
		return L'm';
	default:
		return 0;
	}
}

/* joined: a line goes on to the right. */
static void make_cell(const struct term *term, const struct cell *cell,
		      const struct cell *look, bool joined, cchar_t *out)
{
	wchar_t text[CCHARW_MAX + 1] = { 0 };
	mbstate_t state = { 0 };
	const char *at = cell->text;
	attr_t attributes;
	short pair;
	size_t n = mbsrtowcs(text, &at, CCHARW_MAX, &state);

	if (n == (size_t)-1 || n == 0)
		wcscpy(text, L"?");
	look_of(term, look, &attributes, &pair);
	if (term->own_lines && own_line(cell, joined)) {
		text[0] = own_line(cell, joined);
		attributes |= A_ALTCHARSET;
	}
	setcchar(out, text, attributes, pair, NULL);
}

static void draw_line(struct term *term, const struct canvas *canvas, int row)
{
	AUTO_FREE cchar_t *line = mem_array((size_t)canvas->columns,
					    sizeof(*line));
	int n = 0;

	for (int x = 0; x < canvas->columns; x++) {
		const struct cell *cell = canvas_cell(canvas, row, x);

		if (cell->text[0]) /* else: curses has the right half */
			make_cell(term, cell, term_lender(term->palette, canvas, row, x),
				  x + 1 < canvas->columns &&
				  cell[1].style == STYLE_LINE &&
				  cell[1].text[0] != ' ', &line[n++]);
	}
	mvadd_wchnstr(row, 0, line, n);
}

static void term_draw(struct front *front, const struct canvas *canvas,
		      bool full)
{
	struct term *term = (struct term *)front;
	bool fresh = full || term->shown.rows != canvas->rows ||
		     term->shown.columns != canvas->columns;

	if (fresh) {
		canvas_release(&term->shown);
		canvas_init(&term->shown, canvas->rows, canvas->columns);
	}
	for (int row = 0; row < canvas->rows && row < LINES; row++) {
		if (!fresh && canvas_row_equal(canvas, &term->shown, row))
			continue;
		draw_line(term, canvas, row);
		memcpy(canvas_cell(&term->shown, row, 0),
		       canvas_cell(canvas, row, 0),
		       (size_t)canvas->columns * sizeof(struct cell));
	}
	if (full)
		clearok(curscr, TRUE);
	if (canvas->cursor_row >= 0) {
		move(canvas->cursor_row, canvas->cursor_column);
		curs_set(1);
	} else {
		curs_set(0);
	}
	refresh();
}

static void term_size(struct front *front, int *rows, int *columns)
{
	(void)front;
	*rows = LINES;
	*columns = COLS;
}

static void term_resized(struct front *front)
{
	struct winsize size;

	(void)front;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row &&
	    size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
}

/* ---- the mouse ---- */

static void term_mouse(struct front *front, bool on)
{
	(void)front;
	mouseinterval(0);
	mousemask(on ? BUTTON1_PRESSED | BUTTON1_RELEASED | BUTTON4_PRESSED |
			       BUTTON5_PRESSED : 0, NULL);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Whether it is the second press in one place. */
static bool is_double(struct term *term, const struct mouse *mouse)
{
	int64_t now = now_ms();
	bool twice = now - term->pressed <= DOUBLE_MS &&
		     term->last.row == mouse->row &&
		     term->last.column == mouse->column;

	term->last = *mouse;
	term->pressed = twice ? 0 : now;
	return twice;
}

static bool take_mouse(struct term *term, struct mouse *out)
{
	MEVENT event;

	if (getmouse(&event) != OK)
		return false;
	*out = (struct mouse){ MOUSE_PRESS, event.y, event.x };
	if (event.bstate & BUTTON1_PRESSED)
		out->kind = is_double(term, out) ? MOUSE_DOUBLE : MOUSE_PRESS;
	else if (event.bstate & BUTTON1_RELEASED)
		out->kind = MOUSE_RELEASE;
	else if (event.bstate & BUTTON4_PRESSED)
		out->kind = MOUSE_UP;
	else if (event.bstate & BUTTON5_PRESSED)
		out->kind = MOUSE_DOWN;
	else
		return false;
	return true;
}

static struct input term_next(struct front *front,
			      const struct progress *progress)
{
	struct term *term = (struct term *)front;
	int c;

	(void)progress;
	while ((c = getch()) != ERR) {
		struct input input = { .kind = INPUT_KEY };

		if (c == KEY_MOUSE) {
			if (take_mouse(term, &input.mouse)) {
				input.kind = INPUT_MOUSE;
				return input;
			}
			continue;
		}
		input.key = term_key(&term->typed, c);
		if (input.key)
			return input;
	}
	return (struct input){ .kind = INPUT_NONE };
}

static int term_fd(const struct front *front)
{
	(void)front;
	return STDIN_FILENO;
}

static int term_timeout(const struct front *front)
{
	(void)front;
	return -1;
}

/* ---- leaving it as it was ---- */

/* Others may show what those with a mouse understand. */
static bool knows_modes(void)
{
	const char *mouse = tigetstr("kmous");

	return mouse && mouse != (const char *)-1;
}

/* Whether what is pasted comes between marks. */
static void pasting(bool on)
{
	static const char *const words[] = { "\033[?2004l", "\033[?2004h" };

	if (knows_modes())
		(void)!write(STDOUT_FILENO, words[on], strlen(words[on]));
}

static void prepare_crash(void)
{
	static const char *const names[] = { "sgr0", "rmkx", "cnorm",
					     "rmcup" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *text = tigetstr(names[i]);

		if (text && text != (const char *)-1)
			term_restore_add(text);
	}
	/* As curses says it, and as pasting() does. */
	if (knows_modes())
		term_restore_add("\033[?1006;1000l\033[?2004l");
	term_restore_prepare();
}

static void leave(void)
{
	const char *back = tigetstr("rmcup");

	pasting(false);
	/* Where the screen stays, the shell gets an empty line. */
	if (!back || back == (const char *)-1) {
		move(LINES - 1, 0);
		clrtoeol();
		refresh();
	}
	endwin();
	term_restore_on(false);
}

static void enter(struct term *term)
{
	struct canvas again = term->shown;

	term_restore_on(true);
	reset_prog_mode();
	term_resized(&term->front);
	refresh();
	pasting(true);
	/* Nothing of what was shown is there any more. */
	term->shown = (struct canvas){ 0 };
	canvas_release(&again);
}

static void term_suspend(struct front *front)
{
	struct term *term = (struct term *)front;
	sigset_t stop, old;

	leave();
	signal(SIGTSTP, SIG_DFL);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	kill(0, SIGTSTP);
	/* It stops here, and goes on here when the shell says so. */
	sigprocmask(SIG_UNBLOCK, &stop, &old);
	sigprocmask(SIG_SETMASK, &old, NULL);
	enter(term);
}

static int term_edit(struct front *front, const char *path, int line,
		     struct err *err)
{
	struct term *term = (struct term *)front;
	int status;

	leave();
	status = child_edit(path, line, term->held.fd, err);
	enter(term);
	return status;
}

static int term_shell(struct front *front, const char *dir,
		      const char *command, struct err *err)
{
	struct term *term = (struct term *)front;
	int status;

	leave();
	status = child_shell(dir, command, term->held.fd, err);
	enter(term);
	return status;
}

static bool term_copy(struct front *front, const char *text)
{
	(void)front;
	return clipboard_send(STDOUT_FILENO, text);
}

static void term_close(struct front *front)
{
	struct term *term = (struct term *)front;

	leave();
	delscreen(term->screen);
	held_stderr_release(&term->held);
	canvas_release(&term->shown);
	free(term);
}

static const struct front_ops ops = {
	.size = term_size, .draw = term_draw, .next = term_next,
	.fd = term_fd, .timeout = term_timeout, .resized = term_resized,
	.palette = term_palette, .lines = term_lines, .mouse = term_mouse,
	.copy = term_copy, .edit = term_edit, .shell = term_shell,
	.suspend = term_suspend,
	.close = term_close,
};

/* Whether curses knows the terminal, and it can do what a screen needs. */
static int start_curses(struct term *term, struct err *err)
{
	const char *name = getenv("TERM"), *cup;

	if (!name || !*name)
		return err_set(err, ERR_UNSUPPORTED, "TERM is not set");
	term->screen = newterm(NULL, stdout, stdin);
	if (!term->screen)
		return err_set(err, ERR_UNSUPPORTED,
			       "the terminal '%s' is not known here; most "
			       "understand TERM=xterm", name);
	cup = tigetstr("cup");
	if (cup && cup != (const char *)-1 && tigetflag("gn") <= 0)
		return 0;
	endwin();
	delscreen(term->screen);
	return err_set(err, ERR_UNSUPPORTED,
		       "the terminal '%s' cannot show a screen", name);
}

/* Takes its beginning from a capability, in the memory that curses read it
 * into for this process: it has no call for that, and what <term.h> names is
 * a copy since its numbers grew (6.1), which nothing is written from. */
static void cut_capability(const char *name, const char *beginning)
{
	size_t len = strlen(beginning);
	char *text = tigetstr(name);

	if (text && text != (char *)-1 && strncmp(text, beginning, len) == 0)
		memmove(text, text + len, strlen(text + len) + 1);
}

/* Some terminals are told with each change of attributes whether letters or
 * lines follow: a tenth of what a screen takes. Where no line is the
 * terminal's own it is said once. */
static void shorten_attributes(void)
{
	if (!text_locale_utf8())
		return;
	cut_capability("sgr", "%?%p9%t\033(0%e\033(B%;");
	cut_capability("sgr0", "\033(B");
}

static void pass_over(int sig)
{
	(void)sig;
}

int term_open(enum colour colour, struct front **out, struct err *err)
{
	AUTO_FREE struct term *term = mem_alloc(sizeof(*term));

	if (term_restore_begin(err) < 0)
		return -1;
	/* A SIGTSTP that nobody has when it begins curses takes, and ignores
	 * while it draws: a Ctrl-Z that comes then would be lost. */
	signal(SIGTSTP, pass_over);
	if (start_curses(term, err) < 0)
		return err_wrap(err, "cannot open the screen");
	set_term(term->screen);
	set_escdelay(25);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	term_keys_define();
	shorten_attributes();
	start_colours(term, colour);
	prepare_crash();
	held_stderr_take(&term->held);
	pasting(true);
	term->front.ops = &ops;
	*out = &term->front;
	term = NULL;
	return 0;
}
