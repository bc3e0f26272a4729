#include "core/operation.h"

#include "base/log.h"
#include "core/change.h"
#include "core/claim.h"
#include "core/judge.h"
#include "core/keeper.h"
#include "core/lock.h"
#include "core/log_name.h"
#include "core/record_names.h"
#include "core/runner.h"
#include "core/table.h"
#include "io/partfile.h"

#define CLOSE_LIMIT_MS 10000 /* real time that a client waits for its job's files to close */
#define BUSY_LIMIT_MS 60000  /* ... and for another client's Complete or Cancel */

/* ---- having the job for oneself ---- */

/* Not in the middle of a change: who decided to add a file finds nobody busy until it is added. */
static HRESULT make_busy(struct job *job)
{
    UINT64 start = GetTickCount64();
    HRESULT hr = S_OK;

    lock_take(&engine_lock);
    while ((job->busy || job->changing) && GetTickCount64() - start < BUSY_LIMIT_MS)
        lock_wait(&engine_lock, &engine_changed, 1000);
    if (job->busy || job->changing)
        hr = HRESULT_FROM_WIN32(ERROR_BUSY);
    else if (job_state_is_final(job->state))
        hr = job_hr(job, FAILURE_INVALID_STATE);
    else
        job->busy = true;
    lock_drop(&engine_lock);
    runner_wake();
    return hr;
}

HRESULT operation_begin(struct job *job)
{
    HRESULT hr = make_busy(job);

    if (SUCCEEDED(hr) && FAILED(hr = claim_wait(job)))
        operation_end(job);
    return hr;
}

void operation_end(struct job *job)
{
    lock_take(&engine_lock);
    job->busy = false;
    line_note_locked(job);
    keeper_note_job_locked(job);
    lock_drop(&engine_lock);
    WakeAllConditionVariable(&engine_changed);
    runner_wake();
}

bool operation_wait_closed(struct job *job)
{
    UINT64 start = GetTickCount64();
    bool closed;

    lock_take(&engine_lock);
    while (!(closed = !job->transfers && !job->storing && !job->failing) &&
           GetTickCount64() - start < CLOSE_LIMIT_MS)
        lock_wait(&engine_lock, &engine_changed, 1000);
    lock_drop(&engine_lock);
    return closed;
}

/* ---- the end ---- */

/* What a file that nobody gets, once the job is over with that state, leaves on disk; or NULL. A
 * job's file that is in place was acknowledged, a download's only by Finalize. */
static const WCHAR *remains_of(const struct file *file, enum job_state end)
{
    const struct job *job = file->job;

    if (file->in_place)
        return job->face == JOB_FACE_DOWNLOAD && end == JOB_CANCELLED ? file->texts[FILE_LOCAL_NAME]
                                                                      : NULL;
    return file->part_made || (file->recalled && job->resumed) ? file->texts[FILE_TEMPORARY_NAME]
                                                               : NULL;
}

bool operation_delete_files(struct job *job)
{
    bool deleted = true;
    struct file *file;
    size_t i;

    for (i = 0; (file = engine_file(job, i)); i++)
    {
        const WCHAR *path = remains_of(file, job->state);
        HRESULT hr = path ? partfile_delete(path) : S_OK;

        if (FAILED(hr))
            WARN("%s: what is left of it stays, %s", LOG_FILE(file), LOG_CODE(hr));
        deleted = deleted && SUCCEEDED(hr);
    }
    return deleted;
}

static bool leaves_files(struct job *job, enum job_state end)
{
    struct file *file;
    size_t i;

    for (i = 0; (file = engine_file(job, i)); i++)
        if (remains_of(file, end))
            return true;
    return false;
}

struct ending
{
    enum job_state state;
    bool keep_row;
};

static HRESULT decide_end(struct change *change, void *context)
{
    const struct job *job = change->job;
    struct ending *ending = context;

    if (job_state_is_final(job->state))
        return job_hr(job, FAILURE_INVALID_STATE);
    change->row.state = record_state(ending->state);
    change->row.claimant = 0;
    if (ending->keep_row)
        change_job_locked(change);
    else
        change_remove_locked(change);
    return S_OK;
}

static void publish_end(struct change *change, void *context)
{
    const struct ending *ending = context;
    struct job *job = change->job;

    job->claimant = 0;
    job_move_locked(job, ending->state);
    table_remove_locked(job);
}

static const struct change_plan end_plan = {decide_end, publish_end};

static HRESULT decide_removal(struct change *change, void *context)
{
    (void)context;
    change_remove_locked(change);
    return S_OK;
}

static void publish_nothing(struct change *change, void *context)
{
    (void)change;
    (void)context;
}

static const struct change_plan removal_plan = {decide_removal, publish_nothing};

HRESULT operation_end_job(struct job *job, enum job_state state)
{
    struct ending ending = {.state = state, .keep_row = leaves_files(job, state)};
    HRESULT hr = change_run(job, &end_plan, &ending);

    if (FAILED(hr))
        return hr;
    judge_forget(job);
    if (ending.keep_row)
    {
        if (!operation_delete_files(job))
            hr = S_UNABLE_TO_DELETE_FILES;
        else if (FAILED(change_run(job, &removal_plan, NULL)))
            WARN("%s: it is over, but its row stays until the next start", LOG_JOB(job));
    }
    job_release(job); /* the table's */
    return hr;
}
