/*
 * Something small, into memory, for a transfer and by its rules: its proxy, its trust, its rules of
 * redirects, and the client's header lines at the client's own origin. No logins; a client that
 * judges certificates is not asked, and only what it approved before is good enough. Engine thread
 * only.
 */
#ifndef DOSVC_CORE_FETCH_H
#define DOSVC_CORE_FETCH_H

#include "core/route.h"
#include "io/http.h"
#include "model/http_verdict.h"
#include "model/url.h"

struct transfer;

struct fetch
{
    /* set by the caller; all else zero */
    struct transfer *transfer;
    char url[URL_SIZE];
    UINT64 first;                      /* a part of the resource ... */
    UINT64 length;                     /* ... of exactly so many bytes; 0: all of it */
    size_t most;                       /* bytes; more are a failure */
    bool fresh;                        /* caches on the way must ask the origin */
    void (*done)(struct fetch *fetch); /* once, perhaps inside fetch_start or fetch_stop */

    /* the result */
    bool stopped;
    struct failure_info failure;
    char *data; /* fetch_cleanup ends it */
    size_t size;

    /* its own */
    bool busy;
    bool again;
    size_t capacity;
    UINT64 heard_at;
    struct route_call route;
    char *proxy;
    struct http_exchange *exchange;
    struct http_question question;
};

void fetch_start(struct fetch *fetch);
void fetch_stop(struct fetch *fetch); /* done comes soon, if it did not yet */
void fetch_tick(struct fetch *fetch, UINT64 now);
void fetch_cleanup(struct fetch *fetch); /* not while it is busy */

#endif
