/*
 * A key taken apart again: the command of an image as words that people and
 * the search for the nearest child compare.
 */
#pragma once

#include "plan/plan.h"

struct command {
	char verb[16];        /* "RUN", "COPY", …; "" unknown */
	struct strv args;     /* RUN: the "K=V" of the "|N" prefix */
	bool has_prefix;      /* there was a "|N" */
	struct strv words;    /* RUN: without prefix and shell; else the text */
	char *hash, *chown, *dest; /* COPY ADD, or NULL; hash NULL: open */
};
void command_release(struct command *command);
AUTO_DEFINE_IN_PLACE(struct command, command_release)

void command_parse(const struct strv *cmd, struct command *out);
/* The command of a step, also of one whose source key is open. */
void command_of_step(const struct step *step, struct command *out);
/* Inserted plus removed words; words past a limit count as they stand. */
size_t command_distance(const struct command *a, const struct command *b);
/* EVIDENCE_WORD for each word of the difference between old and new. */
void command_diff(struct step *step, const struct command *old,
		  const struct command *now, bool show_args);
/* Its words for people: no full hash, no secret. Owned. */
char *command_text(const struct command *command, bool show_args);
