/* Facts about spec/config: Docker's own bytes, null and empty, comparing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "spec/config.h"

/* Written by dockerd 20.10.24 for `LABEL v="1 <2>"`. */
static const char label_image[] =
"{\"architecture\":\"amd64\",\"config\":{\"Hostname\":\"\",\"Domainname\":\"\","
"\"User\":\"\",\"AttachStdin\":false,\"AttachStdout\":false,"
"\"AttachStderr\":false,\"Tty\":false,\"OpenStdin\":false,\"StdinOnce\":false,"
"\"Env\":[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"\"],\"Cmd\":null,\"Image\":\"sha256:465d6bad2668aa76cadca0f2b4016cdf56af02a85"
"4f14223b1832d3b96805565\",\"Volumes\":null,\"WorkingDir\":\"\","
"\"Entrypoint\":null,\"OnBuild\":null,\"Labels\":{\"v\":\"1 \\u003c2\\u003e\"}"
"},\"container\":\"3fbd0591e12a091854017130819fff7d92b56d60b4038a3c89be316b3df"
"dca75\",\"container_config\":{\"Hostname\":\"3fbd0591e12a\",\"Domainname\":"
"\"\",\"User\":\"\",\"AttachStdin\":false,\"AttachStdout\":false,"
"\"AttachStderr\":false,\"Tty\":false,\"OpenStdin\":false,\"StdinOnce\":false,"
"\"Env\":[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"\"],\"Cmd\":[\"/bin/sh\",\"-c\",\"#(nop) \",\"LABEL v=1 \\u003c2\\u003e\"],"
"\"Image\":\"sha256:465d6bad2668aa76cadca0f2b4016cdf56af02a854f14223b1832d3b96"
"805565\",\"Volumes\":null,\"WorkingDir\":\"\",\"Entrypoint\":null,\"OnBuild\":"
"null,\"Labels\":{\"v\":\"1 \\u003c2\\u003e\"}},\"created\":\"2026-11-23T16:05"
":52.935961666Z\",\"docker_version\":\"20.10.24+dfsg1\",\"history\":[{"
"\"created\":\"2026-11-23T15:17:13.718618018Z\",\"comment\":\"Imported from -"
"\"},{\"created\":\"2026-11-23T16:05:52.935961666Z\",\"created_by\":\"/bin/sh "
"-c #(nop)  LABEL v=1 \\u003c2\\u003e\",\"empty_layer\":true}],\"os\":"
"\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:dc67a8fd54d4"
"0fff2ec839c0095ef3b61be9bf43eef8e288ad9f28851429b614\"]}}";
#define LABEL_IMAGE_ID                                                         \
	"sha256:e6b5881494e1fa24fbd6ef85e5d6471cec62f09c1a44216ea6c5e4ed431d67fc"

#define ROOTFS "\"rootfs\":{\"type\":\"layers\"}"

static int parse(const char *json, struct image_config *out, struct err *err)
{
	return image_config_parse(json, strlen(json), out, err);
}

static void docker_s_bytes_come_back_and_have_the_image_id(void **state)
{
	AUTO(image_config_release) struct image_config config = { 0 };
	AUTO(image_config_release) struct image_config copy = { 0 };
	AUTO(buf_release) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;
	struct digest id;

	(void)state;
	assert_int_equal(parse(label_image, &config, &err), 0);
	image_config_copy(&copy, &config);
	image_config_format(&copy, &out);
	assert_string_equal(out.data, label_image);
	digest_make(out.data, out.len, &id);
	assert_string_equal(id.text, LABEL_IMAGE_ID);
	assert_string_equal(map_get(&config.config.labels, "v"), "1 <2>");
	assert_true(config.created.set);
	assert_int_equal(config.created.nsec, 935961666);
	assert_null(image_config_diff_of(&config, 1));
	assert_non_null(image_config_diff_of(&config, 0));
}

#define ZERO_HEAD                                                              \
	"\"Hostname\":\"\",\"Domainname\":\"\",\"User\":\"\","                 \
	"\"AttachStdin\":false,\"AttachStdout\":false,\"AttachStderr\":false,"
#define ZERO_TTY "\"Tty\":false,\"OpenStdin\":false,\"StdinOnce\":false,"

static void null_and_empty_stay_apart(void **state)
{
	static const char *const text =
		"{\"config\":{" ZERO_HEAD ZERO_TTY
		"\"Env\":[],\"Cmd\":[],\"Image\":\"\",\"Volumes\":{},"
		"\"WorkingDir\":\"\",\"Entrypoint\":null,\"OnBuild\":[],"
		"\"Labels\":{}},\"container_config\":{" ZERO_HEAD ZERO_TTY
		"\"Env\":null,\"Cmd\":null,\"Image\":\"\",\"Volumes\":null,"
		"\"WorkingDir\":\"\",\"Entrypoint\":[],\"OnBuild\":null,"
		"\"Labels\":null},\"created\":\"0001-01-01T00:00:00Z\","
		ROOTFS "}";
	AUTO(image_config_release) struct image_config config = { 0 };
	AUTO(buf_release) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(parse(text, &config, &err), 0);
	image_config_format(&config, &out);
	assert_string_equal(out.data, text);
}

static void every_field_comes_back_in_docker_s_order(void **state)
{
	static const char *const text =
		"{\"architecture\":\"arm64\",\"author\":\"me\","
		"\"comment\":\"c\",\"config\":{\"Hostname\":\"h\","
		"\"Domainname\":\"d\",\"User\":\"u\",\"AttachStdin\":true,"
		"\"AttachStdout\":true,\"AttachStderr\":true,"
		"\"ExposedPorts\":{\"53/udp\":{},\"80/tcp\":{}},\"Tty\":true,"
		"\"OpenStdin\":true,\"StdinOnce\":true,\"Env\":[\"A=1\"],"
		"\"Cmd\":[\"x\"],\"Healthcheck\":{\"Test\":[\"NONE\"],"
		"\"Interval\":5000000000,\"Timeout\":1,\"StartPeriod\":2,"
		"\"Retries\":65},\"ArgsEscaped\":true,\"Image\":\"i\","
		"\"Volumes\":{\"/a\":{}},\"WorkingDir\":\"/w\","
		"\"Entrypoint\":[\"e\"],\"NetworkDisabled\":true,"
		"\"MacAddress\":\"m\",\"OnBuild\":[\"RUN x\"],"
		"\"Labels\":{\"a\":\"1\",\"b\":\"2\"},\"StopSignal\":\"9\","
		"\"StopTimeout\":0,\"Shell\":[\"sh\"]},\"container\":\"k\","
		"\"container_config\":{" ZERO_HEAD ZERO_TTY
		"\"Env\":null,\"Cmd\":null,\"Image\":\"\",\"Volumes\":null,"
		"\"WorkingDir\":\"\",\"Entrypoint\":null,\"OnBuild\":null,"
		"\"Labels\":null},\"created\":\"2020-02-29T01:02:03.4Z\","
		"\"docker_version\":\"20.10.24\",\"history\":[{\"created\":"
		"\"2020-01-01T00:00:00Z\",\"author\":\"a\",\"created_by\":"
		"\"b\",\"comment\":\"c\",\"empty_layer\":true}],"
		"\"os\":\"linux\",\"os.features\":[\"f\"],\"os.version\":\"1\","
		ROOTFS ",\"variant\":\"v8\"}";
	AUTO(image_config_release) struct image_config config = { 0 };
	AUTO(image_config_release) struct image_config copy = { 0 };
	AUTO(buf_release) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(parse(text, &config, &err), 0);
	image_config_copy(&copy, &config);
	image_config_format(&copy, &out);
	assert_string_equal(out.data, text);
}

static void what_docker_forgives_is_read(void **state)
{
	AUTO(image_config_release) struct image_config config = { 0 };
	AUTO(buf_release) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(parse(
		" {\"rootfs\":{},\"extra\":[1],\"author\":null,\"config\":"
		"{\"Cmd\":\"one\",\"Env\":[null],\"Volumes\":{\"b\":null,"
		"\"a\":{}}},\"history\":[{\"created\":"
		"\"2020-01-01T00:00:00.1200+02:00\",\"x\":1},{}]}\n",
		&config, &err), 0);
	assert_int_equal(config.config.cmd.count, 1);
	assert_string_equal(config.config.env.items[0], "");
	assert_string_equal(config.config.volumes.items[0].key, "a");
	assert_string_equal(config.history[0].created,
			    "2020-01-01T00:00:00.12+02:00");
	assert_string_equal(config.history[1].created, "");
	assert_false(config.created.set);
	image_config_format(&config, &out);
	assert_non_null(strstr(out.data,
		"\"history\":[{\"created\":\"2020-01-01T00:00:00.12+02:00\"},"
		"{\"created\":\"0001-01-01T00:00:00Z\"}]"));
}

static void wrong_json_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "[", "[]", "{}", "{\"rootfs\":null}", "{\"rootfs\":[]}",
		"{" ROOTFS ",\"os\":1}",
		"{" ROOTFS ",\"config\":[]}",
		"{" ROOTFS ",\"config\":{\"Env\":\"A=1\"}}",
		"{" ROOTFS ",\"config\":{\"Env\":[1]}}",
		"{" ROOTFS ",\"config\":{\"Tty\":\"yes\"}}",
		"{" ROOTFS ",\"config\":{\"Labels\":{\"a\":1}}}",
		"{" ROOTFS ",\"config\":{\"Volumes\":[\"/a\"]}}",
		"{" ROOTFS ",\"config\":{\"StopTimeout\":1.5}}",
		"{" ROOTFS ",\"config\":{\"Healthcheck\":{\"Test\":1}}}",
		"{" ROOTFS ",\"created\":\"yesterday\"}",
		"{" ROOTFS ",\"history\":{}}",
		"{" ROOTFS ",\"history\":[1]}",
		"{" ROOTFS ",\"history\":[{\"created\":\"2020\"}]}",
		"{\"rootfs\":{\"diff_ids\":[\"sha256:00\"]}}",
		"{\"rootfs\":{\"diff_ids\":\"x\"}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		AUTO(image_config_release) struct image_config config = { 0 };
		struct err err = ERR_INIT;

		assert_int_equal(parse(bad[i], &config, &err), -1);
		assert_int_equal(err.kind, ERR_INPUT);
	}
}

static void strings_are_escaped_as_go_does(void **state)
{
	static const char *const cases[][2] = {
		{ "a\"\\\n\r\t\b\f\x01\x7f", "\"a\\\"\\\\\\n\\r\\t\\u0008"
					     "\\u000c\\u0001\x7f\"" },
		{ "<&>", "\"\\u003c\\u0026\\u003e\"" },
		{ "\xe2\x80\xa8\xe2\x80\xa9", "\"\\u2028\\u2029\"" },
		{ "\xff" "a\xc3", "\"\\ufffda\\ufffd\"" },
		{ "h\xc3\xa9\xf0\x9f\x90\xb3", "\"h\xc3\xa9\xf0\x9f\x90\xb3\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO(buf_release) struct buf out = BUF_INIT;

		config_format_string(&out, cases[i][0], strlen(cases[i][0]));
		assert_string_equal(out.data, cases[i][1]);
	}
}

static void maps_stay_sorted_and_replace(void **state)
{
	static const char *const keys[] = { "m", "a", "z", "b", "a", "A" };
	AUTO(map_release) struct map map = { 0 };
	AUTO(map_release) struct map copy = { 0 };
	char value[8];

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		snprintf(value, sizeof(value), "%zu", i);
		map_put(&map, keys[i], value);
	}
	assert_int_equal(map.count, 5);
	assert_string_equal(map.items[0].key, "A");
	assert_string_equal(map.items[4].key, "z");
	assert_string_equal(map_get(&map, "a"), "4");
	assert_null(map_get(&map, "c"));
	map_copy(&copy, &map);
	assert_true(map_equal(&copy, &map));
	map_put(&copy, "a", "5");
	assert_false(map_equal(&copy, &map));
}

static void the_cache_compares_what_docker_compares(void **state)
{
	AUTO(run_config_release) struct run_config a = { 0 };
	AUTO(run_config_release) struct run_config b = { 0 };

	(void)state;
	run_config_init(&a);
	run_config_copy(&b, &a);
	b.env.set = b.labels.set = b.attach_stdin = b.stdin_once = true;
	run_config_set(&b.working_dir, "/w");
	run_config_set(&b.hostname, "h");
	run_config_set(&b.stop_signal, "9");
	strv_add(&b.shell, "sh");
	strv_add(&b.on_build, "RUN x");
	assert_int_equal(run_config_differs(&a, &b), CONFIG_SAME);
	strv_add(&b.cmd, "x");
	assert_int_equal(run_config_differs(&a, &b), CONFIG_CMD);
	map_put(&a.volumes, "/a", "");
	assert_int_equal(run_config_differs(&a, &b), CONFIG_VOLUMES);
	map_put(&a.exposed_ports, "80/tcp", "");
	assert_int_equal(run_config_differs(&a, &b), CONFIG_PORTS);
	map_put(&a.labels, "k", "v");
	assert_int_equal(run_config_differs(&a, &b), CONFIG_LABELS);
	strv_add(&a.entrypoint, "e");
	assert_int_equal(run_config_differs(&a, &b), CONFIG_ENTRYPOINT);
	strv_add(&a.env, "A=1");
	assert_int_equal(run_config_differs(&a, &b), CONFIG_ENV);
	run_config_set(&a.user, "u");
	assert_int_equal(run_config_differs(&a, &b), CONFIG_USER);
	a.tty = true;
	assert_int_equal(run_config_differs(&a, &b), CONFIG_TTY);
	a.attach_stderr = true;
	assert_int_equal(run_config_differs(&a, &b), CONFIG_ATTACH);
	a.open_stdin = b.open_stdin = true;
	assert_int_equal(run_config_differs(&a, &b), CONFIG_STDIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(docker_s_bytes_come_back_and_have_the_image_id),
		cmocka_unit_test(null_and_empty_stay_apart),
		cmocka_unit_test(every_field_comes_back_in_docker_s_order),
		cmocka_unit_test(what_docker_forgives_is_read),
		cmocka_unit_test(wrong_json_is_refused),
		cmocka_unit_test(strings_are_escaped_as_go_does),
		cmocka_unit_test(maps_stay_sorted_and_replace),
		cmocka_unit_test(the_cache_compares_what_docker_compares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
