/* Knows status lines, and how Docker puts a failed GET into words. */
#include "transport/http_fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "transport/url.h"

/* HTTP/2 sends no words; Go then puts in the usual ones. */
static const char *usual_words(int status)
{
	static const struct {
		int status;
		const char *words;
	} table[] = {
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 402, "Payment Required" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 406, "Not Acceptable" },
		{ 407, "Proxy Authentication Required" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 410, "Gone" },
		{ 411, "Length Required" },
		{ 412, "Precondition Failed" },
		{ 416, "Requested Range Not Satisfiable" },
		{ 418, "I'm a teapot" },
		{ 421, "Misdirected Request" },
		{ 422, "Unprocessable Entity" },
		{ 423, "Locked" },
		{ 426, "Upgrade Required" },
		{ 428, "Precondition Required" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 451, "Unavailable For Legal Reasons" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
		{ 505, "HTTP Version Not Supported" },
		{ 507, "Insufficient Storage" },
		{ 508, "Loop Detected" },
		{ 511, "Network Authentication Required" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].status == status)
			return table[i].words;
	return "";
}

/* "HTTP/1.1 404 Not Found" without its first word. */
static char *status_of(const char *line, int status)
{
	const char *blank = strchr(line, ' ');

	if (strncmp(line, "HTTP/1", strlen("HTTP/1")) != 0 || !blank)
		return mem_printf("%d %s", status, usual_words(status));
	blank++;
	return mem_strndup(blank, strcspn(blank, "\r\n"));
}

int http_fail_status(struct err *err, const char *url, int status,
		     const char *line, struct span body)
{
	AUTO_FREE char *text = status_of(line, status);

	body = utf8_trim(body);
	return err_set(err, status == 404 ? ERR_NOT_FOUND : ERR_FAILED,
		       "failed to GET %s with status %s: %.*s", url, text,
		       SPAN_ARG(body));
}

int http_fail_get(struct err *err, enum err_kind kind, const char *url,
		  const char *fmt, ...)
{
	AUTO_FREE char *shown = url_shown(url);
	AUTO_FREE char *reason = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&reason, fmt, ap) < 0)
		abort();
	va_end(ap);
	return err_set(err, kind, "Get %s: %s", shown, reason);
}
