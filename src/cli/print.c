/* Knows the colours of the command line and docker's column rule. */
#include "cli/print.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "view/palette.h"

/* "33;1" of a style, or "" where there is nothing to say. */
static void sgr_of(enum style style, char out[16])
{
	static const struct {
		unsigned attribute;
		char code;
	} codes[] = { { LOOK_BOLD, '1' }, { LOOK_DIM, '2' },
		      { LOOK_UNDERLINE, '4' }, { LOOK_REVERSE, '7' } };
	const struct look *look = palette_look(PALETTE_DARK, style);
	size_t n = 0;

	if (look->colour != COLOUR_DEFAULT)
		n = (size_t)sprintf(out, "3%d;", look->colour);
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (look->attributes & codes[i].attribute)
			n += (size_t)sprintf(out + n, "%c;", codes[i].code);
	out[n ? n - 1 : 0] = '\0';
}

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
			char code[16];

			sgr_of(row->spans[j].style, code);
			if (color && *code)
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
