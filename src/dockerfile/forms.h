/* Private to this floor: one instruction from its source text. */
#pragma once

#include "dockerfile/lines.h"

struct form_reader {
	const struct source *source;
	struct diag_list *diags;
	int line; /* of the instruction */
	char escape;
};
/* Never fails; adds what Docker's first pass would refuse. */
struct instr *form_read(const struct form_reader *reader);
