/* Knows where the environment says a proxy is. */
#include "transport/http_proxy.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *env_of(const char *upper, const char *lower)
{
	const char *value = getenv(upper);

	return value && *value ? value : getenv(lower);
}

static bool is_local(const char *host)
{
	return strcasecmp(host, "localhost") == 0 ||
	       strncmp(host, "127.", strlen("127.")) == 0 ||
	       strcmp(host, "[::1]") == 0;
}

const char *http_proxy_for(const char *scheme, const char *host)
{
	bool tls = strcasecmp(scheme, "https") == 0;
	const char *proxy = tls ? env_of("HTTPS_PROXY", "https_proxy") :
				  env_of("HTTP_PROXY", "http_proxy");

	return proxy && !is_local(host) ? proxy : "";
}

const char *http_proxy_exempt(void)
{
	const char *direct = env_of("NO_PROXY", "no_proxy");

	return direct ? direct : "";
}
