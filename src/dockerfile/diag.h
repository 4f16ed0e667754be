/* Private to this floor: collecting diagnostics. */
#pragma once

#include "dockerfile/dockerfile.h"

struct diag_list {
	struct diag *items;
	size_t count;
};
void diag_list_release(struct diag_list *list);
AUTO_DEFINE_IN_PLACE(struct diag_list, diag_list_release)

/* line is that of the instruction. The text is formatted into it. */
void diag_error(struct diag_list *list, enum diag_prefix prefix, int line,
		struct place at, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
void diag_warn(struct diag_list *list, int line, struct place at,
	       const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The error that Docker would stop at, or NULL. Errors were added in the
 * order in which Docker meets them within its two passes. */
const struct diag *diag_first(const struct diag_list *list);
/* Docker's first, then the others in order of place. */
void diag_order(struct diag_list *list);
