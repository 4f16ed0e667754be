/*
 * The fields of tar headers as Go's archive/tar reads them: octal and base-256
 * numbers, PAX records, ustar and GNU layouts.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "spec/layertar.h"
#include "spec/tarblock.h"

#define PAX_LIMIT (1024 * 1024) /* bytes of one extension header; Go's limit */

struct pax_values {
	struct {
		char *key;
		struct buf value;
	} *items;
	size_t count;
};
void pax_values_release(struct pax_values *values);
int pax_values_parse(const struct buf *body, struct pax_values *out,
		     struct err *err);
/* Lays the records over the fields of the block. */
int pax_values_apply(const struct pax_values *values, struct tar_entry *entry,
		     struct err *err);

bool pax_checksum_ok(const struct tar_block *block);
/* false: neither octal nor base 256. */
bool pax_number(const char *field, size_t width, int64_t *out);
/* The entry of a plain block; releases what was in *entry. */
bool pax_entry(const struct tar_block *block, struct tar_entry *entry);
