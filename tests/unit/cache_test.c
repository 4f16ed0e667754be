/* Facts about a shared cache: what its keys hang on, what its tags say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "engine/cache.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct run_config config;
static struct digest parent;

static int set_up(void **state)
{
	(void)state;
	run_config_init(&config);
	strv_add(&config.cmd, "RUN x");
	strv_add(&config.env, "A=1");
	strv_add(&config.env, "B=2");
	digest_parse("sha256:" HEX, &parent);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	run_config_release(&config);
	return 0;
}

/* Valid until the second next call. */
static const char *key(void)
{
	static char keys[2][SHARED_KEY_HEX + 1];
	static int turn;

	turn = !turn;
	assert_true(shared_key(&parent, &config, keys[turn]));
	return keys[turn];
}

static void what_the_cache_ignores_is_not_in_the_key(void **state)
{
	const char *before = key();

	(void)state;
	run_config_set(&config.hostname, "h");
	run_config_set(&config.working_dir, "/w");
	run_config_set(&config.image, "sha256:" HEX);
	config.labels.set = true;
	config.volumes.set = true;
	config.entrypoint.set = true;
	assert_string_equal(before, key());
	assert_int_equal(strlen(before), SHARED_KEY_HEX);
}

static void what_the_cache_compares_is(void **state)
{
	const char *before = key();
	char *first = config.env.items[0];

	(void)state;
	config.env.items[0] = config.env.items[1];
	config.env.items[1] = first;
	assert_string_not_equal(before, key());
	before = key();
	run_config_set(&config.user, "bob");
	assert_string_not_equal(before, key());
	before = key();
	map_put(&config.labels, "l", "1");
	assert_string_not_equal(before, key());
	before = key();
	parent = (struct digest){ "" };
	assert_string_not_equal(before, key());
}

static void a_configuration_that_never_hits_has_no_key(void **state)
{
	char out[SHARED_KEY_HEX + 1];

	(void)state;
	config.open_stdin = true;
	assert_false(shared_key(&parent, &config, out));
}

static void a_tag_is_read_back(void **state)
{
	AUTO_FREE char *tag = cache_tag("main", key(), &parent);
	char read[SHARED_KEY_HEX + 1];
	struct digest id;

	(void)state;
	assert_true(cache_tag_parse(tag, "main", read, &id));
	assert_string_equal(read, key());
	assert_string_equal(id.text, parent.text);
	assert_false(cache_tag_parse(tag, "mai", read, &id));
	assert_false(cache_tag_parse("main", "main", read, &id));
	assert_false(cache_tag_parse("main-" HEX, "main", read, &id));
	tag[6] = 'x';
	assert_false(cache_tag_parse(tag, "main", read, &id));
}

static void a_reference_has_a_short_tag_and_no_digest(void **state)
{
	AUTO(reference_release) struct reference ref = { 0 };
	AUTO(reference_release) struct reference other = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(cache_reference("x.io/a/b", &ref, &err), 0);
	assert_string_equal(ref.tag, "latest");
	assert_int_equal(cache_reference("x.io/a@sha256:" HEX, &other, &err),
			 -1);
	assert_int_equal(err.kind, ERR_USAGE);
}

static void a_long_tag_is_refused(void **state)
{
	AUTO(reference_release) struct reference ref = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(cache_reference(
		"x.io/a:0123456789012345678901234567890", &ref, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(what_the_cache_ignores_is_not_in_the_key),
		FACT(what_the_cache_compares_is),
		FACT(a_configuration_that_never_hits_has_no_key),
		FACT(a_tag_is_read_back),
		FACT(a_reference_has_a_short_tag_and_no_digest),
		FACT(a_long_tag_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
