/*
 * A lesson as text: what is told, what is written, built and asked.
 *
 *	title TEXT               one line each, in front
 *	about TEXT
 *	say                      paragraphs, indented by two blanks
 *	file PATH                its text, indented by two blanks
 *	touch PATH | chmod MODE PATH | remove PATH
 *	arg K=V                  --build-arg of the builds to come
 *	build                    builds, and shows it
 *	predict hit miss ...     asks which steps will run, then builds; the
 *	                         words are what must come true (late: either)
 *	show VERB [WORDS]        runs that verb on the lesson's store
 *
 * Lines that begin with # are left out.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#define LESSON_MAX 65536 /* bytes of a lesson's text */

enum act_kind {
	ACT_SAY, ACT_FILE, ACT_TOUCH, ACT_CHMOD, ACT_REMOVE, ACT_ARG,
	ACT_BUILD, ACT_PREDICT, ACT_SHOW,
};
struct act {
	enum act_kind kind;
	struct strv words; /* what stands behind the command */
	char *body;        /* a paragraph in one line, or a file's text */
};
struct lesson {
	char *title, *about;
	struct act *acts;
	size_t act_count;
};

/* name is for messages: "name:line: …". out is released by the caller. */
int lesson_parse(const char *name, const char *text, struct lesson *out,
		 struct err *err);
void lesson_release(struct lesson *lesson);
AUTO_DEFINE_IN_PLACE(struct lesson, lesson_release)

/* How a lesson is played. */
struct lesson_stage {
	const char *home;       /* a directory of its own: work/ and store/ */
	const char *base;       /* script that writes the base image's tar */
	bool ask;               /* there is somebody to ask */
	bool color, ascii;
	int width;              /* columns */
	const struct strv *answers; /* instead of asking; may be NULL */
	size_t answer_next;
	int asked, right;       /* steps, over all questions */
};
/* 1: to the end; 0: the reader left; -1. */
int lesson_play(const struct lesson *lesson, struct lesson_stage *stage,
		struct err *err);
/* A paragraph in the reader's language, broken at the width. */
void lesson_say(const struct lesson_stage *stage, const char *text);
