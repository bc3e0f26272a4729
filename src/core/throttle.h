/*
 * How fast bytes may come: limits for a job, for the foreground or background, and in all
 * (docs/settings.md), on the sum of what is received. While the foreground receives, the background
 * has a tenth of that. Engine thread only.
 */
#ifndef DOSVC_CORE_THROTTLE_H
#define DOSVC_CORE_THROTTLE_H

#include "base/platform.h"
#include "model/bucket.h"

struct file;
struct job;

/* The limits as they are now; to be called at each look. */
void throttle_refresh(UINT64 now);
/* The job's own. The caller holds engine_lock. */
void throttle_refresh_job_locked(struct job *job, UINT64 now);

/* Whether the file, which has a slot, may take bytes; then throttle_took says how many. */
bool throttle_is_open(struct file *file, UINT64 now);
void throttle_took(struct file *file, UINT64 bytes, UINT64 now);
/* When to ask again. */
UINT64 throttle_opens_at(const struct file *file, UINT64 now);
/* Some limit of ours counts for it: the server is not to blame if it is slow. */
bool throttle_limits(const struct file *file);

#endif
