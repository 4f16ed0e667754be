/* Private to this floor: one comma-separated record as Go's encoding/csv. */
#pragma once

#include "base/buf.h"

/* -1: why holds `failed to parse csv mounts: …`. */
int csv_split(const char *text, struct strv *out, struct buf *why);
