/*
 * A job of the table follows what its row says since another process changed it. Observers are
 * told as if it had happened here. The caller holds engine_lock, and nobody changes the job.
 */
#ifndef DOSVC_CORE_FOLLOW_H
#define DOSVC_CORE_FOLLOW_H

#include "core/recall.h"

/* Nothing changes, and that is no failure, where this process knows more than was read.
 * MERGE_E_GAP and E_OUTOFMEMORY as merge_job_locked. What is replaced goes with `from`. A job that
 * is over is still in the table. */
HRESULT follow_locked(struct job *job, const struct recalled *from);

/* To a state by moves that the table of states allows: what ran in between did so for observers,
 * too. */
void follow_state_to_locked(struct job *job, enum job_state state);

#endif
