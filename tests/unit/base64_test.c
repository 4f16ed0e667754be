/* Facts about base/base64: RFC 4648's examples, and what is none. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/base64.h"

static void examples_of_the_rfc_hold_both_ways(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },		{ "f", "Zg==" },
		{ "fo", "Zm8=" },	{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO(buf_release) struct buf text = BUF_INIT;
		AUTO(buf_release) struct buf back = BUF_INIT;

		base64_encode(&text, cases[i][0], strlen(cases[i][0]));
		assert_string_equal(text.data, cases[i][1]);
		assert_true(base64_decode(&back, text.data, text.len));
		assert_int_equal(back.len, strlen(cases[i][0]));
		assert_memory_equal(back.data, cases[i][0], back.len);
	}
}

static void all_bytes_come_back(void **state)
{
	AUTO(buf_release) struct buf text = BUF_INIT, back = BUF_INIT;
	unsigned char bytes[256];

	(void)state;
	for (int i = 0; i < 256; i++)
		bytes[i] = (unsigned char)i;
	base64_encode(&text, bytes, sizeof(bytes));
	assert_true(base64_decode(&back, text.data, text.len));
	assert_int_equal(back.len, sizeof(bytes));
	assert_memory_equal(back.data, bytes, sizeof(bytes));
}

static void anything_else_does_not_decode(void **state)
{
	static const char *const bad[] = {
		"Z", "Zg", "Zg=", "====", "Z===", "Zg==Zg==", "Zm9!", "Z=9v",
		"Zm8=\n", "Zm9v\n\n\n\n", "=Zm8",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		AUTO(buf_release) struct buf out = BUF_INIT;

		assert_false(base64_decode(&out, bad[i], strlen(bad[i])));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_of_the_rfc_hold_both_ways),
		cmocka_unit_test(all_bytes_come_back),
		cmocka_unit_test(anything_else_does_not_decode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
