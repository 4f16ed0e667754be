/* Steps that miss every time, by the rules of classic-builder.md 1.4. */
#pragma once

#include "plan/walk.h"

/* 1: *note (owned) says why; 0; -1. */
int never_hits(struct plan *plan, struct step *step, char **note,
	       struct err *err);
