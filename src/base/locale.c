/* Knows what holds where the locale that is asked for is not installed. */
#include "base/locale.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

/* As setlocale(3) looks for it: the first that says something. */
static const char *named(const char *category)
{
	const char *const places[] = { "LC_ALL", category, "LANG" };

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		const char *name = getenv(places[i]);

		if (name && *name)
			return name;
	}
	return "C";
}

/* NULL: it is, or there is nothing of it that could be kept. */
static const char *missing(int category, const char *variable)
{
	const char *name, *codeset;

	if (setlocale(category, ""))
		return NULL;
	name = named(variable);
	codeset = strchr(name, '.');
	if (!codeset || (strncasecmp(codeset, ".utf-8", 6) != 0 &&
			 strncasecmp(codeset, ".utf8", 5) != 0))
		return NULL;
	return setlocale(category, "C.UTF-8") ? name : NULL;
}

void locale_open(void)
{
	missing(LC_CTYPE, "LC_CTYPE");
}

void locale_open_messages(void)
{
	const char *name = missing(LC_MESSAGES, "LC_MESSAGES");

	if (name)
		setenv("LANGUAGE", name, 0);
}
