/*
 * A job that another process changed, brought up to date.
 */
#ifndef DOSVC_CORE_MERGE_H
#define DOSVC_CORE_MERGE_H

#include "core/job.h"

/* Files before a new one are known to neither: the whole job has to be recalled. */
#define MERGE_E_GAP HRESULT_FROM_WIN32(ERROR_MORE_DATA)

/* Takes over from `from`, a recalled job, what other processes' clients decided: properties, what
 * is said of files, files that are new, the revision, times, the count of errors. `progress`: also
 * how far the files are, those without a transfer; for a job that does not run here. State and
 * error are left to the caller. What is replaced is from's afterwards: release it once the lock is
 * dropped. On failure (E_OUTOFMEMORY, MERGE_E_GAP) nothing changed. The caller holds engine_lock
 * and has claimed the job. */
HRESULT merge_job_locked(struct job *job, struct job *from, bool progress);

#endif
