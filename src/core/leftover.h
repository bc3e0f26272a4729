/*
 * Jobs that ended although something of them is still there. Whoever ended one removes that and
 * then its row; if it dies in between, another process that has the queue open does it
 * (core/sweep). The keeper's thread only, no lock held.
 */
#ifndef DOSVC_CORE_LEFTOVER_H
#define DOSVC_CORE_LEFTOVER_H

#include "core/job.h"

/* A final row was read. Takes a reference; the job is of no table. */
void leftover_note(struct job *job);
/* Its row is gone. */
void leftover_gone(enum job_face face, const GUID *id);
/* Sweeps those that nobody has held for a while. */
void leftover_turn(UINT64 now);
/* The queue closes. */
void leftover_forget(void);

#endif
