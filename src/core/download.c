#include "core/download.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/log_name.h"
#include "core/job.h"
#include "core/lock.h"
#include "core/quota.h"
#include "core/runner.h"
#include "core/table.h"
#include "io/partfile.h"
#include "io/memory_store.h"
#include "model/limits.h"
#include "model/path.h"
#include "model/url.h"

static enum download_state state_locked(const struct job *job)
{
    switch (job->state)
    {
    case JOB_SUSPENDED:
        return job->resumed ? DOWNLOAD_PAUSED : DOWNLOAD_CREATED;
    case JOB_ERROR:
        return DOWNLOAD_PAUSED;
    case JOB_TRANSFERRED:
        return DOWNLOAD_TRANSFERRED;
    case JOB_ACKNOWLEDGED:
        return DOWNLOAD_FINALIZED;
    case JOB_CANCELLED:
        return DOWNLOAD_ABORTED;
    default:
        return DOWNLOAD_TRANSFERRING;
    }
}

static enum download_state state_of(struct job *job)
{
    enum download_state state;

    lock_take_shared(&engine_lock);
    state = state_locked(job);
    lock_drop_shared(&engine_lock);
    return state;
}

void download_status(struct job *job, struct download_status *status)
{
    const struct file *file = job->files[0]; /* fixed once created */

    lock_take_shared(&engine_lock);
    status->bytes_total = file->total == UINT64_MAX ? 0 : file->total;
    status->bytes_transferred = file->received;
    status->state = state_locked(job);
    status->error = S_OK;
    status->extended = S_OK;
    if (job->state == JOB_ERROR)
    {
        status->error = job->error.code;
        status->extended = job->error.extended;
    }
    lock_drop_shared(&engine_lock);
}

HRESULT download_create(struct job **out)
{
    const struct file_spec nothing = {.size = UINT64_MAX};
    struct store_change change = {.verb = STORE_PUT_JOB};
    struct job *job = NULL;
    struct file *file = NULL;
    HRESULT hr;

    if (FAILED(hr = job_create(JOB_FACE_DOWNLOAD, NULL, &job)))
        return hr;
    if (FAILED(hr = file_create(job, &nothing, &file)))
        goto done;
    if (!(job->files = mem_array_grow(NULL, &job->file_capacity, 1, sizeof(*job->files))))
    {
        hr = E_OUTOFMEMORY;
        goto done;
    }
    job->files[job->file_count++] = file;
    file = NULL;
    change.job = job->id;
    lock_take(&store_lock);
    if (SUCCEEDED(hr = quota_judge_jobs(DIALECT_DO)) && SUCCEEDED(hr = store_commit(&change, 1)))
    {
        lock_take(&engine_lock);
        table_add_locked(job);
        lock_drop(&engine_lock);
        *out = job;
        job = NULL;
    }
    lock_drop(&store_lock);

done:
    file_free(file);
    job_release(job);
    return hr;
}

/* ---- what is downloaded, and where to ---- */

HRESULT download_set_uri(struct job *job, const WCHAR *url)
{
    enum download_state state = state_of(job);

    if (state != DOWNLOAD_CREATED && state != DOWNLOAD_PAUSED)
        return job_hr(job, FAILURE_INVALID_STATE);
    return engine_set_remote_name(job->files[0], url);
}

static HRESULT commit_file(const struct job *job)
{
    const struct store_change change = {.verb = STORE_PUT_FILE, .job = job->id, .file = 0};

    return store_commit(&change, 1);
}

HRESULT download_set_path(struct job *job, const WCHAR *path)
{
    struct file *file = job->files[0];
    WCHAR *copy;
    HRESULT hr = S_OK;

    if (!path_is_acceptable((const uint16_t *)path))
        return E_INVALIDARG;
    if (!(copy = mem_wcsdup(path)))
        return E_OUTOFMEMORY;
    lock_take(&store_lock);
    if (state_of(job) != DOWNLOAD_CREATED)
        hr = job_hr(job, FAILURE_INVALID_STATE);
    else if (file->stream)
        hr = job_hr(job, FAILURE_SINK_ALREADY_SET);
    if (SUCCEEDED(hr) && SUCCEEDED(hr = commit_file(job)))
    {
        WCHAR *old;

        lock_take(&engine_lock);
        old = file->texts[FILE_LOCAL_NAME];
        file->texts[FILE_LOCAL_NAME] = copy;
        copy = old;
        job_touch_locked(job);
        lock_drop(&engine_lock);
    }
    lock_drop(&store_lock);
    mem_free(copy);
    return hr;
}

HRESULT download_set_stream(struct job *job, struct stream_sink *stream)
{
    struct file *file = job->files[0];
    struct stream_sink *old = NULL;
    HRESULT hr = S_OK;

    lock_take(&engine_lock);
    if (state_locked(job) != DOWNLOAD_CREATED)
        hr = job_hr(job, FAILURE_INVALID_STATE);
    else if (stream && file->texts[FILE_LOCAL_NAME])
        hr = job_hr(job, FAILURE_SINK_ALREADY_SET);
    else
    {
        old = file->stream;
        file->stream = stream;
    }
    lock_drop(&engine_lock);
    if (old)
        old->release(old);
    return hr;
}

struct stream_sink *download_stream(struct job *job)
{
    return engine_file_stream(job->files[0]);
}

HRESULT download_set_size(struct job *job, UINT64 size)
{
    HRESULT hr = S_OK;

    lock_take(&engine_lock);
    if (state_locked(job) != DOWNLOAD_CREATED)
        hr = job_hr(job, FAILURE_INVALID_STATE);
    else
        job->files[0]->size_hint = size;
    lock_drop(&engine_lock);
    return hr;
}

UINT64 download_size(struct job *job)
{
    const struct file *file = job->files[0];
    UINT64 size;

    lock_take_shared(&engine_lock);
    size = file->total == UINT64_MAX ? file->size_hint : file->total;
    lock_drop_shared(&engine_lock);
    return size;
}

/* ---- orders ---- */

/* What is missing before a first Start, in the order in which it is told. */
static HRESULT judge_start(const struct job *job)
{
    const struct file *file = job->files[0];
    enum failure missing = FAILURE_NONE;
    WCHAR *path = NULL;
    HRESULT hr = S_OK;

    lock_take_shared(&engine_lock);
    if (!file->url)
        missing = FAILURE_NO_URI;
    else if (!file->stream && !file->texts[FILE_LOCAL_NAME])
        missing = FAILURE_NO_SINK;
    else if (job->numbers[JOB_INTEGRITY_MANDATORY] && !job->texts[JOB_INTEGRITY_INFO])
        missing = FAILURE_INTEGRITY_UNSPECIFIED;
    else if (!file->stream && !(path = mem_wcsdup(file->texts[FILE_LOCAL_NAME])))
        hr = E_OUTOFMEMORY;
    lock_drop_shared(&engine_lock);
    if (missing != FAILURE_NONE)
        hr = job_hr(job, missing);
    else if (path) /* looked at without the lock: the disk is asked */
        hr = partfile_probe_target(path);
    mem_free(path);
    return hr;
}

static bool same_ranges(const struct file *file, const struct range *ranges, size_t count)
{
    return !count ||
           (count == file->range_count && !memcmp(ranges, file->ranges, count * sizeof(*ranges)));
}

/* Gives the file its ranges; nothing has been fetched yet. */
static HRESULT take_ranges(struct job *job, const struct range *ranges, size_t count)
{
    struct file *file = job->files[0];
    struct range *copy;

    if (!count)
        return S_OK;
    if (!(copy = mem_dup(ranges, count * sizeof(*ranges))))
        return E_OUTOFMEMORY;
    lock_take(&engine_lock);
    if (state_locked(job) == DOWNLOAD_CREATED)
    {
        struct range *old = file->ranges;

        file->ranges = copy;
        file->range_count = count;
        file->total = range_total(copy, count, UINT64_MAX);
        copy = old;
    }
    lock_drop(&engine_lock);
    mem_free(copy);
    return S_OK;
}

/* Another download that was started with the same target, counted; NULL if there is none. */
static struct job *find_rival(const struct job *job)
{
    const WCHAR *path;
    struct job *rival;

    lock_take_shared(&engine_lock);
    path = job->files[0]->texts[FILE_LOCAL_NAME];
    for (rival = path ? table_first_locked() : NULL; rival; rival = rival->next)
    {
        if (rival == job || rival->face != JOB_FACE_DOWNLOAD || !rival->resumed ||
            !rival->files[0]->texts[FILE_LOCAL_NAME])
            continue;
        if (!_wcsicmp(rival->files[0]->texts[FILE_LOCAL_NAME], path))
            break;
    }
    if (rival)
        job_addref(rival);
    lock_drop_shared(&engine_lock);
    return rival;
}

static void abort_rivals(const struct job *job)
{
    struct job *rival;

    while ((rival = find_rival(job)))
    {
        HRESULT hr = engine_cancel_job(rival);

        INFO("another download to the same path is aborted: %s", LOG_CODE(hr));
        job_release(rival);
        if (FAILED(hr))
            return; /* it is being ended by somebody else */
    }
}

HRESULT download_start(struct job *job, const struct range *ranges, size_t count)
{
    enum download_state state = state_of(job);
    enum failure failure = range_judge(ranges, count);
    HRESULT hr = S_OK;

    switch (download_call_verdict(DOWNLOAD_START, state))
    {
    case VERDICT_NOOP:
        return S_OK;
    case VERDICT_OK:
        break;
    default:
        return job_hr(job, FAILURE_INVALID_STATE);
    }
    if (failure != FAILURE_NONE)
        return job_hr(job, failure);
    if (count > quota_ranges_per_file(job_dialect(job)))
        return job_hr(job, FAILURE_TOO_MANY_RANGES);
    if (state == DOWNLOAD_CREATED)
    {
        if (SUCCEEDED(hr = judge_start(job)) && SUCCEEDED(hr = take_ranges(job, ranges, count)))
            abort_rivals(job);
    }
    else if (!same_ranges(job->files[0], ranges, count))
        hr = job_hr(job, FAILURE_RANGES_UNEXPECTED);
    return FAILED(hr) ? hr : engine_resume_job(job);
}

HRESULT download_pause(struct job *job)
{
    switch (download_call_verdict(DOWNLOAD_PAUSE, state_of(job)))
    {
    case VERDICT_OK:
        return engine_suspend_job(job);
    case VERDICT_NOOP:
        return S_OK;
    default:
        return job_hr(job, FAILURE_INVALID_STATE);
    }
}

HRESULT download_finalize(struct job *job)
{
    switch (download_call_verdict(DOWNLOAD_FINALIZE, state_of(job)))
    {
    case VERDICT_OK:
        return engine_complete_job(job);
    case VERDICT_NOOP:
        return S_OK;
    default:
        return job_hr(job, FAILURE_INVALID_STATE);
    }
}

HRESULT download_abort(struct job *job)
{
    switch (download_call_verdict(DOWNLOAD_ABORT, state_of(job)))
    {
    case VERDICT_OK:
        return engine_cancel_job(job);
    case VERDICT_NOOP:
        return S_OK;
    default:
        return job_hr(job, FAILURE_INVALID_STATE);
    }
}
