/*
 * Words for people in their language: `_("text")` is the text in the language
 * of the locale, where the catalogue has it. Only the lessons are translated:
 * what scripts and fingers know from docker stays as it is.
 */
#pragma once

#include <libintl.h>

#define _(text) gettext(text)
#define N_(text) text /* translated where it is used */
