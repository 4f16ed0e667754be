/* The clipboard of whoever sits before the terminal, by OSC 52. */
#pragma once

#include <stdbool.h>

/* Asks the terminal to keep the text; false: it is too long, or not written.
 * Whether the terminal took it, none tells. */
bool clipboard_send(int fd, const char *text);
