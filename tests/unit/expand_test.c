/* Facts about dockerfile/expand: what a dockerd expanded, and the limits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "dockerfile/expand.h"
#include "tests/unit/vectors.h"

/* The names of the vectors; its B came from an ARG, as the value notes. */
static const char *lookup(void *arg, const char *name, size_t len)
{
	static const char *const vars[][2] = {
		{ "A", "aval" }, { "E", "" }, { "_u", "under" },
		{ "B", "argB" }, { "W", " a  b " }, { "Q", "'" },
	};

	(void)arg;
	for (size_t i = 0; i < sizeof(vars) / sizeof(*vars); i++)
		if (strlen(vars[i][0]) == len && !memcmp(vars[i][0], name, len))
			return vars[i][1];
	return NULL;
}

static void expands(const char *word, const char *want)
{
	struct err err = ERR_INIT;
	AUTO_FREE char *got = expand_word(word, '\\', lookup, NULL, &err);

	if (!got)
		fail_msg("%s: %s", word, err.msg);
	if (strcmp(got, want) != 0)
		fail_msg("%s: got <%s>, want <%s>", word, got, want);
}

static void refuses(const char *word, const char *want)
{
	struct err err = ERR_INIT;
	AUTO_FREE char *got = expand_word(word, '\\', lookup, NULL, &err);

	if (got)
		fail_msg("%s: got <%s>", word, got);
	assert_string_equal(err.msg, want);
	assert_int_equal(err.kind, ERR_INPUT);
}

static void every_recorded_word_expands_as_docker_did(void **state)
{
	json_t *file = vectors_load("expand.json"), *item;
	json_t *cases = json_object_get(file, "cases");
	size_t i;

	(void)state;
	assert_int_equal(json_array_size(cases), 71);
	json_array_foreach(cases, i, item)
		expands(vectors_text(item, "word"),
			vectors_text(item, "result"));
	json_decref(file);
}

static void mistakes_have_dockers_words(void **state)
{
	static const char *const cases[][2] = {
		{ "\"x", "failed to process \"\\\"x\": unexpected end of "
			 "statement while looking for matching double-quote" },
		{ "'x", "failed to process \"'x\": unexpected end of "
			"statement while looking for matching single-quote" },
		{ "${X", "failed to process \"${X\": missing ':' in "
			 "substitution" },
		{ "${", "failed to process \"${\": syntax error: missing '}'" },
		{ "${X:", "failed to process \"${X:\": syntax error: missing "
			  "'}'" },
		{ "${X:-a", "failed to process \"${X:-a\": syntax error: "
			    "missing '}'" },
		{ "${X:-'a", "failed to process \"${X:-'a\": syntax error: "
			     "missing '}'" },
		{ "${X:-\"${}", "failed to process \"${X:-\\\"${}\": syntax "
				"error: bad substitution" },
		{ "${}", "failed to process \"${}\": syntax error: bad "
			 "substitution" },
		{ "${:}", "failed to process \"${:}\": syntax error: bad "
			  "substitution" },
		{ "${{X}", "failed to process \"${{X}\": syntax error: bad "
			   "substitution" },
		{ "${X%1}", "failed to process \"${X%1}\": missing ':' in "
			    "substitution" },
		{ "${X:=1}", "failed to process \"${X:=1}\": unsupported "
			     "modifier (=) in substitution" },
		{ "${X:é1}", "failed to process \"${X:é1}\": unsupported "
			     "modifier (é) in substitution" },
		{ "${X?}", "failed to process \"${X?}\": X: is not allowed to "
			   "be unset" },
		{ "${X:?}", "failed to process \"${X:?}\": X: is not allowed "
			    "to be unset" },
		{ "${E:?}", "failed to process \"${E:?}\": E: is not allowed "
			    "to be empty" },
		{ "${X:?no $A}", "failed to process \"${X:?no $A}\": X: no "
				 "aval" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		refuses(cases[i][0], cases[i][1]);
}

static void corners_of_the_grammar(void **state)
{
	(void)state;
	expands("\xef\xbb\xbf$A", "aval"); /* one mark is dropped */
	expands("a\xff" "b", "a\xef\xbf\xbd" "b");
	expands("x\\", "x");
	expands("\"$Q\"", "'");
	expands("${N:-${N:-${N:-deep}}}", "deep");
	expands("${A:+${N:-\"a b\"}}", "a b");
	expands("\"${A:-\"x\"}\"", "aval");
	expands("${?}${@:-none}", "none");
	expands("$1$23x$_", "x");
	expands("$W", " a  b ");
}

static void backtick_can_be_the_escape(void **state)
{
	struct err err = ERR_INIT;
	AUTO_FREE char *got =
		expand_word("`$A\\$A\"`\"\\\"", '`', lookup, NULL, &err);

	(void)state;
	assert_non_null(got);
	assert_string_equal(got, "$A\\aval\"\\");
}

static void words(const char *word, const char *want)
{
	AUTO(strv_release) struct strv out = { 0 };
	AUTO_FREE char *joined = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(expand_words(word, '\\', lookup, NULL, &out, &err), 0);
	joined = strv_join(&out, "|");
	assert_string_equal(joined, want);
}

static void unquoted_values_split_and_quoted_ones_do_not(void **state)
{
	(void)state;
	words("$W", "a|b");
	words("x${W}y", "x|a|b|y");
	words("\"$W\"", " a  b ");
	words("$N", "");
	words("\"\"", "");
	words("80", "80");
	words("a\\ b", "a b");
	words("'a b'$A", "a baval");
	words("${N:-'a b'}", "a|b");
}

static void failed_words_leave_the_list_alone(void **state)
{
	AUTO(strv_release) struct strv out = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(expand_words("$A $A \"", '\\', lookup, NULL, &out,
				      &err), -1);
	assert_int_equal(out.count, 0);
}

static void names_are_found_at_every_depth_once_and_sorted(void **state)
{
	AUTO(strv_release) struct strv out = { 0 };
	AUTO_FREE char *joined = NULL;

	(void)state;
	expand_names("$b${a:-\"${c:+$d}\"}'$no'\\$no$b${e?}$", '\\', &out);
	joined = strv_join(&out, " ");
	assert_string_equal(joined, "a b c d e");
}

/* A quarter of a million levels: neither the stack nor the time runs out. */
static void depth_costs_neither_stack_nor_square_time(void **state)
{
	AUTO(buf_release) struct buf word = BUF_INIT;
	AUTO_FREE char *got = NULL;
	struct err err = ERR_INIT;
	int levels = 250000;

	(void)state;
	for (int i = 0; i < levels; i++)
		buf_adds(&word, "${N:-\"");
	buf_adds(&word, "x");
	for (int i = 0; i < levels; i++)
		buf_adds(&word, "\"}");
	got = expand_word(word.data, '\\', lookup, NULL, &err);
	assert_non_null(got);
	assert_string_equal(got, "x");
}

static const char *long_value(void *arg, const char *name, size_t len)
{
	(void)name;
	(void)len;
	return arg;
}

static void what_variables_add_is_limited(void **state)
{
	AUTO(buf_release) struct buf word = BUF_INIT;
	AUTO_FREE char *value = mem_alloc(1 << 20);
	AUTO_FREE char *got = NULL;
	struct err err = ERR_INIT;

	(void)state;
	memset(value, 'v', (1 << 20) - 1);
	for (int i = 0; i < 100; i++)
		buf_adds(&word, "$X");
	got = expand_word(word.data, '\\', long_value, value, &err);
	assert_null(got);
	assert_non_null(strstr(err.msg, "longer than 67108864 bytes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_recorded_word_expands_as_docker_did),
		cmocka_unit_test(mistakes_have_dockers_words),
		cmocka_unit_test(corners_of_the_grammar),
		cmocka_unit_test(backtick_can_be_the_escape),
		cmocka_unit_test(unquoted_values_split_and_quoted_ones_do_not),
		cmocka_unit_test(failed_words_leave_the_list_alone),
		cmocka_unit_test(names_are_found_at_every_depth_once_and_sorted),
		cmocka_unit_test(depth_costs_neither_stack_nor_square_time),
		cmocka_unit_test(what_variables_add_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
