/*
 * The fields of a run configuration in the order in which Docker writes them;
 * what makes, copies, reads, writes and frees one walks this table.
 * (classic-builder.md section 8.)
 */
#pragma once

#include <stddef.h>

#include "spec/config.h"

enum run_field_kind {
	RUN_STRING,
	RUN_BOOL,
	RUN_LIST,
	RUN_WORDS,  /* a list that may also be read from one string */
	RUN_SET,    /* a map whose values are "{}" */
	RUN_MAP,
	RUN_HEALTH,
	RUN_TIMEOUT /* an integer or nothing */
};

struct run_field {
	const char *name;
	enum run_field_kind kind;
	size_t offset;
	bool optional; /* left out when empty */
};

#define RUN_FIELDS 25
extern const struct run_field run_fields[RUN_FIELDS];

#define RUN_FIELD(config, type, field)                                         \
	((type *)(void *)((char *)(config) + (field)->offset))
#define RUN_FIELD_CONST(config, type, field)                                   \
	((const type *)(const void *)((const char *)(config) + (field)->offset))
