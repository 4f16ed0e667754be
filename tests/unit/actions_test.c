/* The table of actions: no key means two things, none is the terminal's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tui/actions.h"

static void no_two_actions_share_a_key_and_none_is_the_terminals(void **state)
{
	AUTO(strv_release) struct strv problems = { 0 };
	AUTO_FREE char *text = NULL;

	(void)state;
	actions_check(&problems);
	text = strv_join(&problems, "; ");
	assert_string_equal(text, "");
}

static void every_action_has_keys_words_and_one_row(void **state)
{
	const struct action_info *table;
	unsigned seen[64] = { 0 };
	size_t count;

	(void)state;
	table = actions_table(&count);
	for (size_t i = 0; i < count; i++) {
		assert_true(strlen(table[i].name) > 0);
		assert_true(strlen(table[i].keys) > 0);
		assert_true(strlen(table[i].help) > 0);
		assert_true(table[i].contexts != 0);
		assert_true(table[i].action < 64);
		assert_int_equal(seen[table[i].action]++, 0);
	}
}

static void the_last_hint_is_help_and_there_are_eight_at_most(void **state)
{
	const struct action_info *table;
	size_t count, hints = 0;

	(void)state;
	table = actions_table(&count);
	for (size_t i = 0; i < count; i++)
		if (table[i].hint && (table[i].contexts & CONTEXT_FILE))
			hints++;
	assert_true(hints <= 8);
	assert_int_equal(table[count - 1].action, ACTION_HELP);
	assert_int_equal(table[count - 1].keys[0], '?');
}

static void keys_are_found_where_they_are_valid(void **state)
{
	unsigned building = CONTEXT_TREE | CONTEXT_BUILDING;

	(void)state;
	assert_int_equal(action_of('j', CONTEXT_TREE), ACTION_DOWN);
	assert_int_equal(action_of(KEYCODE_DOWN, CONTEXT_HELP), ACTION_DOWN);
	assert_int_equal(action_of('b', CONTEXT_HELP), ACTION_NONE);
	assert_int_equal(action_of('q', CONTEXT_HELP), ACTION_CLOSE);
	assert_int_equal(action_of('q', CONTEXT_FILE), ACTION_QUIT);
	assert_int_equal(action_of('c', CONTEXT_TREE), ACTION_NONE);
	assert_int_equal(action_of('c', building), ACTION_CANCEL);
	assert_int_equal(action_of(KEYCODE_ESC, building), ACTION_CANCEL);
	assert_int_equal(action_of(KEYCODE_F1, CONTEXT_TREE), ACTION_HELP);
	assert_int_equal(action_of(12, CONTEXT_TREE), ACTION_REDRAW);
}

static void key_names_are_read(void **state)
{
	(void)state;
	assert_int_equal(key_parse("j"), 'j');
	assert_int_equal(key_parse("Ctrl-L"), 12);
	assert_int_equal(key_parse("Esc"), 27);
	assert_int_equal(key_parse("층"), 0xce35);
	assert_int_equal(key_parse("PgDn"), KEYCODE_PAGE_DOWN);
	assert_int_equal(key_parse("no"), 0);
	assert_int_equal(key_parse(""), 0);
	assert_int_equal(key_parse("\xff"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			no_two_actions_share_a_key_and_none_is_the_terminals),
		cmocka_unit_test(every_action_has_keys_words_and_one_row),
		cmocka_unit_test(
			the_last_hint_is_help_and_there_are_eight_at_most),
		cmocka_unit_test(keys_are_found_where_they_are_valid),
		cmocka_unit_test(key_names_are_read),
	};

	return cmocka_run_group_tests_name("tui/actions", tests, NULL, NULL);
}
