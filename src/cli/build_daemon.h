/* The parts of varve build that know where it builds. */
#pragma once

#include "cli/build_flags.h"
#include "cli/progress.h"
#include "engine/build.h"

/* Sets flags->in_daemon; what else is a place, but no store, is refused. */
int build_place(struct build_flags *flags, struct err *err);
/* In a docker daemon; as build_run. */
int build_in_daemon(const struct build_flags *flags, const char *context,
		    struct progress *progress, struct digest *image,
		    struct err *err);
/* What is asked for, wherever it is done. */
void build_flags_options(const struct build_flags *flags,
			 const struct workspace *workspace,
			 struct build_options *out);
