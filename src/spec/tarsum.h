/*
 * The sum of one entry of a COPY/ADD source (classic-builder.md 3.1): what is
 * hashed before the content.
 */
#pragma once

#include "base/buf.h"
#include "spec/layertar.h"

/* Appends "name…mode…uid…" up to and including the xattrs of the entry. */
void tarsum_header(const struct tar_entry *entry, struct buf *out);
/* security.capability revision 3 becomes revision 2 (Docker does so). */
void tarsum_fix_capability(struct buf *value);
