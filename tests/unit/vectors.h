/* For tests: the recorded answers of a real dockerd in tests/vectors. */
#pragma once

#include <jansson.h>

/* The whole file, owned. A missing one fails the test. */
json_t *vectors_load(const char *name);
/* A string member, or "". Borrowed. */
const char *vectors_text(const json_t *object, const char *key);
