/* Private to this floor: the JSON form of RUN, CMD, COPY and others. */
#pragma once

#include "dockerfile/lines.h"

enum exec_form {
	EXEC_TEXT,   /* no JSON array: to be read in another way */
	EXEC_ARRAY,  /* its strings were added as words */
	EXEC_MIXED,  /* an array that holds something else than strings */
};
/* Anything after the array is ignored. Sets instr->json with EXEC_ARRAY. */
enum exec_form exec_form_read(const struct source *source, struct span text,
			      struct instr *instr);
