/*
 * The command line: one file per verb, one table of verbs (cli/cli.c).
 */
#pragma once

/*
 * Returns the exit code: 0 done, 1 failed, 2 usage, a RUN's own status.
 * Without a verb (`varve [options] [DIR]`) it calls screen with the whole
 * command line.
 */
int cli_main(int argc, char **argv, int (*screen)(int argc, char **argv));
