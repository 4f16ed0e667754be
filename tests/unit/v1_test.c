/* Facts about engine/v1: IDs and files as docker save 20.10.24 wrote them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "engine/v1.h"

static const struct digest bottom = {
	"sha256:6b89ab3a7ea2dd1558d7eb9cf86533c1"
	"41284c3781d7b472415df5f9ca5108b3"
};
static const struct digest second = {
	"sha256:97696a1c1f8e930ac552c9d009edad06"
	"e3ff8e27213da167a4f29e474b7ec415"
};
static const char config_json[] =
	"{\"architecture\":\"amd64\",\"comment\":\"Imported from -\""
	",\"config\":{\"Hostname\":\"\",\"Domainname\":\"\",\"User\""
	":\"\",\"AttachStdin\":false,\"AttachStdout\":false,\"Attac"
	"hStderr\":false,\"Tty\":false,\"OpenStdin\":false,\"StdinO"
	"nce\":false,\"Env\":null,\"Cmd\":null,\"Image\":\"\",\"Vol"
	"umes\":null,\"WorkingDir\":\"\",\"Entrypoint\":null,\"OnBu"
	"ild\":null,\"Labels\":null},\"container_config\":{\"Hostna"
	"me\":\"\",\"Domainname\":\"\",\"User\":\"\",\"AttachStdin\""
	":false,\"AttachStdout\":false,\"AttachStderr\":false,\"Tty"
	"\":false,\"OpenStdin\":false,\"StdinOnce\":false,\"Env\":n"
	"ull,\"Cmd\":null,\"Image\":\"\",\"Volumes\":null,\"Working"
	"Dir\":\"\",\"Entrypoint\":null,\"OnBuild\":null,\"Labels\""
	":null},\"created\":\"2026-11-23T21:29:46.285437557Z\",\"do"
	"cker_version\":\"20.10.24+dfsg1\",\"history\":[{\"created\""
	":\"2026-11-23T21:29:46.285437557Z\",\"comment\":\"Imported"
	" from -\"}],\"os\":\"linux\",\"rootfs\":{\"type\":\"layers"
	"\",\"diff_ids\":[\"sha256:6b89ab3a7ea2dd1558d7eb9cf86533c1"
	"41284c3781d7b472415df5f9ca5108b3\"]}}";
static const char top_json[] =
	"{\"id\":\"a8dd02ea24a6d49f07d2aa2e3fbdfe7f57e67066c1c280a3"
	"efee9d1c924ad4e3\",\"comment\":\"Imported from -\",\"creat"
	"ed\":\"2026-11-23T21:29:46.285437557Z\",\"container_config"
	"\":{\"Hostname\":\"\",\"Domainname\":\"\",\"User\":\"\",\""
	"AttachStdin\":false,\"AttachStdout\":false,\"AttachStderr\""
	":false,\"Tty\":false,\"OpenStdin\":false,\"StdinOnce\":fal"
	"se,\"Env\":null,\"Cmd\":null,\"Image\":\"\",\"Volumes\":nu"
	"ll,\"WorkingDir\":\"\",\"Entrypoint\":null,\"OnBuild\":nul"
	"l,\"Labels\":null},\"docker_version\":\"20.10.24+dfsg1\",\""
	"config\":{\"Hostname\":\"\",\"Domainname\":\"\",\"User\":\""
	"\",\"AttachStdin\":false,\"AttachStdout\":false,\"AttachSt"
	"derr\":false,\"Tty\":false,\"OpenStdin\":false,\"StdinOnce"
	"\":false,\"Env\":null,\"Cmd\":null,\"Image\":\"\",\"Volume"
	"s\":null,\"WorkingDir\":\"\",\"Entrypoint\":null,\"OnBuild"
	"\":null,\"Labels\":null},\"architecture\":\"amd64\",\"os\""
	":\"linux\"}";
static const char second_json[] =
	"{\"id\":\"2042bb340cc0825a52e87975a31b112ef11ba2237c85f980"
	"183a49d64653df5b\",\"parent\":\"08df18ca6ce86f1cb41c52254a"
	"692f420dd43b92fcf8d178ddedb18767f473d4\",\"created\":\"197"
	"0-01-01T00:00:00Z\",\"container_config\":{\"Hostname\":\"\""
	",\"Domainname\":\"\",\"User\":\"\",\"AttachStdin\":false,\""
	"AttachStdout\":false,\"AttachStderr\":false,\"Tty\":false,"
	"\"OpenStdin\":false,\"StdinOnce\":false,\"Env\":null,\"Cmd"
	"\":null,\"Image\":\"\",\"Volumes\":null,\"WorkingDir\":\"\""
	",\"Entrypoint\":null,\"OnBuild\":null,\"Labels\":null},\"o"
	"s\":\"linux\"}";

static void layers_below_hang_on_chain_and_parent(void **state)
{
	AUTO(buf_release) struct buf json = BUF_INIT;
	char below[65], id[65];

	(void)state;
	v1_layer(NULL, &bottom, NULL, below, &json);
	assert_string_equal(below, "08df18ca6ce86f1cb41c52254a692f42"
			    "0dd43b92fcf8d178ddedb18767f473d4");
	buf_clear(&json);
	v1_layer(NULL, &second, below, id, &json);
	assert_string_equal(id, "2042bb340cc0825a52e87975a31b112e"
			    "f11ba2237c85f980183a49d64653df5b");
	assert_string_equal(json.data, second_json);
}

static void the_top_layer_holds_the_image(void **state)
{
	AUTO(image_config_release) struct image_config config;
	AUTO(buf_release) struct buf json = BUF_INIT;
	struct err err = ERR_INIT;
	char id[65];

	(void)state;
	image_config_init(&config);
	assert_int_equal(image_config_parse(config_json, strlen(config_json),
					    &config, &err), 0);
	v1_layer(&config, &bottom, NULL, id, &json);
	assert_string_equal(id, "a8dd02ea24a6d49f07d2aa2e3fbdfe7f"
			    "57e67066c1c280a3efee9d1c924ad4e3");
	assert_string_equal(json.data, top_json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layers_below_hang_on_chain_and_parent),
		cmocka_unit_test(the_top_layer_holds_the_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
