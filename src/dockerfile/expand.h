/*
 * Word expansion (classic-builder.md 4.2): quotes, escapes, $name, ${…}.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* The value of a variable, or NULL when unset. Borrowed. */
typedef const char *expand_lookup(void *arg, const char *name, size_t len);

/* One word to one string (owned). NULL and Docker's `failed to process …`.*/
char *expand_word(const char *word, char escape, expand_lookup *lookup,
		  void *arg, struct err *err);
/* EXPOSE: one word to zero or more, added to out. */
int expand_words(const char *word, char escape, expand_lookup *lookup,
		 void *arg, struct strv *out, struct err *err);
/* Names of the variables that the word refers to, for reasons: added to out,
 * sorted, each once. What follows a mistake in the word is not looked at. */
void expand_names(const char *word, char escape, struct strv *out);
