/*
 * One file on its way: asks for it, writes what comes to the part file, and reports how it ended.
 * Engine thread only; struct file is touched under engine_lock.
 *
 * A transfer lives from transfer_start until its part file is closed. However it ends, it reports
 * exactly once, through ending_take, and frees itself.
 */
#ifndef DOSVC_CORE_TRANSFER_H
#define DOSVC_CORE_TRANSFER_H

#include "core/job.h"
#include "core/runner.h"
#include "model/source_state.h"

/* How a transfer ended. */
struct transfer_end
{
    bool stopped;                /* by transfer_stop: neither success nor failure */
    struct failure_info failure; /* FAILURE_NONE: every byte is in the part file, flushed */
    enum source_next next;       /* what a failure means: it is SOURCE_WAIT that is tried again */
    UINT64 retry_after;          /* seconds the server asked to wait, 0 = it did not */
    char detail[JOB_DETAIL_CHARS];
};

/* Starts on a file that has no transfer and is not done. The caller holds engine_lock. On success
 * file->transfer is set and the job counts it; transfer_tick must be called once the lock is
 * dropped. */
HRESULT transfer_start_locked(struct runner *runner, struct file *file);

/* Asks it to end soon, keeping what has arrived. May be called again. */
void transfer_stop(struct transfer *transfer);

struct transfer *transfer_next(const struct transfer *transfer); /* in runner->transfers */
struct file *transfer_file(const struct transfer *transfer);
/* Bytes a second in the last while. */
UINT64 transfer_rate(struct transfer *transfer, UINT64 now);
/* Nothing would be lost if it were stopped and went on later. */
bool transfer_may_give_up(const struct transfer *transfer);
/* The URL it was started with is still the file's. The caller holds engine_lock. */
bool transfer_is_current_locked(const struct transfer *transfer);
/* clock_now() when a limit of ours paused it, 0 if none does; and goes on if it may by now. */
UINT64 transfer_limited_since(const struct transfer *transfer);
void transfer_try_limit(struct transfer *transfer, UINT64 now);
/* Begins, and then looks at its clocks (silence, crawl); returns when to look again. It may end and
 * be gone when this returns. No lock held. */
UINT64 transfer_tick(struct transfer *transfer, UINT64 now);

#endif
