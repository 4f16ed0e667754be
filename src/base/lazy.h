/*
 * A library that is loaded when something is first asked of it, and not with
 * the program: what few runs need must not slow the start of all.
 *
 * The door of a library keeps a struct of function pointers, typed by the
 * library's own header, and a table of where each name goes:
 *
 *	#define CALLS(X) X(easy_init) X(easy_cleanup)
 *	#define MEMBER(name) __typeof__(curl_##name) *name;
 *	static struct { CALLS(MEMBER) } curl;
 *	#define SYMBOL(name) { "curl_" #name, (void **)&curl.name },
 *	static const struct lazy_symbol symbols[] = { CALLS(SYMBOL) };
 *	static struct lazy library = LAZY("libcurl.so.4", symbols);
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct lazy_symbol {
	const char *name;
	void **at; /* gets the address */
};
struct lazy {
	const char *soname;
	const struct lazy_symbol *symbols;
	size_t count;
	bool loaded;
};
#define LAZY(soname, symbols)                                                  \
	{ soname, symbols, sizeof(symbols) / sizeof(*(symbols)), false }

/* Loads it once; any thread may ask. ERR_UNSUPPORTED: it is not there, or is
 * another one than this program was built with. It is never unloaded. */
int lazy_load(struct lazy *library, struct err *err);
