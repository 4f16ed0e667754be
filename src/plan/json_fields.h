/*
 * Fields of JSON objects that varve wrote itself and reads back: what is not
 * there, or of another type, is as if it were empty.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

const char *json_text_of(const json_t *root, const char *key); /* or NULL */
int64_t json_number_of(const json_t *root, const char *key, int64_t other);
int json_small_of(const json_t *root, const char *key); /* or 0 */
bool json_flag_of(const json_t *root, const char *key);
