#include "fake/script.h"

#include "base/clock.h"
#include "core/job.h"
#include "core/lock.h"
#include "core/range_request.h"

#define HTTP_ERRORS 0x80190000u /* with the status in the low word */

/* A running job transfers from now on. */
static HRESULT transfer_locked(struct job *job)
{
    if (!job_runs_locked(job))
        return E_NOT_VALID_STATE;
    if (job->state != JOB_TRANSFERRING)
        job_move_locked(job, JOB_TRANSFERRING);
    return S_OK;
}

HRESULT script_connect(struct job *job)
{
    HRESULT hr = S_OK;

    lock_take(&engine_lock);
    if (job->state != JOB_QUEUED && job->state != JOB_TRANSIENT_ERROR)
        hr = E_NOT_VALID_STATE;
    else
        job_move_locked(job, JOB_CONNECTING);
    lock_drop(&engine_lock);
    return hr;
}

static void tell_bytes_locked(struct job *job)
{
    UINT64 now = clock_now();

    if (now - job->told_at < job->numbers[JOB_MIN_NOTIFY_INTERVAL])
        return;
    job->told_at = now;
    job_touch_locked(job);
}

HRESULT script_receive(struct job *job, size_t index, UINT64 bytes, UINT64 total)
{
    struct file *file;
    HRESULT hr = E_INVALIDARG;

    lock_take(&engine_lock);
    file = index < job->file_count ? job->files[index] : NULL;
    if (file && total == UINT64_MAX)
        total = file->total;
    if (file && bytes <= total)
        hr = file->phase == FILE_DONE ? E_NOT_VALID_STATE : transfer_locked(job);
    if (SUCCEEDED(hr))
    {
        file->total = total;
        if (!file->range_count)
            file->remote = total;
        file->body_bytes += bytes > file->received ? bytes - file->received : 0;
        file->received = file->front = bytes;
        tally_file_locked(file);
        range_requests_tell_locked(file);
        tell_bytes_locked(job);
    }
    lock_drop(&engine_lock);
    return hr;
}

/* A download's file is in place before that is told, as a job's is after Complete. */
static void finish_locked(struct file *file)
{
    if (file->total == UINT64_MAX)
        file->total = file->received;
    file->body_bytes += file->total - file->received;
    file->received = file->front = file->total;
    tally_file_locked(file);
    if (file->job->face == JOB_FACE_DOWNLOAD)
        file->in_place = true;
    range_requests_tell_locked(file);
    job_file_done_locked(file);
}

HRESULT script_finish_file(struct job *job, size_t index)
{
    HRESULT hr = E_INVALIDARG;

    lock_take(&engine_lock);
    if (index < job->file_count)
        hr = job->files[index]->phase == FILE_DONE ? E_NOT_VALID_STATE : transfer_locked(job);
    if (SUCCEEDED(hr))
        finish_locked(job->files[index]);
    lock_drop(&engine_lock);
    return hr;
}

HRESULT script_finish(struct job *job)
{
    HRESULT hr;
    size_t i;

    lock_take(&engine_lock);
    hr = transfer_locked(job);
    for (i = 0; SUCCEEDED(hr) && i < job->file_count; i++)
        if (job->files[i]->phase != FILE_DONE)
            finish_locked(job->files[i]);
    lock_drop(&engine_lock);
    return hr;
}

static struct failure_info failure_of(HRESULT code)
{
    struct failure_info failure = {.kind = FAILURE_INTERNAL, .hr = (uint32_t)code};

    if (((uint32_t)code & 0xffff0000u) == HTTP_ERRORS)
    {
        failure.kind = FAILURE_HTTP_STATUS;
        failure.http_status = (uint32_t)code & 0xffffu;
    }
    return failure;
}

HRESULT script_fail(struct job *job, enum job_state state, const struct script_error *error)
{
    const struct failure_info failure = failure_of(error->code);
    struct file *file;
    HRESULT hr = S_OK;

    lock_take(&engine_lock);
    file = error->file < job->file_count ? job->files[error->file] : NULL;
    if (!file && error->file != SCRIPT_NO_FILE)
        hr = E_INVALIDARG;
    else if (!job_state_may_move(job->state, state))
        hr = E_NOT_VALID_STATE;
    else
    {
        job_fail_locked(job, state, &failure, NULL, file, NULL);
        job->error.code = error->code; /* as told, whatever the dialect makes of it */
        job->error.extended = error->extended;
        job->error.context = error->context;
    }
    lock_drop(&engine_lock);
    return hr;
}

HRESULT script_modify(struct job *job)
{
    HRESULT hr = S_OK;

    lock_take(&engine_lock);
    if (job_state_is_final(job->state))
        hr = E_NOT_VALID_STATE;
    else
        job_touch_locked(job);
    lock_drop(&engine_lock);
    return hr;
}
