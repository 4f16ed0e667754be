/*
 * What of the files of layers is to be seen: words as in
 * "kind:added,changed size>1m path:*.conf type:file owner:0 word".
 * All of them must hold; a directory also shows when something below it does.
 */
#pragma once

#include "store/files.h"

#define FILES_KIND(state) (1u << (state))
/* "kind:differs" */
#define FILES_DIFFERS (FILES_KIND(FILE_ADDED) | FILES_KIND(FILE_CHANGED) | \
		       FILES_KIND(FILE_REMOVED))

struct files_filter {
	unsigned kinds;      /* FILES_KINDs, 0: all */
	unsigned types;      /* bit S_IFMT >> 12, 0: all */
	uint64_t min_size, max_size; /* of a file, or of all in a directory */
	int64_t owner;       /* uid, -1: anybody */
	struct strv names;   /* in the path; with * or ?: a pattern of it */
};
void files_filter_init(struct files_filter *filter); /* lets all through */
void files_filter_release(struct files_filter *filter);
AUTO_DEFINE_IN_PLACE(struct files_filter, files_filter_release)
/* -1 with what is wrong; *out is then as it was. */
int files_filter_parse(const char *text, struct files_filter *out,
		       struct err *err);
/* Whether it lets everything through. */
bool files_filter_is_empty(const struct files_filter *filter);
/* keep: one for each entry, to be filled in. Totals must be there. Returns
 * how many match themselves. */
size_t files_filter_apply(const struct files_filter *filter,
			  const struct files *files, int only_layer,
			  bool *keep);
