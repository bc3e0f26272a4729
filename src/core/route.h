/*
 * The way to a server: direct, or through a proxy. The system's own settings may take seconds to
 * tell (a script has to be fetched), so they are asked on a thread of their own, and what they said
 * is remembered for a minute. Engine thread only.
 */
#ifndef DOSVC_CORE_ROUTE_H
#define DOSVC_CORE_ROUTE_H

#include "base/platform.h"

struct job;
struct route;
struct routes;
struct runner;

HRESULT routes_open(struct runner *runner, struct routes **routes);
/* Nobody waits any more. Waits for the question under way, which cannot be ended. */
void routes_close(struct routes *routes);

struct route_call /* who asks; the caller's memory until found or route_cancel */
{
    /* proxy: for http_request.proxy, valid during the call; NULL: go direct. */
    void (*found)(struct route_call *call, HRESULT hr, const char *proxy);
    struct route *route; /* what it waits for, or NULL */
    struct route_call *next;
};
/* By the job's proxy settings as they are now. found comes exactly once, perhaps inside this call.
 */
void routes_find(struct routes *routes, struct job *job, const char *url, struct route_call *call);
/* found will not come. May be called at any time. */
void route_cancel(struct route_call *call);

#endif
