/* What is painted by and by is what a full repaint paints: no cell is stale.
 * TERM_TURNS is how many screens (2,000), TERM_SEED where they begin. */
#include <curses.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "tui/front.h"

#define ROWS_MOST 70
#define COLUMNS_MOST 220

static int terminal = -1; /* its own side of the pty */

/* The words that the screens are made of: wide, marked, joined, plain. */
static const char *const words[] = {
	"x", "HIT", "  ", "RUN echo first", "층리", "도", "e\xcc\x81",
	"가\xcc\x81나", "z\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86",
	"日本", "│", "…", "a\xe2\x80\x8d" "b", "✓ HIT",
};

static unsigned long random_below(unsigned long n)
{
	static uint64_t x;

	if (!x) {
		const char *seed = getenv("TERM_SEED");

		x = seed ? strtoull(seed, NULL, 10) + 1 : 1;
	}
	x = x * 6364136223846793005u + 1442695040888963407u;
	return (unsigned long)(x >> 33) % n;
}

static void *drain(void *arg)
{
	char bytes[65536];

	(void)arg;
	while (read(terminal, bytes, sizeof(bytes)) > 0)
		;
	return NULL;
}

/* The pty becomes what the program has for a terminal. */
static struct front *open_terminal(void)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	struct front *front = NULL;
	struct err err = ERR_INIT;
	pthread_t thread;
	int fd;

	terminal = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(terminal >= 0 && grantpt(terminal) == 0 &&
		    unlockpt(terminal) == 0);
	fd = open(ptsname(terminal), O_RDWR | O_NOCTTY);
	assert_true(fd >= 0);
	ioctl(fd, TIOCSWINSZ, &size);
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	pthread_create(&thread, NULL, drain, NULL);
	pthread_detach(thread);
	setenv("TERM", "xterm-256color", 1);
	if (term_open(COLOUR_ALWAYS, &front, &err) < 0)
		return NULL;
	return front;
}

static void resize(struct front *front, struct canvas *canvas)
{
	struct winsize size = {
		.ws_row = (unsigned short)(1 + random_below(ROWS_MOST)),
		.ws_col = (unsigned short)(1 + random_below(COLUMNS_MOST)),
	};

	ioctl(STDIN_FILENO, TIOCSWINSZ, &size);
	front->ops->resized(front);
	canvas_release(canvas);
	canvas_init(canvas, size.ws_row, size.ws_col);
}

/* Some words are written over what is there; now and then all is new. */
static void change(struct canvas *canvas)
{
	struct area area = canvas_area(canvas);

	if (random_below(20) == 0)
		canvas_clear(canvas);
	for (unsigned long i = random_below(12) + 1; i > 0; i--) {
		const char *word = words[random_below(sizeof(words) /
						      sizeof(*words))];
		int row = (int)random_below((unsigned long)canvas->rows);

		canvas_text(canvas, &area, row,
			    (int)random_below((unsigned long)canvas->columns),
			    (enum style)random_below(STYLE_COUNT), word);
		if (random_below(4) == 0)
			canvas_select(canvas, &area, row);
	}
	if (random_below(4) == 0) {
		canvas->cursor_row = 0;
		canvas->cursor_column = canvas->columns - 1;
	}
}

/* All that curses has for the terminal. */
static void take(cchar_t cells[ROWS_MOST][COLUMNS_MOST + 1])
{
	memset(cells, 0, ROWS_MOST * sizeof(*cells));
	for (int row = 0; row < LINES; row++)
		for (int x = 0; x < COLS; x++)
			mvwin_wch(curscr, row, x, &cells[row][x]);
}

/* 0, or the row (from 1 on) that is not as it should be. */
static int differing_row(cchar_t a[ROWS_MOST][COLUMNS_MOST + 1],
			 cchar_t b[ROWS_MOST][COLUMNS_MOST + 1])
{
	for (int row = 0; row < ROWS_MOST; row++)
		if (memcmp(a[row], b[row], sizeof(*a)) != 0)
			return row + 1;
	return 0;
}

static void no_cell_is_stale(void **state)
{
	static cchar_t by_and_by[ROWS_MOST][COLUMNS_MOST + 1];
	static cchar_t full[ROWS_MOST][COLUMNS_MOST + 1];
	const char *turns = getenv("TERM_TURNS");
	long count = turns ? strtol(turns, NULL, 10) : 2000, turn;
	AUTO(canvas_release) struct canvas canvas = { 0 };
	int shown = dup(STDOUT_FILENO), wrong = 0;
	struct front *front = open_terminal();

	(void)state;
	if (!front) {
		dup2(shown, STDOUT_FILENO);
		skip();
	}
	/* Letters or lines is not said with each look: only letters come. */
	assert_string_equal(tigetstr("sgr0"), "\033[m");
	canvas_init(&canvas, 24, 80);
	for (turn = 0; turn < count && !wrong; turn++) {
		if (turn % 100 == 99)
			resize(front, &canvas);
		change(&canvas);
		front->ops->draw(front, &canvas, false);
		take(by_and_by);
		/* The same again costs nothing if nothing was stale. */
		front->ops->draw(front, &canvas, true);
		take(full);
		wrong = differing_row(by_and_by, full);
	}
	front->ops->close(front);
	fflush(stdout);
	dup2(shown, STDOUT_FILENO);
	if (wrong)
		fail_msg("screen %ld, row %d", turn, wrong);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_cell_is_stale),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("tui/term", tests, NULL, NULL);
}
