/* Private to this floor: URLs as Go's net/url reads, sends and shows them. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* -1: err holds Docker's `parse "…": …`. */
int url_check(const char *url, struct err *err);
bool url_has_host(const char *url);
/* The path with its escapes undone, owned; NULL if it has a bad one. */
char *url_path(const char *url);
/* As it is sent: escapes where Go puts them, no fragment. Owned. */
char *url_request(const char *url);
/* As messages show it: quoted, escaped, the password as three stars. Owned. */
char *url_shown(const char *url);
/* Undoes %XX; NULL if one is bad. Owned. */
char *url_unescape(struct span text);
/* Scheme, host and port are the same, as they are written. */
bool url_same_origin(const char *a, const char *b);
