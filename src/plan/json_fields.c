/* Knows the fields of JSON that is read back. */
#include "plan/json_fields.h"

#include <limits.h>

const char *json_text_of(const json_t *root, const char *key)
{
	return json_string_value(json_object_get(root, key));
}

int64_t json_number_of(const json_t *root, const char *key, int64_t other)
{
	const json_t *value = json_object_get(root, key);

	return json_is_integer(value) ? json_integer_value(value) : other;
}

int json_small_of(const json_t *root, const char *key)
{
	int64_t value = json_number_of(root, key, 0);

	return value < INT_MIN || value > INT_MAX ? 0 : (int)value;
}

bool json_flag_of(const json_t *root, const char *key)
{
	return json_is_true(json_object_get(root, key));
}
