/* A line that is typed: its cursor, its past, its completion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "tui/key.h"
#include "tui/prompt.h"

static struct keymap keys;

static void words(const void *arg, const char *line, struct strv *out)
{
	static const char *const all[] = { "build", "back", "backward" };

	(void)arg;
	for (size_t i = 0; i < 3; i++)
		if (strncmp(all[i], line, strlen(line)) == 0)
			strv_add(out, all[i]);
}

static enum prompt_did press(struct prompt *prompt, const char *names)
{
	enum prompt_did did = PROMPT_NOTHING;

	while (*names) {
		size_t len = strcspn(names, " ");
		AUTO_FREE char *name = mem_strndup(names, len);

		did = prompt_key(prompt, &keys, key_parse(name));
		names += len + strspn(names + len, " ");
	}
	return did;
}

static void the_cursor_goes_by_characters(void **state)
{
	struct prompt prompt = { 0 };

	(void)state;
	prompt_open(&prompt, ":", "a층z", NULL);
	press(&prompt, "Left Left x");
	assert_string_equal(prompt_text(&prompt), "ax층z");
	press(&prompt, "Delete");
	assert_string_equal(prompt_text(&prompt), "axz");
	press(&prompt, "End Backspace Home b Ctrl-E c");
	assert_string_equal(prompt_text(&prompt), "baxc");
	press(&prompt, "Left Left Left Left Left Backspace Delete");
	assert_string_equal(prompt_text(&prompt), "axc");
	prompt_release(&prompt);
}

static void words_and_lines_are_cut(void **state)
{
	struct prompt prompt = { 0 };

	(void)state;
	prompt_open(&prompt, ":", "one two ", NULL);
	press(&prompt, "Ctrl-W");
	assert_string_equal(prompt_text(&prompt), "one ");
	press(&prompt, "Home Right Ctrl-K");
	assert_string_equal(prompt_text(&prompt), "o");
	press(&prompt, "x Left Ctrl-U");
	assert_string_equal(prompt_text(&prompt), "x");
	prompt_release(&prompt);
}

static void backspace_on_nothing_and_esc_leave(void **state)
{
	struct prompt prompt = { 0 };

	(void)state;
	prompt_open(&prompt, ":", "", NULL);
	assert_int_equal(press(&prompt, "Backspace"), PROMPT_LEFT);
	assert_false(prompt.open);
	prompt_open(&prompt, ":", "x", NULL);
	assert_int_equal(press(&prompt, "Esc"), PROMPT_LEFT);
	prompt_release(&prompt);
}

static void what_was_typed_comes_back(void **state)
{
	struct prompt prompt = { 0 };
	AUTO(strv_release) struct strv past = { 0 };

	(void)state;
	prompt_open(&prompt, ":", "", &past);
	assert_int_equal(press(&prompt, "a Enter"), PROMPT_ACCEPTED);
	prompt_open(&prompt, ":", "", &past);
	press(&prompt, "b Enter");
	prompt_open(&prompt, ":", "", &past);
	press(&prompt, "a Enter"); /* once, as the last */
	assert_int_equal(past.count, 2);
	prompt_open(&prompt, ":", "", &past);
	press(&prompt, "x Up");
	assert_string_equal(prompt_text(&prompt), "a");
	press(&prompt, "Up Up");
	assert_string_equal(prompt_text(&prompt), "b");
	press(&prompt, "Down Down");
	assert_string_equal(prompt_text(&prompt), "x");
	press(&prompt, "Ctrl-U Enter"); /* nothing is not kept */
	assert_int_equal(past.count, 2);
	for (int i = 0; i < 300; i++) {
		AUTO_FREE char *line = mem_printf("%d", i);

		prompt_remember(&past, line);
	}
	assert_int_equal(past.count, PROMPT_HISTORY);
	assert_string_equal(past.items[PROMPT_HISTORY - 1], "299");
	prompt_release(&prompt);
}

static void tab_completes_as_far_as_all_agree_then_each(void **state)
{
	struct prompt prompt = { .complete = words };

	(void)state;
	prompt_open(&prompt, ":", "b", NULL);
	press(&prompt, "Tab");
	assert_string_equal(prompt_text(&prompt), "b");
	assert_int_equal(prompt.offers.count, 3);
	press(&prompt, "Tab");
	assert_string_equal(prompt_text(&prompt), "build");
	press(&prompt, "Shift-Tab");
	assert_string_equal(prompt_text(&prompt), "backward");
	press(&prompt, "Ctrl-U b a Tab");
	assert_string_equal(prompt_text(&prompt), "back");
	press(&prompt, "Ctrl-U b u Tab");
	assert_string_equal(prompt_text(&prompt), "build");
	assert_int_equal(prompt.offers.count, 0);
	assert_int_equal(press(&prompt, "z Tab"), PROMPT_NOTHING);
	prompt_release(&prompt);
}

static void there_is_an_end(void **state)
{
	struct prompt prompt = { 0 };

	(void)state;
	prompt_open(&prompt, ":", "", NULL);
	for (int i = 0; i < 2000; i++)
		prompt_key(&prompt, &keys, 0xce35);
	assert_true(prompt.text.len <= PROMPT_MAX);
	assert_int_equal(prompt.text.len % 3, 0);
	prompt_release(&prompt);
}

static void keys_are_those_of_the_map(void **state)
{
	AUTO(strv_release) struct strv problems = { 0 };
	AUTO(keymap_settings_release) struct keymap_settings set = { 0 };
	AUTO(keymap_release) struct keymap own;
	struct prompt prompt = { 0 };

	(void)state;
	keymap_init(&own);
	keymap_take(&own, "keys", "prompt-left Ctrl-B\n", &set, &problems);
	assert_int_equal(problems.count, 0);
	prompt_open(&prompt, ":", "ab", NULL);
	prompt_key(&prompt, &own, KEYCODE_LEFT);
	assert_int_equal(prompt.cursor, 2);
	prompt_key(&prompt, &own, key_parse("Ctrl-B"));
	assert_int_equal(prompt.cursor, 1);
	prompt_release(&prompt);
}

static int setup(void **state)
{
	(void)state;
	keymap_init(&keys);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	keymap_release(&keys);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cursor_goes_by_characters),
		cmocka_unit_test(words_and_lines_are_cut),
		cmocka_unit_test(backspace_on_nothing_and_esc_leave),
		cmocka_unit_test(what_was_typed_comes_back),
		cmocka_unit_test(tab_completes_as_far_as_all_agree_then_each),
		cmocka_unit_test(there_is_an_end),
		cmocka_unit_test(keys_are_those_of_the_map),
	};

	return cmocka_run_group_tests_name("tui/prompt", tests, setup,
					   teardown);
}
