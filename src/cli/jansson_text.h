/*
 * A text of an image configuration as a jansson string; a NUL that is hidden
 * in it (base/utf8.h) is one again.
 */
#pragma once

#include <jansson.h>

json_t *jansson_text(const char *text); /* new reference; NULL gives null */
