/* Private to this floor: which proxy a request goes through. */
#pragma once

/* As Go reads HTTP_PROXY, HTTPS_PROXY (either case); "" for none, and never
 * one for this machine itself. Borrowed from the environment. */
const char *http_proxy_for(const char *scheme, const char *host);
const char *http_proxy_exempt(void); /* NO_PROXY, "" none */
