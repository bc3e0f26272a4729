/*
 * Where a request for a file goes, and what it means that it failed: the file's own URL, its
 * mirrors and the caches (docs/sources.md). This is the one place that knows; a transfer asks it
 * for each request that begins anew and tells it of each failure. Engine thread, with engine_lock
 * held.
 */
#ifndef DOSVC_CORE_SOURCE_H
#define DOSVC_CORE_SOURCE_H

#include "core/job.h"
#include "model/source_state.h"
#include "model/url.h"

struct source
{
    int index;           /* SOURCE_CACHE, 0 for the file's own URL, 1 and up for its mirrors */
    char url[URL_SIZE];  /* to be asked */
    char home[URL_SIZE]; /* the URL that the client named, which `url` stands for: at its origin
                            the client's headers and credentials may be shown */
    char cache[URL_HOST_SIZE]; /* of SOURCE_CACHE */
    bool fresh;                /* caches on the way must ask the origin */
    DWORD connect_ms;
    UINT64 highest; /* of the file, when it was chosen */
};

void source_choose_locked(struct file *file, struct source *source);

/* A request to it failed. SOURCE_AGAIN: ask source_choose_locked at once. `transient`: the same
 * source may do better later. */
enum source_next source_failed_locked(struct file *file, const struct source *source,
                                      const struct failure_info *failure, bool transient);

/* A cache gave bytes that are not what they must be. */
void source_damaged_locked(struct file *file, const struct source *source);

#endif
