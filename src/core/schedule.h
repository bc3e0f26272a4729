/*
 * What runs: which files get a transfer, which transfers must stop, whose time is over. All on the
 * engine thread but schedule_has_work_locked.
 */
#ifndef DOSVC_CORE_SCHEDULE_H
#define DOSVC_CORE_SCHEDULE_H

#include "core/job.h"
#include "core/runner.h"

/* Looks at the jobs that changed or whose time has come; returns the clock_now() of the next look,
 * CLOCK_NEVER if only a change makes one necessary. */
UINT64 schedule_look(struct runner *runner);
/* True while some job wants to run. The caller holds engine_lock. */
bool schedule_has_work_locked(void);

#endif
