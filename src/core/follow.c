#include "core/follow.h"

#include "base/clock.h"
#include "base/mem.h"
#include "core/keeper.h"
#include "core/merge.h"
#include "core/range_request.h"

/* ---- states ---- */

static bool is_passing(enum job_state state)
{
    return state == JOB_QUEUED || state == JOB_CONNECTING || state == JOB_TRANSFERRING ||
           state == JOB_TRANSIENT_ERROR;
}

static void take_error_locked(struct job *job, const struct recalled *from)
{
    job->error = from->job->error;
    job->error_cause = from->job->error_cause;
    job->error.file = NULL;
    if (from->error_file >= 0 && (UINT64)from->error_file < job->file_count)
        job->error.file = job->files[from->error_file];
}

/* The same state as before, but the job has left it and come back. */
static bool came_back(const struct job *job, const struct recalled *from)
{
    const struct job *read = from->job;

    if (read->state != job->state || read->revision == job->revision)
        return false;
    if (job->state == JOB_TRANSFERRED)
        return CompareFileTime(&read->transfer_completion, &job->transfer_completion) != 0;
    return job->state == JOB_ERROR && read->error_count != job->error_count;
}

/* By the moves that the table allows: a job that ran in between did so for observers, too. */
void follow_state_to_locked(struct job *job, enum job_state to)
{
    if (job->state != to && !job_state_may_move(job->state, to))
        job_move_locked(job, JOB_QUEUED);
    job_move_locked(job, to);
}

/* ---- one job ---- */

static void tell_files_locked(struct job *job, const bool *done, size_t count)
{
    size_t i;

    for (i = 0; i < job->file_count; i++)
    {
        const struct job_event event = {.what = JOB_EVENT_FILE_TRANSFERRED, .file_index = i};

        if (job->files[i]->phase != FILE_DONE)
            range_requests_tell_locked(job->files[i]);
        else if ((i >= count || !done[i]) && job->observer)
            job->observer->notify(job->observer, &event);
    }
}

/* NULL without memory. */
static bool *which_are_done_locked(const struct job *job)
{
    bool *done = mem_array_alloc(job->file_count, sizeof(*done));
    size_t i;

    for (i = 0; done && i < job->file_count; i++)
        done[i] = job->files[i]->phase == FILE_DONE;
    return done;
}

/* What its row says, followed; merged already. */
static void follow_state_locked(struct job *job, const struct recalled *from, bool newer)
{
    const enum job_state to = from->job->state;
    const FILETIME modified = job->modification, completed = job->transfer_completion;

    if (to == JOB_ERROR || to == JOB_TRANSIENT_ERROR)
        take_error_locked(job, from);
    if (!is_passing(to))
        follow_state_to_locked(job, to);
    else if (newer && !job_runs_locked(job))
        follow_state_to_locked(job, JOB_QUEUED);
    if (is_passing(to) && !job->mine && job_runs_locked(job))
        follow_state_to_locked(job, to);
    job->modification = modified;
    job->transfer_completion = completed;
}

static bool is_told_locked(struct job *job, bool newer)
{
    UINT64 now = clock_now();

    if (!newer && now - job->told_at < job->numbers[JOB_MIN_NOTIFY_INTERVAL])
        return false;
    job->told_at = now;
    return true;
}

HRESULT follow_locked(struct job *job, const struct recalled *from)
{
    const bool newer = from->job->revision > job->revision;
    const UINT64 flags = job->numbers[JOB_NOTIFY_FLAGS];
    const bool back = came_back(job, from);
    const size_t count = job->file_count;
    bool *done;
    HRESULT hr;

    if (job_state_is_final(job->state) || from->job->revision < job->revision ||
        (!newer && job->mine))
        return S_OK; /* we know more */
    if (!(done = which_are_done_locked(job)))
        return E_OUTOFMEMORY;
    if (SUCCEEDED(hr = merge_job_locked(job, from->job, !job->mine)))
    {
        tell_files_locked(job, done, count);
        if (back)
            follow_state_to_locked(job, JOB_QUEUED);
        follow_state_locked(job, from, newer);
        if (job->numbers[JOB_NOTIFY_FLAGS] != flags)
            job_tell_locked(job, JOB_EVENT_FLAGS);
        if (!job_state_is_final(job->state) && is_told_locked(job, newer))
            job_tell_locked(job, JOB_EVENT_MODIFICATION);
        job->stale = false;
        keeper_note_job_locked(job); /* it may have to be let go, or run */
    }
    mem_free(done);
    return hr;
}
