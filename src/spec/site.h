/*
 * Where one entry of a tar goes, and how what was made there gets the entry's
 * attributes. (store.md 1.6 rule 7.)
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "spec/layertar.h"

struct site {
	const struct tar_entry *entry;
	const char *path; /* cleaned, "" is the root */
	const char *base; /* its last part */
	int dir;          /* holds base */
};

/* "cannot <what> '/path'" with errno; -1. */
int site_fail(const struct site *site, const char *what, struct err *err);

/* Of an open file. no_owner leaves it to who made it. */
int site_set_fd(const struct site *site, int fd, bool no_owner,
		struct err *err);
/* By name. is_link: what lies there is a symlink, which has no mode. */
int site_set(const struct site *site, bool is_link, bool no_owner,
	     struct err *err);

/* Access and modification, within what Docker sets. */
void site_times(const struct tar_entry *entry, struct timespec times[2]);
