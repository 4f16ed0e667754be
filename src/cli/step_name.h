/*
 * A step of a plan as the user names it: "4" Docker's number, "L7" a line of
 * the Dockerfile, "1:2" the second instruction of stage 1 (FROM is the first),
 * or a stage's name before ":".
 */
#pragma once

#include "cli/verb.h"
#include "plan/plan.h"
#include "plan/workspace.h"

/* -1 ERR_NOT_FOUND: there is none. */
int step_named(const struct plan *plan, const char *word,
	       const struct workspace *workspace, const struct step **out,
	       struct err *err);
/* Whether the operands are "STEP [CONTEXT]"; sets both, else says how the verb
 * is called. */
bool step_operands(const struct verb *verb, int count, char **operands,
		   const char **word, const char **context);
