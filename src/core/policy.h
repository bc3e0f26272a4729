/*
 * The settings that the engine goes by (docs/settings.md), gathered once a second so that starting
 * thousands of small files does not mean thousands of looks into the registry. Engine thread only.
 */
#ifndef DOSVC_CORE_POLICY_H
#define DOSVC_CORE_POLICY_H

#include "base/platform.h"
#include "model/cache_host.h"

struct policy
{
    /* how many at a time */
    UINT32 transfers; /* in all */
    UINT32 per_host;
    UINT32 connections; /* for one file */

    UINT32 checkpoint; /* bytes after which a part file is flushed and the queue told */

    /* how long a server may take, in milliseconds */
    UINT32 connect_ms; /* for lookup and connection */
    UINT32 tls_ms;
    UINT32 first_byte_ms;
    UINT32 silence_ms;
    UINT32 stall_ms;   /* the stall rule: so long no slower than stall_rate */
    UINT64 stall_rate; /* bytes a second; 0: no such rule */

    /* bytes a second, 0: as fast as may be */
    UINT64 rate; /* in all */
    UINT64 foreground_rate;
    UINT64 background_rate;

    /* caches */
    struct cache_hosts caches;
    UINT64 foreground_delay_ms; /* SOURCE_DELAY_* of model/source_state.h, or so long */
    UINT64 background_delay_ms;
};

/* The next refresh reads it in any case: a new engine thread begins. */
void policy_forget(void);
/* Reads it anew if that is due. No lock held. */
void policy_refresh(void);
/* As it was read last. */
const struct policy *policy_now(void);

#endif
