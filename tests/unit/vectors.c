/* Knows where the recorded answers lie. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "tests/unit/vectors.h"

json_t *vectors_load(const char *name)
{
	AUTO_FREE char *path = mem_printf("%s/vectors/%s", TEST_DATA, name);
	json_error_t error;
	json_t *json = json_load_file(path, JSON_ALLOW_NUL, &error);

	if (!json)
		fail_msg("%s: %s", path, error.text);
	return json;
}

const char *vectors_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}
