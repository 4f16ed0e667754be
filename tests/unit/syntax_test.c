/* Which part of a Dockerfile has which colour, line for line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "view/syntax.h"

static const char letters[STYLE_COUNT] = {
	[STYLE_KEYWORD] = 'K', [STYLE_STRING] = 'S', [STYLE_COMMENT] = 'C',
	[STYLE_VARIABLE] = 'V', [STYLE_KEY] = 'F', [STYLE_TAG] = 'T',
	[STYLE_DIM] = 'D', [STYLE_ERROR] = 'E',
};

/* "K(FROM) alpine": plain text stands as it is. */
static char *marked(const char *text)
{
	AUTO(dockerfile_free) struct dockerfile *file =
		dockerfile_parse(text, strlen(text));
	AUTO(syntax_release) struct syntax syntax;
	struct buf out = BUF_INIT;

	syntax_make(file, text, strlen(text), &syntax);
	for (size_t i = 0; i < syntax.line_count; i++) {
		AUTO(row_release) struct row row = { 0 };

		syntax_row(&syntax, text, (int)i + 1, &row);
		for (size_t j = 0; j < row.count; j++) {
			const struct row_span *span = &row.spans[j];

			if (letters[span->style])
				buf_addf(&out, "%c(%s)", letters[span->style],
					 span->text);
			else
				buf_adds(&out, span->text);
		}
		buf_addc(&out, '\n');
	}
	return buf_steal(&out);
}

static void check(const char *text, const char *want)
{
	AUTO_FREE char *got = marked(text);

	assert_string_equal(got, want);
}

static void keywords_stages_flags_and_variables(void **state)
{
	(void)state;
	check("ARG V=1\nFROM alpine:$V AS base\nCOPY --from=base a b\n",
	      "K(ARG) V=1\nK(FROM) alpine:V($V) K(AS) T(base)\n"
	      "K(COPY) F(--from=base) a b\n");
}

static void strings_and_what_is_in_them(void **state)
{
	(void)state;
	check("FROM a\nENV A=\"x $B\" C='$D'\nCMD [\"echo\", \"hi\"]\n",
	      "K(FROM) a\nK(ENV) A=S(\"x )V($B)S(\") C=S('$D')\n"
	      "K(CMD) [S(\"echo\"), S(\"hi\")]\n");
}

static void comments_between_the_lines_of_an_instruction(void **state)
{
	(void)state;
	check("# top\nFROM a\nRUN a \\\n  # why\n  && b\n",
	      "C(# top)\nK(FROM) a\nK(RUN) a D(\\)\n  C(# why)\n  && b\n");
}

static void a_mistake_is_lit_where_it_is(void **state)
{
	(void)state;
	check("FROM a\nFOO bar\n", "K(FROM) a\nE(FOO bar)\n");
}

static void windows_ends_tabs_and_no_text_at_all(void **state)
{
	(void)state;
	check("FROM a\r\nRUN\tx", "K(FROM) a\nK(RUN)     x\n");
	check("", "\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keywords_stages_flags_and_variables),
		cmocka_unit_test(strings_and_what_is_in_them),
		cmocka_unit_test(comments_between_the_lines_of_an_instruction),
		cmocka_unit_test(a_mistake_is_lit_where_it_is),
		cmocka_unit_test(windows_ends_tabs_and_no_text_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
