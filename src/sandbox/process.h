/*
 * Small acts on the calling process that several files here need.
 */
#pragma once

/* Closes every descriptor from first on. */
void process_close_from(int first);
/* They stay open until an execve. */
void process_cloexec_from(int first);
