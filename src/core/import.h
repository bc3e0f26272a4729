/*
 * What other processes did to the queue, taken over: new jobs, orders, properties, how far files
 * are. Observers are told as if it had happened here, so each process calls its own clients.
 */
#ifndef DOSVC_CORE_IMPORT_H
#define DOSVC_CORE_IMPORT_H

#include "core/job.h"

/* Everything that was committed elsewhere until now; *all says whether all of it was taken over:
 * a job that is just being changed here is left for later (job->stale). `sequence` is where the
 * reading of the store stands. The keeper's thread, no lock held. */
HRESULT import_changes(INT64 *sequence, bool *all);

/* One job as its row is now, for a change that was decided on an older one. The caller has claimed
 * the job; waits, no lock held. A job that is gone from the store is over afterwards. */
HRESULT import_job(struct job *job);

#endif
