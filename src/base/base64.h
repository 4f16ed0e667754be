/* Base 64 with padding (RFC 4648 section 4). */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

void base64_encode(struct buf *out, const void *bytes, size_t len);
/* false: not base 64; out may then hold a part. */
bool base64_decode(struct buf *out, const char *text, size_t len);
