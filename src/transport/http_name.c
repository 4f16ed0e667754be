/* Knows what a downloaded file is called. */
#include <string.h>

#include "transport/disposition.h"
#include "transport/http.h"
#include "transport/url.h"

/* The last element of a path that does not end in "/", or NULL. */
static char *last_element(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!*path || (slash && !slash[1]))
		return NULL;
	return mem_strdup(slash ? slash + 1 : path);
}

char *http_file_name(const char *url, const char *content_disposition)
{
	AUTO_FREE char *path = url_path(url);
	AUTO_FREE char *given = NULL;
	char *name = path ? last_element(path) : NULL;

	if (name || !content_disposition)
		return name;
	given = disposition_file_name(content_disposition);
	return given ? last_element(given) : NULL;
}
