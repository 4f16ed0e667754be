/* Knows the colours of the command line and docker's column rule. */
#include "cli/print.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char *const sgr[STYLE_COUNT] = {
	[STYLE_DIM] = "2", [STYLE_BOLD] = "1", [STYLE_TITLE] = "1",
	[STYLE_KEY] = "1", [STYLE_HIT] = "32", [STYLE_MISS] = "33;1",
	[STYLE_LATE] = "35", [STYLE_ERROR] = "31;1", [STYLE_GHOST] = "2;3",
	[STYLE_LIT] = "1", [STYLE_TAG] = "36", [STYLE_ID] = "33",
	[STYLE_ADDED] = "32", [STYLE_REMOVED] = "31",
	[STYLE_CHANGED] = "33", [STYLE_KEYWORD] = "34;1",
	[STYLE_STRING] = "32", [STYLE_COMMENT] = "2",
	[STYLE_VARIABLE] = "36",
};

bool print_in_color(FILE *out, const char *option)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (option && strcmp(option, "always") == 0)
		return true;
	if (option && strcmp(option, "never") == 0)
		return false;
	if (no_color && *no_color)
		return false;
	return term && strcmp(term, "dumb") != 0 && isatty(fileno(out));
}

bool print_ascii(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

int print_width(FILE *out)
{
	struct winsize size;

	if (ioctl(fileno(out), TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col;
}

void print_rows(FILE *out, const struct rows *rows, bool color)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->items[i];

		for (size_t j = 0; j < row->count; j++) {
			const char *code = sgr[row->spans[j].style];

			if (color && code)
				fprintf(out, "\033[%sm%s\033[0m", code,
					row->spans[j].text);
			else
				fputs(row->spans[j].text, out);
		}
		fputc('\n', out);
	}
}

#define TABLE_MIN 10
#define TABLE_GAP 3

void table_print(FILE *out, const struct table *table)
{
	size_t n = table->columns, rows = table->cells.count / n;
	AUTO_FREE int *width = mem_array(n, sizeof(*width));

	for (size_t c = 0; c < n; c++) {
		width[c] = TABLE_MIN;
		for (size_t r = 0; r < rows; r++) {
			int w = text_width(table->cells.items[r * n + c]) +
				TABLE_GAP;

			if (w > width[c])
				width[c] = w;
		}
	}
	for (size_t r = 0; r < rows; r++) {
		for (size_t c = 0; c < n; c++) {
			const char *cell = table->cells.items[r * n + c];

			fputs(cell, out);
			if (c + 1 < n)
				fprintf(out, "%*s",
					width[c] - text_width(cell), "");
		}
		fputc('\n', out);
	}
}
