/* The table of actions: no key means two things, none is the terminal's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tui/keymap.h"
#include "tui/settings.h"

static void no_two_actions_share_a_key_and_none_is_the_terminals(void **state)
{
	AUTO(strv_release) struct strv problems = { 0 };
	AUTO(keymap_release) struct keymap map;
	AUTO_FREE char *text = NULL;

	(void)state;
	keymap_init(&map);
	keymap_check(&map, &problems);
	text = strv_join(&problems, "; ");
	assert_string_equal(text, "");
}

static void every_action_has_keys_words_and_one_row(void **state)
{
	const struct action_info *table;
	unsigned seen[ACTION_COUNT] = { 0 };
	size_t count;

	(void)state;
	table = actions_table(&count);
	for (size_t i = 0; i < count; i++) {
		assert_true(strlen(table[i].name) > 0);
		assert_true(strlen(table[i].keys) > 0);
		assert_true(strlen(table[i].help) > 0);
		assert_true(table[i].contexts != 0);
		assert_true(table[i].action < ACTION_COUNT);
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
	unsigned building = CONTEXT_TREE | CONTEXT_WAITING;
	AUTO(keymap_release) struct keymap map;

	(void)state;
	keymap_init(&map);
	assert_int_equal(keymap_action(&map, 'j', CONTEXT_TREE), ACTION_DOWN);
	assert_int_equal(keymap_action(&map, KEYCODE_DOWN, CONTEXT_HELP), ACTION_DOWN);
	assert_int_equal(keymap_action(&map, 'b', CONTEXT_HELP), ACTION_NONE);
	assert_int_equal(keymap_action(&map, 'q', CONTEXT_HELP), ACTION_CLOSE);
	assert_int_equal(keymap_action(&map, 'q', CONTEXT_FILE), ACTION_QUIT);
	assert_int_equal(keymap_action(&map, 'c', CONTEXT_TREE), ACTION_NONE);
	assert_int_equal(keymap_action(&map, 'c', building), ACTION_CANCEL);
	assert_int_equal(keymap_action(&map, KEYCODE_ESC, building), ACTION_CANCEL);
	assert_int_equal(keymap_action(&map, KEYCODE_F1, CONTEXT_TREE), ACTION_HELP);
	assert_int_equal(keymap_action(&map, 12, CONTEXT_TREE), ACTION_REDRAW);
	assert_int_equal(keymap_action(&map, 'j', CONTEXT_TYPING), ACTION_NONE);
	assert_int_equal(keymap_action(&map, 21, CONTEXT_TYPING),
			 ACTION_TYPE_UNDO);
	assert_int_equal(keymap_action(&map, 21, CONTEXT_PROMPT),
			 ACTION_PROMPT_CUT_START);
	assert_int_equal(keymap_action(&map, 21, CONTEXT_FILE), ACTION_NONE);
}

static void key_names_are_read(void **state)
{
	(void)state;
	assert_int_equal(key_parse("j"), 'j');
	assert_int_equal(key_parse("Ctrl-L"), 12);
	assert_int_equal(key_parse("Esc"), 27);
	assert_int_equal(key_parse("Ctrl-l"), 12);
	assert_int_equal(key_parse("F1"), KEYCODE_F1);
	assert_int_equal(key_parse("F12"), KEYCODE_F12);
	assert_int_equal(key_parse("F"), 'F');
	assert_int_equal(key_parse("F13"), 0);
	assert_int_equal(key_parse("F0"), 0);
	assert_int_equal(key_parse("층"), 0xce35);
	assert_int_equal(key_parse("PgDn"), KEYCODE_PAGE_DOWN);
	assert_int_equal(key_parse("no"), 0);
	assert_int_equal(key_parse(""), 0);
	assert_int_equal(key_parse("\xff"), 0);
}

static void take(struct keymap *map, const char *text, const char *problem)
{
	AUTO(strv_release) struct strv problems = { 0 };
	AUTO(keymap_settings_release) struct keymap_settings set = { 0 };
	AUTO_FREE char *said = NULL;

	keymap_init(map);
	keymap_take(map, "keys", text, &set, &problems);
	said = strv_join(&problems, "; ");
	assert_string_equal(said, problem);
	strv_release(&problems);
	keymap_check(map, &problems);
	assert_int_equal(problems.count, 0);
}

static void a_key_file_replaces_an_actions_keys(void **state)
{
	AUTO(keymap_release) struct keymap map;

	(void)state;
	take(&map, "# mine\nbuild  F5 Ctrl-B  -- words\n\nquit\n"
	     "rebuild b\nset palette=light\n", "");
	assert_string_equal(keymap_keys(&map, ACTION_BUILD), "F5 Ctrl-B");
	assert_int_equal(keymap_action(&map, KEYCODE_F1 + 4, CONTEXT_FILE),
			 ACTION_BUILD);
	assert_int_equal(keymap_action(&map, 'b', CONTEXT_FILE),
			 ACTION_REBUILD);
	assert_int_equal(keymap_action(&map, 'q', CONTEXT_FILE), ACTION_NONE);
	assert_int_equal(keymap_action(&map, 'q', CONTEXT_BROWSER),
			 ACTION_BACK);
}

static void a_line_that_cannot_be_is_told_with_place_and_reason(void **state)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
		{ "fly x", "keys:1: there is no action 'fly'" },
		{ "\nup Ctrl-J", "keys:2: 'Ctrl-J' cannot be 'up': terminals "
				 "send it for Enter" },
		{ "up Hyper-X", "keys:1: 'Hyper-X' cannot be 'up': there is "
				"no such key" },
		{ "hex s", "keys:1: 's' cannot be 'hex': it is 'sort' in the "
			   "layer browser" },
		{ "quit b", "keys:1: 'b' cannot be 'quit': it is 'build' in "
			    "the tree, the Dockerfile and the detail" },
		{ "up Ctrl-A\ndown Ctrl-A",
		  "keys:2: 'Ctrl-A' cannot be 'down': it is 'up' everywhere, "
		  "by line 1" },
		{ "type-save x", "keys:1: 'x' cannot be 'type-save': it is "
				 "text there" },
		{ "prompt-end Space", "keys:1: 'Space' cannot be 'prompt-end': "
				      "it is text there" },
		{ "type-save Ctrl-U",
		  "keys:1: 'Ctrl-U' cannot be 'type-save': it is 'type-undo' "
		  "in the text that is typed" },
		{ "type-end", "keys:1: 'type-end' needs a key: it is the way "
			      "out" },
		{ "prompt-leave -- none", "keys:1: 'prompt-leave' needs a "
					  "key: it is the way out" },
		{ "prompt-end Up", "keys:1: 'Up' cannot be 'prompt-end': it is "
				   "'prompt-older' in a line that is typed" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO(keymap_release) struct keymap map;

		take(&map, cases[i].text, cases[i].problem);
	}
}

/* A refused line gives back keys that another line took meanwhile. */
static void what_is_given_back_can_clash_again(void **state)
{
	AUTO(keymap_release) struct keymap map;

	(void)state;
	take(&map, "rebuild b\nbuild q\n",
	     "keys:2: 'q' cannot be 'build': it is 'quit' in the tree, the "
	     "Dockerfile and the detail; "
	     "keys:1: 'b' cannot be 'rebuild': it is 'build' in the tree, "
	     "the Dockerfile and the detail");
	assert_string_equal(keymap_keys(&map, ACTION_BUILD), "b");
	assert_string_equal(keymap_keys(&map, ACTION_REBUILD), "B");
}

static void what_is_printed_is_a_key_file(void **state)
{
	AUTO(keymap_release) struct keymap map, again;
	AUTO(buf_release) struct buf one = BUF_INIT, two = BUF_INIT;

	(void)state;
	take(&map, "build F5\nquit\n", "");
	keymap_print(&map, KEYMAP_TEXT, &one);
	take(&again, one.data, "");
	keymap_print(&again, KEYMAP_TEXT, &two);
	assert_string_equal(one.data, two.data);
	assert_non_null(strstr(one.data, "\nbuild            F5           -- "));
}

static void settings_are_read_and_wrong_ones_told(void **state)
{
	struct settings settings = SETTINGS_INIT;
	struct err err = ERR_INIT;
	AUTO_FREE char *text = NULL;

	(void)state;
	assert_int_equal(settings_set(&settings, "palette=mono", &err), 0);
	assert_int_equal(settings_set(&settings, "ascii", &err), 0);
	assert_int_equal(settings_set(&settings, "nomouse", &err), 0);
	text = settings_text(&settings);
	assert_string_equal(text, "palette=mono ascii=yes mouse=no");
	assert_int_equal(settings_set(&settings, "mouse=maybe", &err), -1);
	assert_string_equal(err.msg, "'mouse' is yes or no, not 'maybe'");
	assert_int_equal(settings_set(&settings, "font=big", &err), -1);
	assert_int_equal(settings_set(&settings, "palette", &err), -1);
	assert_int_equal(settings_set(&settings, "", &err), -1);
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
		cmocka_unit_test(a_key_file_replaces_an_actions_keys),
		cmocka_unit_test(
			a_line_that_cannot_be_is_told_with_place_and_reason),
		cmocka_unit_test(what_is_given_back_can_clash_again),
		cmocka_unit_test(what_is_printed_is_a_key_file),
		cmocka_unit_test(settings_are_read_and_wrong_ones_told),
	};

	return cmocka_run_group_tests_name("tui/actions", tests, NULL, NULL);
}
