/* Joins the two front ends: a verb goes to cli, all else opens the screen. */
#include "cli/cli.h"
#include "tui/tui.h"

int main(int argc, char **argv)
{
	return cli_main(argc, argv, tui_main);
}
