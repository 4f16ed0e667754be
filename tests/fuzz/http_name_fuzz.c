/* Any line as a URL, the next as a header: names, dates, escapes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "transport/http.h"
#include "transport/http_date.h"
#include "transport/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	AUTO_FREE char *url = mem_strndup((const char *)data, len);
	char *header = strchr(url, '\n');
	AUTO_FREE char *shown = NULL;
	AUTO_FREE char *request = NULL;
	AUTO_FREE char *name = NULL;
	struct err err = ERR_INIT;

	if (header)
		*header++ = '\0';
	name = http_file_name(url, header);
	if (name && (!*name || strchr(name, '/')))
		abort();
	shown = url_shown(url);
	request = url_request(url);
	if (*shown != '"' || (!*request && strcspn(url, "#")))
		abort();
	(void)url_check(url, &err);
	(void)http_date_parse(header ? header : url);
	return 0;
}
