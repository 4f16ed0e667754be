/* Two texts as a unified diff. */
#pragma once

/* Owned; "" if they are equal. */
char *line_diff(const char *name, const char *old, const char *now);
