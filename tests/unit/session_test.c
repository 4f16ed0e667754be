/* A session is read as it was written; what is damaged is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tui/session.h"

#define ID "sha256:0123456789abcdef0123456789abcdef" \
	   "0123456789abcdef0123456789abcdef"
static const char whole[] =
	"varve session 1\n# x/Dockerfile\nfocus tree\ndetail why\nsort size\n"
	"filter is:dangling\nneedle 층\nline 12\nsplit 40\nzoomed yes\n"
	"image " ID "\nfold " ID "\nstage 0 build\nsearch a b\nsearch c\n"
	"filtered x\ncommand set palette=mono\nend\n";

static void what_is_written_is_read(void **state)
{
	AUTO(session_release) struct session session = { 0 };
	AUTO(buf_release) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(session_parse(whole, &session, &err), 0);
	assert_string_equal(session.focus, "tree");
	assert_int_equal(session.line, 12);
	assert_true(session.zoomed);
	assert_string_equal(session.searches.items[0], "a b");
	assert_string_equal(session.folds.items[0], ID);
	session_format(&session, "x/Dockerfile", &out);
	assert_string_equal(out.data, whole);
}

static void a_line_end_in_a_word_does_not_make_two_lines(void **state)
{
	struct session session = { .focus = (char *)"a\nzoomed yes" };
	AUTO(buf_release) struct buf out = BUF_INIT;

	(void)state;
	session_format(&session, "a\nb", &out);
	assert_string_equal(out.data, "varve session 1\n# a b\nend\n");
}

static void what_is_damaged_is_told_with_its_line(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{ "", "its end is missing after line 0" },
		{ "varve session 1\nline 3\n", "its end is missing after "
					       "line 2" },
		{ "varve session 2\nend\n", "line 1" },
		{ "varve session 1\nline x\nend\n", "line 2" },
		{ "varve session 1\nline -1\nend\n", "line 2" },
		{ "varve session 1\nline 99999999999999\nend\n", "line 2" },
		{ "varve session 1\nimage sha256:12\nend\n", "line 2" },
		{ "varve session 1\nzoomed perhaps\nend\n", "line 2" },
		{ "varve session 1\nsecret 1\nend\n", "line 2" },
		{ "varve session 1\nfocus\nend\n", "line 2" },
		{ "varve session 1\n\nend\n", "line 2" },
		{ "varve session 1\nneedle \xff\nend\n", "line 2" },
		{ "varve session 1\nneedle \x1b[2J\nend\n", "line 2" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO(session_release) struct session session = { 0 };
		struct err err = ERR_INIT;

		assert_int_equal(session_parse(cases[i].text, &session, &err),
				 -1);
		assert_int_equal(err.kind, ERR_CORRUPT);
		assert_string_equal(err.msg, cases[i].said);
		assert_null(session.focus);
	}
}

/* Cut anywhere, it is either told of or whole. */
static void a_file_that_was_cut_is_never_half_believed(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(whole) - 1; len++) {
		AUTO_FREE char *text = mem_strndup(whole, len);
		AUTO(session_release) struct session session = { 0 };
		struct err err = ERR_INIT;

		assert_int_equal(session_parse(text, &session, &err), -1);
	}
}

static void each_dockerfile_has_a_file_of_its_own(void **state)
{
	char dir[] = "/tmp/session_test.XXXXXX";
	AUTO_FREE char *one = NULL, *two = NULL, *again = NULL;
	AUTO(session_release) struct session session = { 0 }, got = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_non_null(mkdtemp(dir));
	setenv("XDG_STATE_HOME", dir, 1);
	one = session_path("/a/Dockerfile");
	two = session_path("/b/Dockerfile");
	again = session_path("/a/Dockerfile");
	assert_string_not_equal(one, two);
	assert_string_equal(one, again);
	assert_int_equal(session_load("/a/Dockerfile", &got, &err), 0);
	session.line = 7;
	assert_int_equal(session_save("/a/Dockerfile", &session, &err), 0);
	assert_int_equal(session_load("/a/Dockerfile", &got, &err), 1);
	assert_int_equal(got.line, 7);
	assert_int_equal(session_load("/b/Dockerfile", &got, &err), 0);
	unlink(one);
	*strrchr(one, '/') = '\0';
	rmdir(one);
	*strrchr(one, '/') = '\0';
	rmdir(one);
	assert_int_equal(rmdir(dir), 0);
	setenv("XDG_STATE_HOME", "", 1);
	unsetenv("HOME");
	assert_null(session_path("/a/Dockerfile"));
	assert_int_equal(session_load("/a/Dockerfile", &got, &err), 0);
	assert_int_equal(session_save("/a/Dockerfile", &session, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(a_line_end_in_a_word_does_not_make_two_lines),
		cmocka_unit_test(what_is_damaged_is_told_with_its_line),
		cmocka_unit_test(a_file_that_was_cut_is_never_half_believed),
		cmocka_unit_test(each_dockerfile_has_a_file_of_its_own),
	};

	return cmocka_run_group_tests_name("tui/session", tests, NULL, NULL);
}
