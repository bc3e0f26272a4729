/*
 * What happens to a job, as its transfers would make it happen: the same moves, events and rules
 * (core/job, core/range_request), but when somebody says so.
 *
 * A move that no transfer could make is E_NOT_VALID_STATE, and a file that the job does not have
 * E_INVALIDARG; nothing has changed then. No function here calls a client: it leaves that to the
 * job's observer. Threads: any, no lock held.
 */
#ifndef DOSVC_FAKE_SCRIPT_H
#define DOSVC_FAKE_SCRIPT_H

#include "core/engine.h"

#define SCRIPT_NO_FILE SIZE_MAX

/* A queued job connects. */
HRESULT script_connect(struct job *job);
/* So many bytes of a running job's file are here, of `total` (UINT64_MAX: as known before). */
HRESULT script_receive(struct job *job, size_t index, UINT64 bytes, UINT64 total);
/* All bytes of the file are here, or of every file that is not done. The last one ends the
 * transfer. */
HRESULT script_finish_file(struct job *job, size_t index);
HRESULT script_finish(struct job *job);

struct script_error
{
    HRESULT code;
    HRESULT extended;     /* the cause behind it, or S_OK */
    unsigned int context; /* BG_ERROR_CONTEXT */
    size_t file;          /* whose it is, or SCRIPT_NO_FILE */
};
/* Into JOB_ERROR, or JOB_TRANSIENT_ERROR. */
HRESULT script_fail(struct job *job, enum job_state state, const struct script_error *error);

/* Something about the job changed. */
HRESULT script_modify(struct job *job);

#endif
