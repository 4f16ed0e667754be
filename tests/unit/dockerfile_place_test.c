/* Facts about places: where in the file each part of an instruction lies. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "dockerfile/dockerfile.h"

static struct dockerfile *parse(const char *text)
{
	return dockerfile_parse(text, strlen(text));
}

static void is_at(struct place at, int line, int column, int end_line,
		  int end_column)
{
	assert_int_equal(at.line, line);
	assert_int_equal(at.column, column);
	assert_int_equal(at.end_line, end_line);
	assert_int_equal(at.end_column, end_column);
}

static void words_of_one_line(void **state)
{
	AUTO(dockerfile_free) struct dockerfile *file =
		parse("FROM a\n  COPY --from=x  b   c/  \n");
	const struct instr *copy = file->instrs[1];

	(void)state;
	is_at(copy->at, 2, 3, 2, 24);
	is_at(copy->flags[0].at, 2, 8, 2, 16);
	is_at(copy->words[0].at, 2, 18, 2, 19);
	is_at(copy->words[1].at, 2, 22, 2, 24);
}

static void words_on_continued_lines(void **state)
{
	AUTO(dockerfile_free) struct dockerfile *file = parse(
		"FROM a\nENV A=1 \\\n# no\n\n  B=\"x \\\ny\" C=3\n");
	const struct instr *env = file->instrs[1];

	(void)state;
	is_at(env->at, 2, 1, 6, 7);
	is_at(env->pairs[0].at, 2, 5, 2, 8);
	is_at(env->pairs[1].at, 5, 3, 6, 3);
	is_at(env->pairs[2].at, 6, 4, 6, 7);
	assert_int_equal(file->diag_count, 1);
	is_at(file->diags[0].at, 4, 1, 4, 1);
}

static void strings_of_an_array_with_their_quotes(void **state)
{
	AUTO(dockerfile_free) struct dockerfile *file = parse(
		"FROM a\nCMD [\"a\\\"]\", \\\n \"\303\251\", \"\\u00e9\"] x\n");
	const struct instr *cmd = file->instrs[1];

	(void)state;
	assert_int_equal(cmd->word_count, 3);
	is_at(cmd->words[0].at, 2, 6, 2, 12);
	is_at(cmd->words[1].at, 3, 2, 3, 6);
	is_at(cmd->words[2].at, 3, 8, 3, 16);
}

static void a_byte_order_mark_counts_as_bytes(void **state)
{
	AUTO(dockerfile_free) struct dockerfile *file =
		parse("\xef\xbb\xbf" "FROM a\r\nRUN b\r\n");

	(void)state;
	is_at(file->instrs[0]->at, 1, 4, 1, 10);
	is_at(file->instrs[0]->words[0].at, 1, 9, 1, 10);
	is_at(file->instrs[1]->at, 2, 1, 2, 6);
}

static void an_instruction_begins_where_its_first_line_does(void **state)
{
	AUTO(dockerfile_free) struct dockerfile *file =
		parse("FROM a\n\\\n  RUN b \\\n\n# c\n");

	(void)state;
	is_at(file->instrs[1]->at, 2, 1, 3, 8);
	assert_string_equal(file->instrs[1]->text, "RUN b");
}

static void a_mistake_is_where_the_word_is(void **state)
{
	AUTO(dockerfile_free) struct dockerfile *file = parse(
		"FROM a\n"
		"ENV A=1 \\\n  B\n"
		"COPY --chown=1 --nope \\\n --chown=2 a b\n"
		"FROM x AS 1y\n"
		"HEALTHCHECK --retries=0 FOO\n");

	(void)state;
	assert_int_equal(file->diag_count, 6);
	is_at(file->diags[0].at, 3, 3, 3, 4); /* B */
	is_at(file->diags[1].at, 4, 16, 4, 22);
	is_at(file->diags[2].at, 5, 2, 5, 11);
	assert_int_equal(file->diags[2].line, 4);
	is_at(file->diags[3].at, 6, 11, 6, 13);
	is_at(file->diags[4].at, 7, 13, 7, 24);
	is_at(file->diags[5].at, 7, 25, 7, 28);
}

static void directives_have_places(void **state)
{
	AUTO(dockerfile_free) struct dockerfile *file =
		parse("# escape = xy \n# escape=`\nFROM a\n");

	(void)state;
	assert_int_equal(file->diag_count, 2);
	is_at(file->diags[0].at, 1, 12, 1, 14);
	is_at(file->diags[1].at, 2, 1, 2, 11);
}

static void onbuild_holds_an_instruction_with_places(void **state)
{
	AUTO(dockerfile_free) struct dockerfile *file =
		parse("FROM a\nONBUILD \\\n COPY a  b\n");
	const struct instr *sub = file->instrs[1]->sub;

	(void)state;
	is_at(sub->at, 3, 2, 3, 11);
	is_at(sub->words[1].at, 3, 10, 3, 11);
}

static void a_line_too_long_ends_its_instruction_only(void **state)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	AUTO(dockerfile_free) struct dockerfile *file = NULL;

	(void)state;
	buf_adds(&text, "FROM a\nRUN b \\\n");
	for (int i = 0; i < 65536; i++)
		buf_addc(&text, 'x');
	buf_adds(&text, " \\\n left out\nFOO\n");
	file = dockerfile_parse(text.data, text.len);
	assert_int_equal(file->diag_count, 2);
	assert_int_equal(file->diags[0].at.line, 3);
	assert_int_equal(file->diags[1].at.line, 5);
	assert_string_equal(file->instrs[1]->text, "RUN b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_one_line),
		cmocka_unit_test(words_on_continued_lines),
		cmocka_unit_test(strings_of_an_array_with_their_quotes),
		cmocka_unit_test(a_byte_order_mark_counts_as_bytes),
		cmocka_unit_test(an_instruction_begins_where_its_first_line_does),
		cmocka_unit_test(a_mistake_is_where_the_word_is),
		cmocka_unit_test(directives_have_places),
		cmocka_unit_test(onbuild_holds_an_instruction_with_places),
		cmocka_unit_test(a_line_too_long_ends_its_instruction_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
