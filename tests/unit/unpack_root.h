/*
 * A place to unpack into: top/root; top/outside must stay as it is.
 */
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "spec/untar.h"
#include "tarmake.h"

#define OPAQUE_XATTR                                                           \
	(getuid() ? "user.overlay.opaque" : "trusted.overlay.opaque")
#define IN_ROOT(fact)                                                          \
	cmocka_unit_test_setup_teardown(fact, make_root, drop_root)

extern int top, root;
extern char top_path[64];
int make_root(void **state);
int drop_root(void **state);
int unpack_with(const struct buf *tar, int split, bool layer,
		struct layer_sums *sums, uint64_t *size, struct err *err);
struct stat look(const char *name); /* of root; it must be there */
