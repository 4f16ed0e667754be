/*
 * Small acts on the calling process that several files here need.
 */
#pragma once

#include <sys/types.h>

/* Closes every descriptor from first on. */
void process_close_from(int first);
/* They stay open until an execve. */
void process_cloexec_from(int first);
/* Waits for a child, reaping all others that end meanwhile: its exit code, or
 * 128 and the signal. */
int process_wait(pid_t pid);
/* The same, and no other child is reaped: somebody will still ask for it. */
int process_wait_alone(pid_t pid);
