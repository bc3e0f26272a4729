/*
 * A file whose every byte came, and which is no good after all.
 */
#ifndef DOSVC_CORE_REJECT_H
#define DOSVC_CORE_REJECT_H

#include "core/job.h"

/* It is to be fetched anew: a job that runs or is transferred goes into JOB_ERROR with `failure`,
 * and Resume fetches it; another one only forgets what it has. E_PENDING: the file is not complete.
 * INVALID_STATE: what a stream took cannot be taken back, or the job is over. `busy`: the caller
 * has claimed the job with operation_begin. No lock held; waits for the store. */
HRESULT reject_file(struct file *file, const struct failure_info *failure, const char *detail,
                    bool busy);

#endif
