/* Facts about what registries say: challenges, manifests, tokens, platforms. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "transport/challenge.h"
#include "transport/manifest.h"
#include "transport/token.h"
#include "transport/url.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DESCRIPTOR(type, more)                                                 \
	"{\"mediaType\":\"" type "\",\"size\":7,\"digest\":\"sha256:" HEX      \
	"\"" more "}"

static void parse_one(const char *value, struct challenge *out)
{
	AUTO(strv_release) struct strv values = { 0 };

	strv_add(&values, value);
	challenge_parse(&values, out);
}

static void bearer_parameters_come_in_any_order(void **state)
{
	AUTO(challenge_release) struct challenge c = { 0 };

	(void)state;
	parse_one("Bearer scope=\"a:b:pull,push\", service=reg,realm=\"http:"
		  "//t/\\\"x\"", &c);
	assert_int_equal(c.scheme, CHALLENGE_BEARER);
	assert_string_equal(c.realm, "http://t/\"x");
	assert_string_equal(c.service, "reg");
	assert_string_equal(c.scope, "a:b:pull,push");
}

static void bearer_goes_before_basic(void **state)
{
	AUTO(challenge_release) struct challenge c = { 0 };

	(void)state;
	parse_one("Basic realm=\"x\", Bearer realm=\"http://t\"", &c);
	assert_int_equal(c.scheme, CHALLENGE_BEARER);
	assert_string_equal(c.realm, "http://t");
}

static void nonsense_is_no_challenge(void **state)
{
	static const char *const cases[] = { "", ",,,", "=", "Bearer", "\"",
					     "Digest a=b", "Bearer realm" };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO(challenge_release) struct challenge c = { 0 };

		parse_one(cases[i], &c);
		assert_int_equal(c.scheme, CHALLENGE_NONE);
	}
}

static int parse(const char *json, const char *type, struct manifest *out,
		 struct err *err)
{
	return manifest_parse(span_of(json), type, out, err);
}

static void the_first_entry_of_the_platform_is_taken(void **state)
{
	static const char json[] = "{\"manifests\":["
		DESCRIPTOR("a", ",\"platform\":{\"os\":\"unknown\","
			   "\"architecture\":\"unknown\"}") ","
		DESCRIPTOR("b", ",\"platform\":{\"os\":\"linux\","
			   "\"architecture\":\"arm64\",\"variant\":\"v8\"}") ","
		DESCRIPTOR("c", ",\"platform\":{\"os\":\"linux\","
			   "\"architecture\":\"arm\",\"variant\":\"v6\"}") "]}";
	AUTO(manifest_release) struct manifest index = { 0 };
	struct platform want = { "linux", "arm64", "" };
	const struct descriptor *found;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(parse(json, NULL, &index, &err), 0);
	assert_true(index.is_index);
	assert_int_equal(manifest_choose(&index, &want, &found, &err), 0);
	assert_string_equal(found->media_type, "b");
	want = (struct platform){ "linux", "arm", "v7" };
	assert_int_equal(manifest_choose(&index, &want, &found, &err), 0);
	assert_string_equal(found->media_type, "c");
	want = (struct platform){ "linux", "amd64", "" };
	assert_int_equal(manifest_choose(&index, &want, &found, &err), -1);
	assert_string_equal(err.msg, "no matching manifest for linux/amd64 in "
				     "the manifest list entries");
}

static void what_a_manifest_writes_it_reads(void **state)
{
	struct descriptor config = { .size = 3 }, layer = { .size = 4 };
	AUTO(manifest_release) struct manifest read = { 0 };
	AUTO(buf_release) struct buf text = BUF_INIT;
	static char config_type[] = TYPE_DOCKER_CONFIG;
	static char layer_type[] = TYPE_DOCKER_LAYER;
	struct err err = ERR_INIT;

	(void)state;
	digest_make("c", 1, &config.digest);
	digest_make("l", 1, &layer.digest);
	config.media_type = config_type;
	layer.media_type = layer_type;
	manifest_format(&config, &layer, 1, &text);
	assert_int_equal(parse(text.data, NULL, &read, &err), 0);
	assert_false(read.is_index);
	assert_int_equal(read.count, 1);
	assert_true(digest_equal(&read.items[0].digest, &layer.digest));
	assert_int_equal(read.config.size, 3);
}

static void bad_manifests_are_refused(void **state)
{
	static const char *const cases[] = {
		"", "[]", "{}", "{\"fsLayers\":[]}",
		"{\"config\":" DESCRIPTOR("application/vnd.cncf.helm", "") "}",
		"{\"config\":" DESCRIPTOR(TYPE_DOCKER_CONFIG, "") ",\"layers\":["
		DESCRIPTOR(TYPE_OCI_LAYER "\\\"", "") "]}",
		"{\"config\":{\"digest\":\"sha256:x\",\"size\":1}}",
		"{\"config\":{\"digest\":\"sha256:" HEX "\",\"size\":-1}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO(manifest_release) struct manifest m = { 0 };
		struct err err = ERR_INIT;

		assert_int_equal(parse(cases[i], NULL, &m, &err), -1);
	}
}

static void a_token_has_either_name_and_lasts_a_minute(void **state)
{
	AUTO(token_release) struct token token = { NULL, NULL, 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(token_parse(span_of("{\"access_token\":\"t\","
					     "\"expires_in\":3,"
					     "\"refresh_token\":\"r\"}"),
				     &token, &err), 0);
	assert_string_equal(token.text, "t");
	assert_string_equal(token.refresh, "r");
	assert_int_equal(token.seconds, 60);
}

static void errors_are_said_as_docker_does(void **state)
{
	AUTO_FREE char *text = token_error_text(span_of(
		"{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\",\"message\":"
		"\"manifest unknown\"}]}"));

	(void)state;
	assert_string_equal(text, "manifest unknown: manifest unknown");
	assert_null(token_error_text(span_of("404 page not found")));
}

static void an_error_is_known_by_its_code(void **state)
{
	struct span json = span_of("{\"errors\":[{\"code\":\"DIGEST_INVALID\","
				   "\"message\":\"no \\\"UNKNOWN\\\"\"}]}");

	(void)state;
	assert_true(token_error_is(json, "DIGEST_INVALID"));
	assert_false(token_error_is(json, "UNKNOWN"));
	assert_false(token_error_is(span_of("\"DIGEST_INVALID\""),
				    "DIGEST_INVALID"));
}

static void an_origin_is_scheme_host_and_port(void **state)
{
	(void)state;
	assert_true(url_same_origin("http://h:1/a", "http://h:1/b?c"));
	assert_false(url_same_origin("http://h:1/a", "http://h:10/a"));
	assert_false(url_same_origin("http://h/a", "https://h/a"));
	assert_false(url_same_origin("http://h@evil/a", "http://h/a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bearer_parameters_come_in_any_order),
		cmocka_unit_test(bearer_goes_before_basic),
		cmocka_unit_test(nonsense_is_no_challenge),
		cmocka_unit_test(the_first_entry_of_the_platform_is_taken),
		cmocka_unit_test(what_a_manifest_writes_it_reads),
		cmocka_unit_test(bad_manifests_are_refused),
		cmocka_unit_test(a_token_has_either_name_and_lasts_a_minute),
		cmocka_unit_test(errors_are_said_as_docker_does),
		cmocka_unit_test(an_error_is_known_by_its_code),
		cmocka_unit_test(an_origin_is_scheme_host_and_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
