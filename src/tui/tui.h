/* The terminal UI's entry: `varve [--root R] [-f FILE] … [DIR]`, and
 * `varve tui --headless --size 80x24 --script FILE …` for tests. */
#pragma once

int tui_main(int argc, char **argv);
