#ifndef IO_PROXY_H
#define IO_PROXY_H

#include "base/platform.h"

/* Which proxy to use for a URL. */

enum proxy_usage
{
    PROXY_SYSTEM,     /* see below */
    PROXY_NONE,       /* none */
    PROXY_LIST,       /* list, except for hosts that bypass names */
    PROXY_AUTO_DETECT /* WPAD; then as PROXY_SYSTEM */
};

/* PROXY_SYSTEM: no proxy for this machine itself; else the first of these that says something: the
 * environment (http_proxy, https_proxy, all_proxy, no_proxy), the user's Internet settings (WPAD,
 * PAC, list), the machine's WinHTTP settings. PROXY_AUTO_DETECT: none for this machine either.
 *
 * `*proxy` is "scheme://host:port" for http_request.proxy, the caller's to mem_free, or NULL: go
 * direct. list: "host:port", "http=host:port https=host:port", several separated by spaces or ';'
 * (the first that fits is taken). bypass: host names, "*.suffix", addresses, "<local>", separated
 * by spaces or ';'. Both may be NULL and count for PROXY_LIST only. E_INVALIDARG: the URL is none
 * of http and https.
 *
 * Blocks, for seconds where a PAC script has to be fetched: never on the engine thread. */
HRESULT proxy_for_url(enum proxy_usage usage, const WCHAR *list, const WCHAR *bypass,
                      const char *url, char **proxy);

/* Whether that may block. */
bool proxy_must_ask(enum proxy_usage usage, const char *url);

#endif
