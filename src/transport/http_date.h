/* Private to this floor: the three date formats of HTTP (RFC 9110, 5.6.7). */
#pragma once

#include "spec/config.h"

/* set = false if the text is none of them. */
struct moment http_date_parse(const char *text);
