/*
 * A directory of its own for each test of the context floor, and the key of
 * some words in a tree.
 */
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "context/context.h"
#include "context/source.h"

struct place {
	char path[64];
	int fd;
};
struct place place_make(void);
void place_drop(struct place *place);
AUTO_DEFINE_IN_PLACE(struct place, place_drop)

/* Makes the file and the directories it needs. */
void put(const struct place *place, const char *name, const char *text);
/* Opens the directory as a context; a failure fails the test. */
struct tree *open_place(const struct place *place,
			const struct context_options *options);
/* The key of words separated by blanks; NULL and *err set if there is none. */
char *key_of_words(struct tree *tree, const char *words, struct err *err);
