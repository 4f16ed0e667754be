/* Facts about spec/reference: what parses, short and long forms, errors. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "spec/reference.h"

#define HEX64 "dc67a8fd54d40fff2ec839c0095ef3b61be9bf43eef8e288ad9f28851429b614"

static void references_have_a_familiar_and_a_full_form(void **state)
{
	static const char *const cases[][3] = {
		{ "alpine", "alpine", "docker.io/library/alpine" },
		{ "alpine:3", "alpine:3", "docker.io/library/alpine:3" },
		{ "me/app", "me/app", "docker.io/me/app" },
		{ "library/x", "x", "docker.io/library/x" },
		{ "library/x/y", "library/x/y", "docker.io/library/x/y" },
		{ "index.docker.io/x", "x", "docker.io/library/x" },
		{ "docker.io/a/b:T_1.x-y", "a/b:T_1.x-y", "docker.io/a/b:T_1.x-y" },
		{ "localhost/x", "localhost/x", "localhost/x" },
		{ "localhost:5000/x:1", "localhost:5000/x:1", "localhost:5000/x:1" },
		{ "Reg.Example-1.com:5/a__b--c.d/e", "Reg.Example-1.com:5/a__b--c.d/e",
		  "Reg.Example-1.com:5/a__b--c.d/e" },
		{ "a@sha256:" HEX64, "a@sha256:" HEX64,
		  "docker.io/library/a@sha256:" HEX64 },
		{ "a:b@sha256:" HEX64, "a:b@sha256:" HEX64,
		  "docker.io/library/a:b@sha256:" HEX64 },
		{ "foo_bar.baz/x", "foo_bar.baz/x", "foo_bar.baz/x" },
		{ "deadbeef", "deadbeef", "docker.io/library/deadbeef" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO(reference_release) struct reference ref = { 0 };
		AUTO_FREE char *familiar = NULL;
		AUTO_FREE char *full = NULL;
		struct err err = ERR_INIT;

		assert_int_equal(reference_parse(cases[i][0], &ref, &err), 0);
		familiar = reference_familiar(&ref);
		full = reference_full(&ref);
		assert_string_equal(familiar, cases[i][1]);
		assert_string_equal(full, cases[i][2]);
	}
}

static void wrong_references_fail_in_docker_s_words(void **state)
{
	static const char format[] = "invalid reference format";
	static const char lower[] = "invalid reference format: repository name "
				    "must be lowercase";
	static const char *const cases[][2] = {
		{ "", format }, { "/x", format }, { "a//b", format },
		{ "a/", format }, { ":x", format }, { "a:", format },
		{ "a:.x", format }, { "a b", format }, { "a_-b", format },
		{ "-a", format }, { "a-", format }, { "a___b", format },
		{ "a@", format }, { "a@sha256:12", format },
		{ "a:1:2", format }, { "ho_st:5/x", format },
		{ "x.com:p/x", format }, { "-x.com/x", format },
		{ "UPPER:1", lower }, { "x/Y", lower }, { "$S", lower },
		{ HEX64, "invalid repository name (" HEX64 "), cannot specify "
			 "64-byte hexadecimal strings" },
		{ "a@sha256:" HEX64 "00", "invalid checksum digest length" },
		{ "a@md5:" HEX64, "unsupported digest algorithm" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO(reference_release) struct reference ref = { 0 };
		struct err err = ERR_INIT;

		assert_int_equal(reference_parse(cases[i][0], &ref, &err), -1);
		assert_string_equal(err.msg, cases[i][1]);
		assert_null(ref.path);
	}
}

static void lengths_are_limited(void **state)
{
	AUTO(reference_release) struct reference ref = { 0 };
	struct err err = ERR_INIT;
	char text[600];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[255 - strlen("docker.io/library/")] = '\0';
	assert_int_equal(reference_parse(text, &ref, &err), 0);
	memset(text, 'a', sizeof(text));
	text[256 - strlen("docker.io/library/")] = '\0';
	assert_int_equal(reference_parse(text, &ref, &err), -1);
	assert_string_equal(err.msg, "repository name must not be more than "
				     "255 characters");
	memset(text, 'a', sizeof(text));
	text[1] = ':';
	text[130] = '\0';
	reference_release(&ref);
	assert_int_equal(reference_parse(text, &ref, &err), 0);
	text[130] = 'a';
	text[131] = '\0';
	assert_int_equal(reference_parse(text, &ref, &err), -1);
}

static void latest_is_the_tag_of_what_has_none(void **state)
{
	static const char *const cases[][2] = {
		{ "a", "a:latest" }, { "a:b", "a:b" },
		{ "a@sha256:" HEX64, "a@sha256:" HEX64 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO(reference_release) struct reference ref = { 0 };
		AUTO_FREE char *text = NULL;
		AUTO_FREE char *name = NULL;
		struct err err = ERR_INIT;

		assert_int_equal(reference_parse(cases[i][0], &ref, &err), 0);
		reference_default_tag(&ref);
		text = reference_familiar(&ref);
		name = reference_name(&ref);
		assert_string_equal(text, cases[i][1]);
		assert_string_equal(name, "a");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_have_a_familiar_and_a_full_form),
		cmocka_unit_test(wrong_references_fail_in_docker_s_words),
		cmocka_unit_test(lengths_are_limited),
		cmocka_unit_test(latest_is_the_tag_of_what_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
