/* Facts about names, dates and escapes: what a dockerd called its downloads. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "transport/http.h"
#include "transport/http_date.h"
#include "transport/url.h"

static void names(const char *url, const char *header, const char *want)
{
	AUTO_FREE char *got = http_file_name(url, header);

	if (strcmp(got ? got : "(none)", want) != 0)
		fail_msg("%s %s: got %s, want %s", url, header ? header : "",
			 got ? got : "(none)", want);
}

static void the_path_gives_the_name(void **state)
{
	static const char *const cases[][2] = {
		{ "http://h/ok/f.txt", "f.txt" },
		{ "http://h/a%2Fb", "b" },
		{ "http://h/a%20b", "a b" },
		{ "http://h/a?b=/c/", "a" },
		{ "http://h/a#b/c", "a" },
		{ "http://h/a/../b", "b" },
		{ "http://h/a//b", "b" },
		{ "http://h/a;b", "a;b" },
		{ "http://h/caf\303\251", "caf\303\251" },
		{ "http://h/a/..", ".." },
		{ "http://u:p@h:80/x", "x" },
		{ "http://h", "(none)" },
		{ "http://h/", "(none)" },
		{ "http://h/a//", "(none)" },
		{ "http://h?x=/y", "(none)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		names(cases[i][0], NULL, cases[i][1]);
	names("http://h/a", "attachment; filename=b", "a");
}

static void a_path_without_a_name_asks_the_header(void **state)
{
	static const char *const cases[][2] = {
		{ "attachment; filename=\"dir/na me.txt\"", "na me.txt" },
		{ "attachment; filename*=UTF-8''%e2%82%ac.txt",
		  "\342\202\254.txt" },
		{ "filename=x.txt", "(none)" },
		{ "attachment; filename=a b", "(none)" },
		{ "attachment; filename=\"x/\"", "(none)" },
		{ "attachment; FILENAME=up", "up" },
		{ "attachment; filename=\"..\"", ".." },
		{ "attachment; filename=\"a\\\"b\\\\c\"", "a\"b\\c" },
		{ "attachment; filename*0=\"a\"; filename*1=b", "ab" },
		{ "attachment; filename=a; filename=b", "(none)" },
		{ "attachment; filename=a;", "a" },
		{ "attachment;filename=a; foo", "(none)" },
		{ "ATT achment; filename=a", "(none)" },
		{ "attachment; filename=\"caf\351\"", "caf\351" },
		{ "attachment; filename*=iso-8859-1'en'%e9.txt", "(none)" },
		{ "attachment", "(none)" },
		{ "attachment; filename=", "(none)" },
		{ "attachment; filename=\"open", "(none)" },
		{ "attachment; filename*0*=utf-8''a%20; filename*1*=b%21",
		  "a b!" },
		{ "x/y; other=\"1;2\" ; filename = z", "z" },
		{ "", "(none)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		names("http://h/", cases[i][0], cases[i][1]);
}

static void dates_come_in_three_formats(void **state)
{
	static const char *const good[] = {
		"Sun, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994",
	};
	static const char *const bad[] = {
		"", "yesterday", "Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37 +0000",
		"Sun, 06 Nov 1994 08:49:37 GMT ",
		"Sun, 31 Jun 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_true(http_date_parse(good[i]).set);
		assert_int_equal(http_date_parse(good[i]).sec, 784111777);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(http_date_parse(bad[i]).set);
	assert_true(http_date_parse("Mon, 29 Feb 2016 00:00:00 GMT").set);
	assert_true(http_date_parse("Thu, 01 Jan 1970 00:00:00 GMT").set);
}

static void bad_urls_have_gos_words(void **state)
{
	static const char *const cases[][2] = {
		{ "http://h/%", "parse \"http://h/%\": invalid URL escape "
				"\"%\"" },
		{ "http://h/x%zzy#f", "parse \"http://h/x%zzy\": invalid URL "
				      "escape \"%zz\"" },
		{ "http://h/a#%zz", "parse \"http://h/a#%zz\": invalid URL "
				    "escape \"%zz\"" },
		{ "http://a%zz/y", "parse \"http://a%zz/y\": invalid URL "
				   "escape \"%zz\"" },
		{ "http://h:port/x", "parse \"http://h:port/x\": invalid port "
				     "\":port\" after host" },
		{ "http://[::1]x/y", "parse \"http://[::1]x/y\": invalid port "
				     "\"x\" after host" },
		{ "http://[::1/x", "parse \"http://[::1/x\": missing ']' in "
				   "host" },
		{ "http://a b/x", "parse \"http://a b/x\": invalid character "
				  "\" \" in host name" },
		{ "http://h/\n", "parse \"http://h/\\n\": net/url: invalid "
				 "control character in URL" },
	};
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(url_check(cases[i][0], &err), -1);
		assert_string_equal(err.msg, cases[i][1]);
	}
	assert_int_equal(url_check("http://u:p@[::1]:80/a%20?%#x", &err), 0);
}

static void escapes_are_put_where_go_puts_them(void **state)
{
	static const char *const cases[][2] = {
		{ "http://h/a%2Fb", "http://h/a%2Fb" },
		{ "http://h/caf\303\251", "http://h/caf%C3%A9" },
		{ "http://h/p!'()*,;:@&=+$[x]", "http://h/p!'()*,;:@&=+$[x]" },
		{ "http://h/\"!\"%2F", "http://h/%22%21%22/" },
		{ "http://h/a?q=\"x y\"#f", "http://h/a?q=\"x%20y\"" },
		{ "http://h", "http://h" },
	};
	AUTO_FREE char *shown = url_shown("https://u:secret@h:1/x");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO_FREE char *got = url_request(cases[i][0]);

		assert_string_equal(got, cases[i][1]);
	}
	assert_string_equal(shown, "\"https://u:***@h:1/x\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_path_gives_the_name),
		cmocka_unit_test(a_path_without_a_name_asks_the_header),
		cmocka_unit_test(dates_come_in_three_formats),
		cmocka_unit_test(bad_urls_have_gos_words),
		cmocka_unit_test(escapes_are_put_where_go_puts_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
