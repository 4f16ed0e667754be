/*
 * Two changes of one text joined, line by line.
 */
#pragma once

/* 1: *out (owned) has both changes; 0: they touch the same lines. */
int text_merge(const char *base, const char *mine, const char *theirs,
	       char **out);
