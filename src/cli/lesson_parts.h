/*
 * Inside a lesson that is played: what its files ask of each other.
 */
#pragma once

#include "cli/lesson.h"
#include "view/row.h"

#define LESSON_TAG "lesson" /* name of what a lesson builds */

struct play {
	struct lesson_stage *stage;
	int work_fd;         /* the context */
	struct strv args;    /* of --build-arg */
	bool left;           /* the reader wants no more */
};

/* ---- lesson_play.c ---- */
void lesson_say_styled(const struct lesson_stage *stage, enum style style,
		       const char *text);
/* Prints and releases them. */
void lesson_put_rows(const struct lesson_stage *stage, struct rows *rows);
/* This program with these words, in the context; what it prints is appended
 * to out. */
int lesson_capture(const struct play *play, const struct strv *words,
		   struct buf *out, struct err *err);
/* Adds the options that every build of the lesson has. */
void lesson_build_words(const struct play *play, struct strv *out);

/* ---- lesson_predict.c ---- */
/* Asks, builds, shows; fails where the lesson's text promised otherwise. */
int lesson_predict(struct play *play, const struct act *act, struct err *err);
