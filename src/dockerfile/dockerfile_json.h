/*
 * A parsed Dockerfile as JSON, one instruction or diagnostic a line:
 *	{"steps":N,"meta_args":[INSTR…],
 *	 "stages":[{"name":…|null,"line":N,"instructions":[INSTR…]}],
 *	 "error":…|null,"diagnostics":[{…,"severity":…,"message":…}]}
 * INSTR holds "instruction", its place, "text" and what of "flags", "json",
 * "words", "pairs", "onbuild", "trigger", "health" it has. A place is "line",
 * "column", "end_line", "end_column". "error" is what Docker would say.
 */
#pragma once

#include "dockerfile/dockerfile.h"

/* name is the Dockerfile's, for "error". Owned; no newline at the end. */
char *dockerfile_format_json(const struct dockerfile *file, const char *name);
