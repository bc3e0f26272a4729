/*
 * One more connection for the file of a transfer: fetches one gap behind the first, or as much of
 * it as is left to it. It asks where the transfer asks, and takes nothing but the very part that it
 * asked for, of the content that the transfer knows. Engine thread only.
 */
#ifndef DOSVC_CORE_HELPER_H
#define DOSVC_CORE_HELPER_H

#include "base/platform.h"
#include "model/http_verdict.h"

struct http_exchange;
struct sink_lane;
struct transfer;

enum helper_end
{
    HELPER_DONE,    /* nothing is left to it, or it brought something at least */
    HELPER_CUT,     /* the connection failed, or fell silent */
    HELPER_STOPPED, /* it was told to end */
    HELPER_REFUSED  /* the server does not want, does not know how, or has other content by now */
};

struct helper
{
    struct transfer *transfer;
    struct http_exchange *exchange; /* NULL: it has no work */
    struct sink_lane *lane;         /* NULL: what still comes is not wanted */
    struct http_question question;
    enum helper_end end;
    bool trial;                  /* whether it pays is not known yet */
    UINT64 taken;                /* bytes of the body that were wanted */
    UINT64 body_left;            /* bytes that the answer still has; UINT64_MAX: unknown */
    UINT64 heard_at;             /* clock_now() of its last bytes, or of the request */
    struct failure_info refusal; /* what the server answered, where it wants a pause */
    UINT64 retry_after;          /* ... of so many seconds; 0: it does not */
};

/* Asks for the gap behind the lane, which nobody fetches. On success crew_helper_ended follows. */
HRESULT helper_start(struct helper *helper, struct transfer *transfer, struct sink_lane *lane);
/* It ends soon, with this end; the lane is free at once. */
void helper_stop(struct helper *helper, enum helper_end end);

#endif
