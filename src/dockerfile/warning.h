/* Private to this floor: Docker's text about empty continuation lines. */
#pragma once

#include "base/buf.h"

/* Adds the part for one instruction. */
void warning_add(struct buf *warning, struct span line);
/* The text as it is printed (owned), or NULL if nothing was added. */
char *warning_finish(struct buf *warning);
