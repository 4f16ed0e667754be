/* Facts about spec/digest: known sums, spelling, chains. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "spec/digest.h"

#define ABC                                                                    \
	"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define NOTHING                                                                \
	"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void known_texts_have_known_sums(void **state)
{
	char zeros[1024] = { 0 };
	struct digest d;

	(void)state;
	digest_make("abc", 3, &d);
	assert_string_equal(d.text, ABC);
	digest_make(NULL, 0, &d);
	assert_string_equal(d.text, NOTHING);
	digest_make(zeros, sizeof(zeros), &d);
	assert_string_equal(d.text, DIGEST_EMPTY_LAYER);
}

static void pieces_clones_and_resets_give_the_same_sum(void **state)
{
	AUTO(sha256_free) struct sha256 *sha = sha256_new();
	struct digest d;

	(void)state;
	sha256_add(sha, "a", 1);
	{
		AUTO(sha256_free) struct sha256 *copy = sha256_clone(sha);

		sha256_add(copy, "bc", 2);
		sha256_end(copy, &d);
		assert_string_equal(d.text, ABC);
	}
	sha256_add(sha, NULL, 0);
	sha256_end(sha, &d);
	assert_string_not_equal(d.text, ABC);
	sha256_reset(sha);
	sha256_add(sha, "abc", 3);
	sha256_end(sha, &d);
	assert_string_equal(d.text, ABC);
}

static void only_the_exact_spelling_parses(void **state)
{
	static const char *const bad[] = {
		"", "sha256:", "sha512:ba78", ABC "0", ABC " ", ABC "\n",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
	};
	struct digest d = { "untouched" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(digest_parse(bad[i], &d));
	assert_string_equal(d.text, "untouched");
	assert_true(digest_parse(ABC, &d));
	assert_string_equal(d.text, ABC);
	assert_true(digest_parse_hex(&ABC[7], &d));
	assert_string_equal(d.text, ABC);
}

static void a_chain_hashes_parent_blank_diff(void **state)
{
	const struct digest none = { "" };
	struct digest diff, bottom, next, want;

	(void)state;
	assert_true(digest_parse(ABC, &diff));
	digest_chain(&none, &diff, &bottom);
	assert_true(digest_equal(&bottom, &diff));
	digest_chain(&bottom, &diff, &next);
	digest_make(ABC " " ABC, 2 * 71 + 1, &want);
	assert_string_equal(next.text, want.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_texts_have_known_sums),
		cmocka_unit_test(pieces_clones_and_resets_give_the_same_sum),
		cmocka_unit_test(only_the_exact_spelling_parses),
		cmocka_unit_test(a_chain_hashes_parent_blank_diff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
