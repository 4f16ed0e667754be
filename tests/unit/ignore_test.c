/* Facts about context/ignore: what a real client sent, line by line. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <string.h>

#include "context/glob.h"
#include "context/ignore.h"
#include "context/regex.h"

static int parse(const char *text, struct ignore **out, struct err *err)
{
	return ignore_parse(text, strlen(text), out, err);
}

static bool ignored(const struct ignore *ignore, const char *path)
{
	return ignore_match(ignore, path).ignored;
}

/* As the client walks: what is below an ignored directory is only seen when
 * the directory may hold something. */
static bool is_sent(const struct ignore *ignore, const char *path)
{
	for (const char *slash = path; (slash = strchr(slash, '/')); slash++) {
		char *dir = mem_strndup(path, (size_t)(slash - path));
		bool hidden = ignored(ignore, dir) &&
			      !ignore_may_hold(ignore, dir);

		free(dir);
		if (hidden)
			return false;
	}
	return !ignored(ignore, path);
}

static bool lists(const json_t *list, const char *name)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item)
		if (strcmp(json_string_value(item), name) == 0)
			return true;
	return false;
}

static void check_case(const json_t *files, const json_t *entry)
{
	AUTO(ignore_free) struct ignore *ignore = NULL;
	const char *text =
		json_string_value(json_object_get(entry, "dockerignore"));
	const char *error = json_string_value(json_object_get(entry, "error"));
	const json_t *copied = json_object_get(entry, "copied");
	struct err err = ERR_INIT;
	size_t i;
	json_t *file;

	if (error) {
		assert_int_equal(parse(text, &ignore, &err), -1);
		assert_string_equal(err.msg, error);
		return;
	}
	assert_int_equal(parse(text, &ignore, &err), 0);
	json_array_foreach(files, i, file) {
		char *name = mem_strdup(json_string_value(file));

		if (name[strlen(name) - 1] == '/')
			name[strlen(name) - 1] = '\0';
		if (is_sent(ignore, name) != lists(copied, name))
			fail_msg("'%s' decides '%s' wrongly", text, name);
		free(name);
	}
}

static void the_real_client_s_answers_are_ours(void **state)
{
	json_error_t error;
	json_t *all = json_load_file(TEST_DATA "/vectors/dockerignore.json", 0,
				     &error);
	json_t *cases, *entry;
	size_t i;

	(void)state;
	assert_non_null(all);
	cases = json_object_get(all, "cases");
	assert_int_equal(json_array_size(cases), 92);
	json_array_foreach(cases, i, entry)
		check_case(json_object_get(all, "files"), entry);
	json_decref(all);
}

static void the_line_that_decided_is_told(void **state)
{
	AUTO(ignore_free) struct ignore *ignore = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(parse("# c\n*.o\n\n!keep.o\ndir\n", &ignore, &err), 0);
	assert_int_equal(ignore_match(ignore, "a.o").line, 2);
	assert_int_equal(ignore_match(ignore, "keep.o").line, 4);
	assert_int_equal(ignore_match(ignore, "dir/x/y").line, 5);
	assert_int_equal(ignore_match(ignore, "a.c").line, 0);
	ignore_append(ignore, "!a.o");
	assert_false(ignored(ignore, "a.o"));
	assert_int_equal(ignore_match(ignore, "a.o").line, 0);
}

static void expressions_leak_as_in_go(void **state)
{
	static const struct {
		const char *pattern, *path;
		bool hit;
	} cases[] = {
		{ "a{2}", "aa", true }, { "a{2}", "a{2}", false },
		{ "a{,2}", "a{,2}", true }, { "ab{0}c", "ac", true },
		{ "\\d", "7", true }, { "\\d", "d", false },
		{ "[[:alpha:]]", "x", true }, { "[[:alpha:]]", "1", false },
		{ "^a", "a", true }, { "a|b", "xb", true },
		{ "a|b", "bx", false }, { "a|b", "ax", true },
		{ "+a", "a", true }, { "?", "\xc3\xa9", true },
		{ "?", "\xff", true }, { "*.c", "\xff.c", true },
		{ "**/x", "a\nb/x", false }, { "*", "a\nb", true },
		{ "a**b", "a/x/b", true }, { "a**b", "ab", true },
		{ "a$", "a$", true }, { "a.b", "axb", false },
		{ "(a|b)+c", "abac", true }, { "\\Qa+b\\E", "a+b", true },
		{ "x\\x41", "xA", true }, { "\\101", "A", true },
		{ "[]a]", "]", false }, { "**", "a\nb", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO(ignore_free) struct ignore *ignore = NULL;
		struct err err = ERR_INIT;

		if (parse(cases[i].pattern, &ignore, &err) < 0) {
			assert_false(cases[i].hit);
			continue;
		}
		if (ignored(ignore, cases[i].path) != cases[i].hit)
			fail_msg("'%s' on '%s'", cases[i].pattern,
				 cases[i].path);
	}
}

static void what_go_cannot_compile_is_a_syntax_error(void **state)
{
	static const char *const bad[] = {
		"a++", "(", ")", "a)", "(a", "*+", "a{1001}", "a{2,1}",
		"\\q", "\\8", "(+)", "a|+", "(a{100}){300}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		AUTO(ignore_free) struct ignore *ignore = NULL;
		struct err err = ERR_INIT;

		if (parse(bad[i], &ignore, &err) == 0)
			fail_msg("'%s' was taken", bad[i]);
		assert_string_equal(err.msg, "error checking context: syntax "
					     "error in pattern");
	}
}

static void deep_and_long_patterns_end(void **state)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	AUTO(ignore_free) struct ignore *ignore = NULL;
	struct err err = ERR_INIT;

	(void)state;
	for (int i = 0; i < 60000; i++)
		buf_addc(&text, '(');
	assert_int_equal(ignore_parse(text.data, text.len, &ignore, &err), -1);
	buf_clear(&text);
	for (int i = 0; i < 30; i++)
		buf_adds(&text, "a*");
	buf_adds(&text, "[b]");
	assert_int_equal(ignore_parse(text.data, text.len, &ignore, &err), 0);
	buf_clear(&text);
	for (int i = 0; i < 200; i++)
		buf_adds(&text, "a");
	assert_false(ignored(ignore, text.data));
	buf_clear(&text);
	for (int i = 0; i < 70000; i++)
		buf_adds(&text, "a");
	ignore_free(STEAL(ignore));
	assert_int_equal(ignore_parse(text.data, text.len, &ignore, &err), -1);
}

static void shell_patterns_match_as_in_go(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool valid, hit;
	} cases[] = {
		{ "abc", "abc", true, true }, { "*", "abc", true, true },
		{ "*c", "abc", true, true }, { "a*", "a", true, true },
		{ "a*", "ab/c", true, false }, { "a*/b", "abc/b", true, true },
		{ "a*/b", "a/c/b", true, false },
		{ "a*b*c*d*e*/f", "axbxcxdxe/f", true, true },
		{ "a*b*c*d*e*/f", "axbxcxdxe/xxx/f", true, false },
		{ "a*b?c*x", "abxbbxdbxebxczzx", true, true },
		{ "a*b?c*x", "abxbbxdbxebxczzy", true, false },
		{ "ab[c]", "abc", true, true }, { "ab[^b-d]", "abe", true, true },
		{ "ab[^b-d]", "abc", true, false },
		{ "a\\*b", "a*b", true, true }, { "a?b", "a\xe2\x98\xba""b", true, true },
		{ "a[^a]b", "a\xe2\x98\xba""b", true, true },
		{ "a???b", "a\xe2\x98\xba""b", true, false },
		{ "[a-\xce\xb6]*", "\xce\xb1", true, true },
		{ "a?b", "a/b", true, false }, { "a[^x]b", "a/b", true, true },
		{ "[\\]a]", "]", true, true }, { "[\\-]", "-", true, true },
		{ "[x\\-]", "z", true, false }, { "[]a]", "]", false, false },
		{ "[-]", "-", false, false }, { "[x-]", "x", false, false },
		{ "[a-b-c]", "a", false, false }, { "[", "a", false, false },
		{ "[^", "a", false, false }, { "a[", "ab", false, false },
		{ "*x", "xxx", true, true }, { "", "", true, true },
		{ "a[", "x", false, false }, { "*[", "x", false, false },
		{ "x*[", "a", false, false }, { "\\", "a", false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (glob_valid(cases[i].pattern) != cases[i].valid)
			fail_msg("validity of '%s'", cases[i].pattern);
		if (glob_match(cases[i].pattern, cases[i].name) != cases[i].hit)
			fail_msg("'%s' on '%s'", cases[i].pattern,
				 cases[i].name);
	}
	assert_true(glob_has_wildcard("a*"));
	assert_false(glob_has_wildcard("a\\*"));
	assert_false(glob_has_wildcard("a\\"));
	assert_false(glob_has_wildcard("a]"));
}

static void an_escaped_path_is_matched_and_no_other(void **state)
{
	static const char *const paths[] = {
		"ab", "a/b.c", "a+b", "a*b", "a?b", "a[b]", "a\\b", "a^b(c){1}|d",
		"!a", "#a", " a", "a ", "\ta", "a$", ".a.", "\xc3\xa9/\xea\xb0\x80",
		"**",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		AUTO(ignore_free) struct ignore *ignore = NULL;
		AUTO_FREE char *line = ignore_escape(paths[i]);
		struct err err = ERR_INIT;

		if (ignore_parse(line, strlen(line), &ignore, &err) < 0)
			fail_msg("%s: %s", line, err.msg);
		for (size_t j = 0; j < sizeof(paths) / sizeof(*paths); j++)
			if (ignore_match(ignore, paths[j]).ignored != (i == j))
				fail_msg("'%s' of '%s' on '%s'", line,
					 paths[i], paths[j]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_real_client_s_answers_are_ours),
		cmocka_unit_test(the_line_that_decided_is_told),
		cmocka_unit_test(expressions_leak_as_in_go),
		cmocka_unit_test(what_go_cannot_compile_is_a_syntax_error),
		cmocka_unit_test(deep_and_long_patterns_end),
		cmocka_unit_test(shell_patterns_match_as_in_go),
		cmocka_unit_test(an_escaped_path_is_matched_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
