/*
 * What clients order a job to do: resume, suspend, cancel. The state moves while the client
 * waits; the transfers follow on the engine thread.
 */
#include "core/engine.h"

#include "base/log.h"
#include "core/change.h"
#include "core/claim.h"
#include "core/keeper.h"
#include "core/lock.h"
#include "core/log_name.h"
#include "core/operation.h"
#include "core/record_names.h"
#include "core/runner.h"

static HRESULT verdict_hr(const struct job *job, enum job_verdict verdict)
{
    switch (verdict)
    {
    case VERDICT_OK:
        return S_OK;
    case VERDICT_NOOP:
        return S_FALSE;
    case VERDICT_EMPTY:
        return job_hr(job, FAILURE_EMPTY);
    default:
        return job_hr(job, FAILURE_INVALID_STATE);
    }
}

/* ---- resume ---- */

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
}

/* What a file that is still to be fetched lacks. */
static enum failure missing_locked(const struct job *job)
{
    size_t i;

    for (i = 0; i < job->file_count; i++)
    {
        const struct file *file = job->files[i];

        if (file->phase == FILE_DONE || file->phase == FILE_STORING)
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
    if (verdict == VERDICT_OK && job->tally.files_done == job->file_count &&
        (!job->file_count || job->state == JOB_TRANSFERRED))
        return VERDICT_EMPTY; /* no files, or none that is not here yet */
    return verdict;
}

static HRESULT decide_resume(struct change *change, void *context)
{
    const struct job *job = change->job;
    enum failure missing;
    HRESULT hr = verdict_hr(job, resume_verdict_locked(job));

    (void)context;
    if (hr != S_OK)
        return hr;
    if ((missing = missing_locked(job)) != FAILURE_NONE)
        return job_hr(job, missing);
    change->row.resumed = true;
    change->row.state = record_state(JOB_QUEUED);
    change_job_locked(change);
    if (job->tally.files_done == job->file_count)
    {
        change->row.state = record_state(JOB_TRANSFERRED);
        change->row.completed = change->row.modified;
    }
    return S_OK;
}

struct resume
{
    bool has_byte; /* of a job that was not this process's */
    bool starts;
};

static void publish_resume(struct change *change, void *context)
{
    struct resume *resume = context;
    struct job *job = change->job;
    bool first;

    forget_failures_locked(job);
    first = resume->has_byte && !job->resumed;
    job->resumed = true;
    job_move_locked(job, JOB_QUEUED);
    /* its last file may have ended while Suspend or a time limit was on its way */
    if (job->tally.files_done == job->file_count)
        job_move_locked(job, JOB_TRANSFERRED);
    else if (first)
    {
        claim_adopt_locked(job);
        resume->has_byte = false;
    }
    else
        claim_ask_locked(job);
    resume->starts = job->mine; /* else once it is: core/claim */
}

static const struct change_plan resume_plan = {decide_resume, publish_resume};

HRESULT engine_resume_job(struct job *job)
{
    HRESULT hr = runner_hold();
    struct resume resume = {.has_byte = false};

    if (FAILED(hr))
        return hr;
    resume.has_byte = claim_first(job);
    hr = change_run(job, &resume_plan, &resume);
    if (resume.has_byte)
        claim_give_back(job);
    if (resume.starts)
        runner_note();
    runner_drop();
    return hr == S_FALSE ? S_OK : hr;
}

/* ---- suspend ---- */

static HRESULT decide_suspend(struct change *change, void *context)
{
    HRESULT hr = verdict_hr(change->job, job_call_verdict(CALL_SUSPEND, change->job->state));

    (void)context;
    if (hr == S_OK)
    {
        change->row.state = record_state(JOB_SUSPENDED);
        change_job_locked(change);
    }
    return hr;
}

static void publish_suspend(struct change *change, void *context)
{
    (void)context;
    job_move_locked(change->job, JOB_SUSPENDED);
    keeper_note_job_locked(change->job);
}

static const struct change_plan suspend_plan = {decide_suspend, publish_suspend};

HRESULT engine_suspend_job(struct job *job)
{
    HRESULT hr = change_run(job, &suspend_plan, NULL);

    runner_wake();
    return hr == S_FALSE ? S_OK : hr;
}

/* ---- cancel ---- */

HRESULT engine_cancel_job(struct job *job)
{
    HRESULT hr;

    if (FAILED(hr = operation_begin(job)))
        return hr;
    if (!operation_wait_closed(job))
        WARN("%s: cancelled while a file of it is still open", LOG_JOB(job));
    hr = operation_end_job(job, JOB_CANCELLED);
    operation_end(job);
    return hr;
}
