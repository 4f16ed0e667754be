/* Private to this floor: the words Docker has for a GET that failed. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#define HTTP_ERROR_BODY_MAX 65536 /* bytes read of what came with an error */

/* line is the status line as it came. */
int http_fail_status(struct err *err, const char *url, int status,
		     const char *line, struct span body);
/* `Get "…": reason` */
int http_fail_get(struct err *err, enum err_kind kind, const char *url,
		  const char *fmt, ...) __attribute__((format(printf, 4, 5)));
