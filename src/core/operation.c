/*
 * What clients order a job to do: resume, suspend, cancel, complete.
 *
 * The state moves while the client waits; the transfers follow on the engine thread. Cancel and
 * Complete then wait, without any lock and with a limit, until the files are closed.
 */
#include "core/log_name.h"
#include "core/engine.h"

#include "base/clock.h"
#include "base/log.h"
#include "core/job.h"
#include "core/judge.h"
#include "core/lock.h"
#include "core/runner.h"
#include "core/table.h"
#include "io/partfile.h"
#include "io/memory_store.h"

#define CLOSE_LIMIT_MS 10000 /* real time that a client waits for its job's files to close */
#define IN_USE_LIMIT_MS 2000 /* real time that a target somebody has open is waited for */
#define IN_USE_AGAIN_MS 100
#define BUSY_LIMIT_MS 60000 /* ... and for another client's Complete or Cancel */

static HRESULT commit(const struct job *job, enum store_verb verb)
{
    const struct store_change change = {.verb = verb, .job = job->id};

    return store_commit(&change, 1);
}

static HRESULT verdict_hr(const struct job *job, enum job_verdict verdict)
{
    switch (verdict)
    {
    case VERDICT_OK:
    case VERDICT_NOOP:
        return S_OK;
    case VERDICT_EMPTY:
        return job_hr(job, FAILURE_EMPTY);
    default:
        return job_hr(job, FAILURE_INVALID_STATE);
    }
}

/* Puts every file that failed or waits for a retry back in line. */
static void forget_failures_locked(struct job *job)
{
    size_t i;

    for (i = 0; i < job->file_count; i++)
    {
        struct file *file = job->files[i];

        retry_init(&file->retry);
        if (file->phase == FILE_BACKOFF)
            file->phase = FILE_WAITING;
    }
    job->cursor = 0;
}

/* What a file that is still to be fetched lacks. */
static enum failure missing_locked(const struct job *job)
{
    size_t i;

    for (i = 0; i < job->file_count; i++)
    {
        const struct file *file = job->files[i];

        if (file->phase == FILE_DONE)
            continue;
        if (!file->stream && !file->texts[FILE_LOCAL_NAME])
            return FAILURE_NO_SINK;
        if (file->mandatory && !file->texts[FILE_INTEGRITY_INFO])
            return FAILURE_INTEGRITY_UNSPECIFIED;
    }
    return FAILURE_NONE;
}

static enum job_verdict resume_verdict_locked(const struct job *job)
{
    enum job_verdict verdict = job_call_verdict(CALL_RESUME, job->state);

    if (job->busy)
        return VERDICT_INVALID_STATE;
    if (verdict == VERDICT_OK && job->files_done == job->file_count &&
        (!job->file_count || job->state == JOB_TRANSFERRED))
        return VERDICT_EMPTY; /* no files, or none that is not here yet */
    return verdict;
}

HRESULT engine_resume_job(struct job *job)
{
    enum job_verdict verdict;
    enum failure missing;
    HRESULT hr;

    if (FAILED(hr = runner_hold()))
        return hr;
    lock_take(&store_lock);
    lock_take_shared(&engine_lock);
    verdict = resume_verdict_locked(job);
    missing = missing_locked(job);
    lock_drop_shared(&engine_lock);
    hr = verdict == VERDICT_OK && missing != FAILURE_NONE ? job_hr(job, missing)
                                                          : verdict_hr(job, verdict);
    if (verdict == VERDICT_OK && SUCCEEDED(hr) && SUCCEEDED(hr = commit(job, STORE_PUT_JOB)))
    {
        lock_take(&engine_lock);
        verdict = resume_verdict_locked(job);
        if (verdict == VERDICT_INVALID_STATE) /* claimed or ended by another client meanwhile */
            hr = verdict_hr(job, verdict);
        if (verdict == VERDICT_OK)
        {
            forget_failures_locked(job);
            job->resumed = true;
            job_move_locked(job, JOB_QUEUED);
            /* its last file may have ended while Suspend or a time limit was on its way */
            if (job->files_done == job->file_count)
                job_move_locked(job, JOB_TRANSFERRED);
        }
        lock_drop(&engine_lock);
    }
    lock_drop(&store_lock);
    runner_drop();
    return hr;
}

HRESULT engine_suspend_job(struct job *job)
{
    enum job_verdict verdict;
    HRESULT hr;

    lock_take(&store_lock);
    lock_take_shared(&engine_lock);
    verdict = job_call_verdict(CALL_SUSPEND, job->state);
    lock_drop_shared(&engine_lock);
    hr = verdict_hr(job, verdict);
    if (verdict == VERDICT_OK && SUCCEEDED(hr = commit(job, STORE_PUT_JOB)))
    {
        lock_take(&engine_lock);
        /* It may have finished or failed meanwhile; that counts as suspended. */
        if (job_call_verdict(CALL_SUSPEND, job->state) == VERDICT_OK)
            job_move_locked(job, JOB_SUSPENDED);
        lock_drop(&engine_lock);
    }
    lock_drop(&store_lock);
    runner_wake();
    return hr;
}

/* Claims the job for an operation that waits. The engine starts nothing for a busy job, and stops
 * what runs. */
static HRESULT make_busy(struct job *job)
{
    UINT64 start = GetTickCount64();
    HRESULT hr = S_OK;

    lock_take(&engine_lock);
    while (job->busy && GetTickCount64() - start < BUSY_LIMIT_MS)
        lock_wait(&engine_lock, &engine_changed, 1000);
    if (job->busy)
        hr = HRESULT_FROM_WIN32(ERROR_BUSY);
    else if (job_state_is_final(job->state))
        hr = job_hr(job, FAILURE_INVALID_STATE);
    else
        job->busy = true;
    lock_drop(&engine_lock);
    runner_wake();
    return hr;
}

static void end_busy(struct job *job)
{
    lock_take(&engine_lock);
    job->busy = false;
    line_note_locked(job);
    lock_drop(&engine_lock);
    WakeAllConditionVariable(&engine_changed);
    runner_wake();
}

/* False: a file is still open when the limit is reached. */
static bool wait_until_closed(struct job *job)
{
    UINT64 start = GetTickCount64();
    bool closed;

    lock_take(&engine_lock);
    while (job->transfers && GetTickCount64() - start < CLOSE_LIMIT_MS)
        lock_wait(&engine_lock, &engine_changed, 1000);
    closed = !job->transfers;
    lock_drop(&engine_lock);
    return closed;
}

/* What a file that nobody will get left on disk. The job is busy and has no transfer, so nobody
 * else changes the names. A job's file that is in place was acknowledged; a download's was not. */
static bool delete_part(struct file *file)
{
    const WCHAR *path = file->texts[FILE_TEMPORARY_NAME];

    if (file->in_place && file->job->face == JOB_FACE_DOWNLOAD)
        path = file->texts[FILE_LOCAL_NAME];
    else if (file->in_place || !file->part_made)
        return true;
    return SUCCEEDED(partfile_delete(path));
}

/* The job is over: the row goes, the state is published, the table lets go. */
static HRESULT end_job(struct job *job, enum job_state state)
{
    HRESULT hr;

    lock_take(&store_lock);
    if (SUCCEEDED(hr = commit(job, STORE_REMOVE_JOB)))
    {
        lock_take(&engine_lock);
        job_move_locked(job, state);
        table_remove_locked(job);
        lock_drop(&engine_lock);
    }
    lock_drop(&store_lock);
    if (SUCCEEDED(hr))
    {
        judge_forget(job);
        job_release(job);
    }
    return hr;
}

HRESULT engine_cancel_job(struct job *job)
{
    bool deleted = true;
    HRESULT hr;
    size_t i;

    if (FAILED(hr = make_busy(job)))
        return hr;
    deleted = wait_until_closed(job);
    if (SUCCEEDED(hr = end_job(job, JOB_CANCELLED)))
    {
        for (i = 0; deleted && i < job->file_count; i++)
            deleted = delete_part(job->files[i]);
        if (!deleted)
            hr = S_UNABLE_TO_DELETE_FILES;
    }
    end_busy(job);
    return hr;
}

/* Renames one finished file into place; what went to a stream is there already. The part file's
 * name stays known until it is gone, so that a failed rename can be tried again. */
static HRESULT put_in_place(struct file *file)
{
    UINT64 start = GetTickCount64();
    HRESULT hr = S_OK;

    while (!file->stream)
    {
        hr = partfile_rename(file->texts[FILE_TEMPORARY_NAME], file->texts[FILE_LOCAL_NAME]);
        if (!partfile_is_in_use(hr) || GetTickCount64() - start >= IN_USE_LIMIT_MS)
            break;
        lock_take(&engine_lock);
        lock_wait(&engine_lock, &engine_changed, IN_USE_AGAIN_MS);
        lock_drop(&engine_lock);
    }
    if (FAILED(hr))
    {
        WARN("%s: not put in place, %s", LOG_FILE(file), LOG_CODE(hr));
        return hr;
    }
    lock_take(&engine_lock);
    file->in_place = true;
    lock_drop(&engine_lock);
    return S_OK;
}

HRESULT engine_complete_job(struct job *job)
{
    bool partial = false;
    HRESULT hr;
    size_t i;

    if (FAILED(hr = make_busy(job)))
        return hr;
    if (!wait_until_closed(job))
        hr = HRESULT_FROM_WIN32(ERROR_BUSY);
    for (i = 0; SUCCEEDED(hr) && i < job->file_count; i++)
        if (job->files[i]->phase == FILE_DONE && !job->files[i]->in_place)
            hr = put_in_place(job->files[i]);
    if (SUCCEEDED(hr))
        hr = end_job(job, JOB_ACKNOWLEDGED);
    for (i = 0; SUCCEEDED(hr) && i < job->file_count; i++)
    {
        if (job->files[i]->phase == FILE_DONE)
            continue;
        partial = true;
        delete_part(job->files[i]);
    }
    end_busy(job);
    return SUCCEEDED(hr) && partial ? S_PARTIAL_COMPLETE : hr;
}
