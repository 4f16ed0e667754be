/*
 * What the screen remembers of a project until next time: a text file for
 * each Dockerfile, one thing a line. It can be thrown away without loss; what
 * is damaged is left alone and told of.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "spec/digest.h"

#define SESSION_MAX (4 * 1024 * 1024) /* bytes of the file */
#define SESSION_FOLDS 10000           /* that are remembered */

/* Words as they stand in the file; NULL or 0: not said. */
struct session {
	char *focus, *detail, *sort, *filter, *needle;
	int line;            /* of the Dockerfile, from 1 */
	int split;           /* percent of the width that the tree has */
	bool zoomed;
	struct digest image; /* selected in the tree */
	struct strv folds;   /* images, as digests */
	struct strv stages;  /* folded, as stage_view_folds says them */
	struct strv searches, filters, commands; /* typed, oldest first */
};
void session_release(struct session *session);
AUTO_DEFINE_IN_PLACE(struct session, session_release)

void session_format(const struct session *session, const char *file,
		    struct buf *out);
/* ERR_CORRUPT with the line that is wrong; *out is then empty. */
int session_parse(const char *text, struct session *out, struct err *err);

/* Where the session of a Dockerfile is: below XDG_STATE_HOME, else
 * ~/.local/state. Owned; NULL: there is no home. */
char *session_path(const char *file);
/* 1 read, 0 there is none, -1 damaged or not to be read. */
int session_load(const char *file, struct session *out, struct err *err);
/* Whole or not at all. */
int session_save(const char *file, const struct session *session,
		 struct err *err);
