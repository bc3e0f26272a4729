/*
 * What processes that died, or left, have left behind: jobs that are to run and that nobody runs,
 * orders to let go of a job for one who wants it no more, jobs of which only files are left
 * (core/leftover), and streams that nobody reads (core/stranded). The keeper's thread only, no lock
 * held.
 */
#ifndef DOSVC_CORE_ORPHAN_H
#define DOSVC_CORE_ORPHAN_H

#include "core/job.h"

/* Looks, when it is time: a job whose byte has been free for a second, or at once when there is no
 * other process, is taken (core/claim). Returns when to be called again, in ticks of
 * GetTickCount64. */
UINT64 orphan_turn(void);
/* The queue closes. */
void orphan_forget(void);

#endif
