/*
 * Parts of a file that a client of an on-demand job waits for (engine_request_ranges).
 */
#ifndef DOSVC_CORE_RANGE_REQUEST_H
#define DOSVC_CORE_RANGE_REQUEST_H

#include "core/job.h"

/* Tells the observer of each request that is here now, and forgets it. The caller holds
 * engine_lock. */
void range_requests_tell_locked(struct file *file);

#endif
