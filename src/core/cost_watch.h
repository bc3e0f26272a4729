/*
 * Holds jobs back whose cost policy does not accept the network as it is now.
 *
 * The system is asked on a thread of its own, and asked again every 30 s while a job with a policy
 * wants to run. The setting NetworkCost (an NLM_CONNECTION_COST) takes the place of its answer.
 * Engine thread only.
 */
#ifndef DOSVC_CORE_COST_WATCH_H
#define DOSVC_CORE_COST_WATCH_H

#include "core/job.h"

/* Sets job->held, and puts the job into JOB_TRANSIENT_ERROR when that begins. Returns when to look
 * again. The caller holds engine_lock. */
UINT64 cost_watch_locked(struct job *job, UINT64 now);
/* After a round of cost_watch_locked, with no lock held: asks the system if that is due. */
void cost_watch_refresh(UINT64 now);

#endif
