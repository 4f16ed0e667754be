/* Another program's output, with an end to its time and its length. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/*
 * Runs argv (found on PATH, standard input and error empty) in directory dir
 * and appends its output to out. 1: it ended with status 0; 0: it is not
 * there, failed, took longer than ms or said more than limit bytes; -1.
 */
int capture(int dir, const char *const *argv, int ms, size_t limit,
	    struct buf *out, struct err *err);
/* The same with something on its standard input. */
#define CAPTURE_INPUT_MAX 32768
int capture_fed(int dir, const char *const *argv, struct span input, int ms,
		size_t limit, struct buf *out, struct err *err);
