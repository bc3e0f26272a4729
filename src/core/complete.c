/*
 * Complete: what is finished goes into place, and the job is over.
 *
 * A crash at any moment finds what happened: rows first say that the renames are about to happen
 * (core/load looks on the disk then), and a job that is over keeps its row until no file of it
 * is left that nobody gets.
 */
#include "core/engine.h"

#include "base/log.h"
#include "core/change.h"
#include "core/load.h"
#include "core/lock.h"
#include "core/log_name.h"
#include "core/operation.h"
#include "core/reject.h"
#include "io/partfile.h"

#define IN_USE_LIMIT_MS 2000 /* real time that a target somebody has open is waited for */
#define IN_USE_AGAIN_MS 100

static bool waits_for_its_place(const struct file *file)
{
    return file->phase == FILE_DONE && !file->in_place;
}

/* ---- rows about renames ---- */

static HRESULT decide_placing(struct change *change, void *context)
{
    const struct job *job = change->job;
    size_t i;

    (void)context;
    if (job_state_is_final(job->state))
        return job_hr(job, FAILURE_INVALID_STATE);
    change_touch_locked(change);
    for (i = 0; i < job->file_count; i++)
        if (waits_for_its_place(job->files[i]) && job->files[i]->texts[FILE_LOCAL_NAME])
            change_progress_locked(change, job->files[i])->phase = STORE_PLACING;
    return change->request.count > 1 ? S_OK : S_FALSE;
}

static HRESULT decide_placed(struct change *change, void *context)
{
    const struct job *job = change->job;
    size_t i;

    (void)context;
    change_touch_locked(change);
    for (i = 0; i < job->file_count; i++)
        if (job->files[i]->phase == FILE_DONE)
            change_progress_locked(change, job->files[i]);
    return S_OK;
}

static void publish_nothing(struct change *change, void *context)
{
    (void)change;
    (void)context;
}

static const struct change_plan placing_plan = {decide_placing, publish_nothing};
static const struct change_plan placed_plan = {decide_placed, publish_nothing};

/* ---- renames ---- */

/* A part file that this process has not seen may have been deleted or cut since. */
static bool is_lost(struct file *file)
{
    UINT64 size;
    HRESULT hr;

    if (file->renaming)
        load_settle_rename(file);
    if (!file->recalled || !waits_for_its_place(file) || !file->texts[FILE_LOCAL_NAME])
        return false;
    hr = partfile_size_at(file->texts[FILE_TEMPORARY_NAME], &size);
    return hr == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND) ||
           (SUCCEEDED(hr) && size != file->received);
}

static HRESULT give_up(struct file *file)
{
    const struct failure_info gone = {.kind = FAILURE_PART_FILE_GONE};
    HRESULT hr = reject_file(file, &gone, "the part file is gone or was changed", true);

    WARN("%s: its part file is gone or was changed", LOG_FILE(file));
    return FAILED(hr) ? hr : job_hr(file->job, FAILURE_PART_FILE_GONE);
}

static HRESULT look_for_losses(struct job *job)
{
    struct file *file;
    HRESULT hr = S_OK;
    size_t i;

    for (i = 0; SUCCEEDED(hr) && (file = engine_file(job, i)); i++)
        if (is_lost(file))
            hr = give_up(file);
    return hr;
}

/* Renames one finished file into place; what went to a stream is there already. The part file's
 * name stays known until it is gone, so that a failed rename can be tried again. */
static HRESULT put_in_place(struct file *file)
{
    UINT64 start = GetTickCount64();
    HRESULT hr = S_OK;

    while (file->texts[FILE_LOCAL_NAME])
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

static HRESULT put_all_in_place(struct job *job)
{
    struct file *file;
    HRESULT hr;
    size_t i;

    if (FAILED(hr = look_for_losses(job)) || FAILED(hr = change_run(job, &placing_plan, NULL)))
        return hr;
    for (i = 0; SUCCEEDED(hr) && (file = engine_file(job, i)); i++)
        if (waits_for_its_place(file) &&
            (hr = put_in_place(file)) == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND))
            hr = give_up(file);
    /* should this fail too, the next start looks on the disk */
    if (FAILED(hr))
        change_run(job, &placed_plan, NULL);
    return hr;
}

/* ---- the order ---- */

static bool is_partial(struct job *job)
{
    struct file *file;
    size_t i;

    for (i = 0; (file = engine_file(job, i)); i++)
        if (file->phase != FILE_DONE)
            return true;
    return false;
}

HRESULT engine_complete_job(struct job *job)
{
    bool partial = false;
    HRESULT hr;

    if (FAILED(hr = operation_begin(job)))
        return hr;
    if (!operation_wait_closed(job))
        hr = HRESULT_FROM_WIN32(ERROR_BUSY);
    if (SUCCEEDED(hr) && SUCCEEDED(hr = put_all_in_place(job)))
    {
        partial = is_partial(job);
        hr = operation_end_job(job, JOB_ACKNOWLEDGED);
    }
    operation_end(job);
    return SUCCEEDED(hr) ? partial ? S_PARTIAL_COMPLETE : S_OK : hr;
}
