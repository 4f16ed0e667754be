/* Facts about spec/gofmt: quotes, durations, times, sizes, ages. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "spec/gofmt.h"

static void quoting_is_go_s(void **state)
{
	static const char *const cases[][2] = {
		{ "", "\"\"" },
		{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "\a\b\f\n\r\t\v\x01\x7f", "\"\\a\\b\\f\\n\\r\\t\\v\\x01\\x7f\"" },
		{ "h\xc3\xa9", "\"h\xc3\xa9\"" },
		{ "\xff\xc3", "\"\\xff\\xc3\"" },
		{ "\xc2\xa0\xe2\x80\xa8\xef\xbb\xbf", "\"\\u00a0\\u2028\\ufeff\"" },
		{ "\xef\xbf\xbd\xcc\x80", "\"\xef\xbf\xbd\xcc\x80\"" },
		{ "\xf3\xa0\x80\x81", "\"\\U000e0001\"" },
		{ "it's", "\"it's\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO(buf_release) struct buf out = BUF_INIT;

		gofmt_quote(&out, cases[i][0], strlen(cases[i][0]));
		assert_string_equal(out.data, cases[i][1]);
	}
}

static void lists_are_quoted_with_blanks(void **state)
{
	AUTO(strv_release) struct strv list = { 0 };
	AUTO(buf_release) struct buf out = BUF_INIT;

	(void)state;
	gofmt_quote_list(&out, &list);
	strv_add(&list, "a b");
	strv_add(&list, "c");
	gofmt_quote_list(&out, &list);
	assert_string_equal(out.data, "[][\"a b\" \"c\"]");
}

static void retries_are_quoted_as_a_character(void **state)
{
	static const struct {
		int64_t rune;
		const char *text;
	} cases[] = {
		{ 0, "'\\x00'" }, { 3, "'\\x03'" }, { 10, "'\\n'" },
		{ 34, "'\"'" }, { 39, "'\\''" }, { 65, "'A'" },
		{ 92, "'\\\\'" }, { 233, "'\xc3\xa9'" },
		{ 0xd800, "'\\ufffd'" }, { 2000000, "'\xef\xbf\xbd'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO(buf_release) struct buf out = BUF_INIT;

		gofmt_quote_rune(&out, cases[i].rune);
		assert_string_equal(out.data, cases[i].text);
	}
}

static void durations_are_read_and_written_as_go_does(void **state)
{
	static const char *const cases[][2] = {
		{ "0", "0s" }, { "+0", "0s" }, { "5s", "5s" },
		{ "1h", "1h0m0s" }, { "90s", "1m30s" },
		{ "1h30m3.25s", "1h30m3.25s" }, { "1.5ms", "1.5ms" },
		{ ".5s", "500ms" }, { "1.s", "1s" },
		{ "3600.001s", "1h0m0.001s" }, { "1us", "1\xc2\xb5s" },
		{ "1\xc2\xb5s", "1\xc2\xb5s" }, { "1\xce\xbcs", "1\xc2\xb5s" },
		{ "100ns", "100ns" }, { "-1.5h", "-1h30m0s" },
		{ "2562047h47m16.854775807s", "2562047h47m16.854775807s" },
		{ "-9223372036854775808ns", "-2562047h47m16.854775808s" },
		{ "0.100000000000000000000h", "6m0s" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO(buf_release) struct buf out = BUF_INIT;
		struct err err = ERR_INIT;
		int64_t value = 0;

		assert_int_equal(gofmt_duration_parse(cases[i][0], &value,
						      &err), 0);
		gofmt_duration(&out, value);
		assert_string_equal(out.data, cases[i][1]);
	}
}

static void bad_durations_fail_in_go_s_words(void **state)
{
	static const char *const cases[][2] = {
		{ "", "time: invalid duration \"\"" },
		{ "-", "time: invalid duration \"-\"" },
		{ "abc", "time: invalid duration \"abc\"" },
		{ "5", "time: missing unit in duration \"5\"" },
		{ "5x", "time: unknown unit \"x\" in duration \"5x\"" },
		{ "5 s", "time: unknown unit \" s\" in duration \"5 s\"" },
		{ ".s", "time: invalid duration \".s\"" },
		{ "9223372036854775808ns",
		  "time: invalid duration \"9223372036854775808ns\"" },
		{ "99999999999999999999h",
		  "time: invalid duration \"99999999999999999999h\"" },
		{ "\xc3\xa9\"", "time: invalid duration \"\\xc3\\xa9\\\"\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = ERR_INIT;
		int64_t value = 0;

		assert_int_equal(gofmt_duration_parse(cases[i][0], &value,
						      &err), -1);
		assert_string_equal(err.msg, cases[i][1]);
	}
}

static void times_are_printed_in_utc_without_trailing_zeros(void **state)
{
	static const char *const cases[][2] = {
		{ "2026-11-23T16:05:53.05445195Z", "2026-11-23T16:05:53.05445195Z" },
		{ "2020-01-01T00:00:00.000Z", "2020-01-01T00:00:00Z" },
		{ "2020-01-01T00:30:00+01:00", "2019-12-31T23:30:00Z" },
		{ "2019-12-31T20:30:00.5-03:30", "2020-01-01T00:00:00.5Z" },
		{ "2020-02-29T00:00:00.1234567899Z", "2020-02-29T00:00:00.123456789Z" },
		{ "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z" },
		{ "1969-12-31T23:59:59.75Z", "1969-12-31T23:59:59.75Z" },
	};
	char text[40];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct moment when;

		assert_true(gofmt_time_parse(cases[i][0], &when));
		gofmt_time(when, text);
		assert_string_equal(text, cases[i][1]);
	}
	gofmt_time((struct moment){ 0 }, text);
	assert_string_equal(text, "0001-01-01T00:00:00Z");
	gofmt_time((struct moment){ INT64_MAX, 0, true }, text);
	assert_string_equal(text, "0001-01-01T00:00:00Z");
}

static void a_time_read_again_keeps_its_offset(void **state)
{
	static const char *const cases[][2] = {
		{ "2020-01-01T00:00:00.1200+01:00", "2020-01-01T00:00:00.12+01:00" },
		{ "2020-01-01T00:00:00+00:00", "2020-01-01T00:00:00Z" },
		{ "2020-01-01T00:00:00.0000000001Z", "2020-01-01T00:00:00Z" },
	};
	char text[40];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_true(gofmt_time_normal(cases[i][0], text));
		assert_string_equal(text, cases[i][1]);
	}
}

static void what_is_no_time_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "2020", "2020-01-01", "2020-01-01T00:00:00",
		"2020-02-30T00:00:00Z", "2019-02-29T00:00:00Z",
		"2020-13-01T00:00:00Z", "2020-01-01T24:00:00Z",
		"2020-01-01T00:00:60Z", "2020-01-01 00:00:00Z",
		"2020-01-01T00:00:00.Z", "2020-01-01T00:00:00Zx",
		"2020-01-01T00:00:00+1:00", "2020-01-01T00:00:00+99:00",
		"20200-01-01T00:00:00Z",
	};
	struct moment when;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(gofmt_time_parse(bad[i], &when));
}

static void moments_compare_to_the_nanosecond(void **state)
{
	const struct moment a = { 5, 1, true }, b = { 5, 2, true };
	const struct moment c = { 6, 0, true }, none = { 0 };

	(void)state;
	assert_true(gofmt_time_compare(a, b) < 0);
	assert_true(gofmt_time_compare(c, b) > 0);
	assert_int_equal(gofmt_time_compare(a, a), 0);
	assert_true(gofmt_time_compare(none, a) < 0);
	assert_true(gofmt_time_compare(gofmt_now(), c) > 0);
}

static void sizes_are_decimal_with_few_digits(void **state)
{
	static const struct {
		double bytes;
		int precision;
		const char *text;
	} cases[] = {
		{ 0, 4, "0B" }, { 228, 4, "228B" }, { 2048, 4, "2.048kB" },
		{ 7680, 4, "7.68kB" }, { 3005440, 4, "3.005MB" },
		{ 5590000, 3, "5.59MB" }, { 999950, 4, "1000kB" },
		{ 999900, 3, "1e+03kB" },
		{ 77800000, 3, "77.8MB" }, { 1e9, 3, "1GB" },
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		gofmt_size(text, cases[i].bytes, cases[i].precision);
		assert_string_equal(text, cases[i].text);
	}
}

static void ages_are_told_as_docker_images_tells_them(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {
		{ 0, "Less than a second ago" }, { 1, "1 second ago" },
		{ 59, "59 seconds ago" }, { 60, "About a minute ago" },
		{ 119, "About a minute ago" }, { 300, "5 minutes ago" },
		{ 3600, "About an hour ago" }, { 5399, "About an hour ago" },
		{ 5400, "2 hours ago" }, { 171000, "2 days ago" },
		{ 1209600, "2 weeks ago" }, { 5184000, "2 months ago" },
		{ 63072000, "2 years ago" },
	};
	char text[48];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		gofmt_age(text, cases[i].seconds);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quoting_is_go_s),
		cmocka_unit_test(lists_are_quoted_with_blanks),
		cmocka_unit_test(retries_are_quoted_as_a_character),
		cmocka_unit_test(durations_are_read_and_written_as_go_does),
		cmocka_unit_test(bad_durations_fail_in_go_s_words),
		cmocka_unit_test(times_are_printed_in_utc_without_trailing_zeros),
		cmocka_unit_test(a_time_read_again_keeps_its_offset),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(moments_compare_to_the_nanosecond),
		cmocka_unit_test(sizes_are_decimal_with_few_digits),
		cmocka_unit_test(ages_are_told_as_docker_images_tells_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
