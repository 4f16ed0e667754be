/*
 * Where the screen is and where keys come from: a terminal, or a script.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "tui/canvas.h"
#include "tui/mouse.h"
#include "view/palette.h"

enum input_kind { INPUT_NONE, INPUT_KEY, INPUT_RESIZE, INPUT_QUIT,
		  INPUT_MOUSE };
struct input {
	enum input_kind kind;
	uint32_t key;
	struct mouse mouse;
};

/* What a script can wait for. */
struct progress {
	unsigned plans, builds; /* how many have ended so far */
	bool idle;              /* nothing runs and nothing is due */
};

struct front;
struct front_ops {
	void (*size)(struct front *front, int *rows, int *columns);
	/* full: every cell, whatever was there. */
	void (*draw)(struct front *front, const struct canvas *canvas,
		     bool full);
	/* The next input if there is one; INPUT_NONE: not now. */
	struct input (*next)(struct front *front,
			     const struct progress *progress);
	int (*fd)(const struct front *front);      /* to poll, or -1 */
	int (*timeout)(const struct front *front); /* ms until next, or -1 */
	void (*resized)(struct front *front);      /* SIGWINCH came */
	/* From the next drawing on. Where there are no colours, or they are
	 * not wanted, it stays mono. */
	void (*palette)(struct front *front, enum palette palette);
	/* Lines that are drawn in ASCII are the terminal's own, unless the
	 * locale has lines or they are not wanted. */
	void (*lines)(struct front *front, bool own);
	/* Whether clicks are ours; if not, the terminal selects text. */
	void (*mouse)(struct front *front, bool on);
	/* Sends text to the clipboard; false: it cannot. */
	bool (*copy)(struct front *front, const char *text);
	/* Runs the user's editor; the screen is theirs while it runs. */
	int (*edit)(struct front *front, const char *path, int line,
		    struct err *err);
	/* The user's shell in a directory; or one command (not NULL) there. */
	int (*shell)(struct front *front, const char *dir,
		     const char *command, struct err *err);
	void (*suspend)(struct front *front);
	void (*close)(struct front *front); /* restores what was; frees */
};
struct front {
	const struct front_ops *ops;
};

enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };
/* COLOUR_AUTO: unless NO_COLOR says something. A clear sentence in err where
 * the terminal cannot show a screen. */
int term_open(enum colour colour, struct front **out, struct err *err);

struct headless_options {
	int rows, columns;
	const char *script; /* path */
	const char *save_dir; /* of relative names in `save`; NULL: "." */
	bool fixed;         /* IDs as x: the same screens every time */
};
int headless_open(const struct headless_options *options, struct front **out,
		  struct err *err);
/* What went wrong with the script, or NULL. */
const char *headless_error(const struct front *front);
