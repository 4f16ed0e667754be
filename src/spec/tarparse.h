/*
 * Reading one tar header and the records of a PAX header, as Go's archive/tar
 * does. (POSIX pax; GNU tar's manual, "Basic Tar Format".)
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "spec/layertar.h"
#include "spec/tarblock.h"

/* Checks the sum and fills in *out (released before); its typeflag is as it
 * stands in the block. -1: not a tar header. */
int tar_block_parse(const struct tar_block *block, struct tar_entry *out,
		    struct err *err);

/* Records of one extended header; key and value end with a NUL too. */
struct pax_record {
	const char *key, *value;
	size_t len; /* of the value, which may hold NULs */
};
struct pax {
	struct buf body;
	struct pax_record *items;
	size_t count;
};
void pax_release(struct pax *pax);
/* Splits the body (which it changes) into records. */
int pax_parse(struct pax *pax, struct err *err);
/* The last value of a key, or NULL; an empty one is none. */
const char *pax_get(const struct pax *pax, const char *key);
/* What the records say replaces what the header said. */
int pax_apply(const struct pax *pax, struct tar_entry *entry,
	      struct err *err);
/* A whole decimal number with an optional sign. */
bool pax_number(const char *text, int64_t *out);
