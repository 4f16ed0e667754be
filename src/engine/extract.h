/*
 * Files of an image written to a directory. Nothing is written outside of it
 * and nothing that is there already is changed: links in it are not
 * followed, files in it are a conflict.
 */
#pragma once

#include "store/files.h"

struct extracted {
	size_t count;
	struct strv skipped; /* devices, fifos and sockets: paths */
};
void extracted_release(struct extracted *extracted);
AUTO_DEFINE_IN_PLACE(struct extracted, extracted_release)
/*
 * The file at, with all below it, under its own name in dest, which is made
 * if it is missing; of the root what is in it. Modes and times are kept,
 * owners where that is allowed (else set-user-ID bits are not).
 */
int extract_files(const struct files *files, uint32_t at, const char *dest,
		  struct extracted *out, struct err *err);
