#ifndef IO_PROXY_LIST_H
#define IO_PROXY_LIST_H

#include "base/platform.h"

/* Proxy lists as Windows writes them, bypass lists, and the environment's no_proxy. All text is
 * UTF-8; host is "host" or "host:port" as url_host of model/url.h gives it. */

/* The entry of "host:port", "http=host:port https=host:port" and the like that serves the scheme,
 * as "scheme://host:port", the caller's to mem_free; NULL in *proxy if none does. */
HRESULT proxy_list_pick(const char *list, bool secure, char **proxy);

/* Whether a bypass list names the host. */
bool proxy_list_bypasses(const char *bypass, bool secure, const char *host);

/* Whether no_proxy names the host: "*", or names that are it or a domain above it. */
bool proxy_list_no_proxy(const char *no_proxy, const char *host);

#endif
