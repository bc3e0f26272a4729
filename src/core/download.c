#include "core/download.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/change.h"
#include "core/keeper.h"
#include "core/log_name.h"
#include "core/lock.h"
#include "core/part_name.h"
#include "core/queue.h"
#include "core/quota.h"
#include "core/table.h"
#include "io/partfile.h"
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
    struct file *file;
    struct job *job;
    HRESULT hr;

    if (FAILED(hr = job_create(JOB_FACE_DOWNLOAD, NULL, &job)))
        return hr;
    if (!(job->files = mem_array_grow(NULL, &job->file_capacity, 1, sizeof(*job->files))))
        hr = E_OUTOFMEMORY;
    else if (SUCCEEDED(hr = file_create(job, &nothing, &file)))
    {
        job_link_file_locked(job, file);
        tally_file_locked(file);
        hr = queue_add_job(job);
    }
    if (FAILED(hr))
        job_release(job);
    else
        *out = job;
    return hr;
}

/* ---- what is downloaded, and where to ---- */

HRESULT download_set_uri(struct job *job, const WCHAR *url)
{
    enum download_state state;

    engine_refresh_job(job);
    state = state_of(job);
    if (state != DOWNLOAD_CREATED && state != DOWNLOAD_PAUSED)
        return job_hr(job, FAILURE_INVALID_STATE);
    return engine_set_remote_name(job->files[0], url);
}

/* ---- setup, before the first Start ---- */

enum what
{
    SET_PATH,
    SET_STREAM,
    SET_SIZE,
    SET_RANGES
};

struct setup
{
    enum what what;
    WCHAR *path, *part;         /* SET_PATH */
    struct stream_sink *stream; /* SET_STREAM; NULL clears */
    UINT64 size;
    struct range *ranges;
    size_t range_count; /* all: what they replace, afterwards */
};

static void decide_rows(struct change *change, const struct setup *setup)
{
    struct store_file *row;

    if (setup->what == SET_STREAM)
    {
        change->row.streamed = setup->stream != NULL;
        change->row.home = setup->stream ? keeper_process() : 0;
        change_job_locked(change);
        return;
    }
    change_touch_locked(change);
    row = change_file_locked(change, change->job->files[0]);
    if (setup->what == SET_PATH)
    {
        row->local_name = setup->path;
        row->part_name = setup->part;
    }
    else if (setup->what == SET_SIZE)
        row->size_hint = setup->size;
    else
        change_file_ranges_locked(change, row, setup->ranges, setup->range_count);
}

static HRESULT decide(struct change *change, void *context)
{
    const struct file *file = change->job->files[0];
    const struct setup *setup = context;
    bool clash = setup->what == SET_PATH
                     ? file->stream != NULL
                     : setup->what == SET_STREAM && setup->stream && file->texts[FILE_LOCAL_NAME];

    if (change->job->busy || state_locked(change->job) != DOWNLOAD_CREATED)
        return job_hr(change->job, FAILURE_INVALID_STATE);
    if (clash)
        return job_hr(change->job, FAILURE_SINK_ALREADY_SET);
    decide_rows(change, setup);
    return S_OK;
}

static void swap_text(WCHAR **a, WCHAR **b)
{
    WCHAR *old = *a;

    *a = *b;
    *b = old;
}

static void swap_stream(struct job *job, struct setup *setup, INT64 home)
{
    struct stream_sink *old = job->files[0]->stream;

    job->files[0]->stream = setup->stream;
    job->streamed = setup->stream != NULL;
    job->home = home;
    setup->stream = old;
}

static void swap_ranges(struct file *file, struct setup *setup)
{
    struct range *old = file->ranges;
    size_t count = file->range_count;

    file->ranges = setup->ranges;
    file->range_count = setup->range_count;
    file->total = range_total(file->ranges, file->range_count, UINT64_MAX);
    tally_file_locked(file);
    setup->ranges = old;
    setup->range_count = count;
}

static void publish(struct change *change, void *context)
{
    struct job *job = change->job;
    struct file *file = job->files[0];
    struct setup *setup = context;

    switch (setup->what)
    {
    case SET_PATH:
        swap_text(&file->texts[FILE_LOCAL_NAME], &setup->path);
        swap_text(&file->texts[FILE_TEMPORARY_NAME], &setup->part);
        job_touch_locked(job);
        break;
    case SET_STREAM:
        swap_stream(job, setup, change->row.home);
        break;
    case SET_SIZE:
        file->size_hint = setup->size;
        break;
    case SET_RANGES:
        swap_ranges(file, setup);
        break;
    }
}

static const struct change_plan plan = {decide, publish};

HRESULT download_set_path(struct job *job, const WCHAR *path)
{
    struct setup setup = {.what = SET_PATH};
    HRESULT hr;

    if (!path_is_acceptable((const uint16_t *)path))
        return E_INVALIDARG;
    if (SUCCEEDED(hr = str_dup(path, &setup.path)) &&
        SUCCEEDED(hr = part_name_make(path, &setup.part)))
        hr = change_run(job, &plan, &setup);
    mem_free(setup.path);
    mem_free(setup.part);
    return hr;
}

HRESULT download_set_stream(struct job *job, struct stream_sink *stream)
{
    struct setup setup = {.what = SET_STREAM, .stream = stream};
    HRESULT hr = change_run(job, &plan, &setup);

    if (SUCCEEDED(hr) && setup.stream)
        setup.stream->release(setup.stream);
    return hr;
}

struct stream_sink *download_stream(struct job *job)
{
    return engine_file_stream(job->files[0]);
}

HRESULT download_set_size(struct job *job, UINT64 size)
{
    struct setup setup = {.what = SET_SIZE, .size = size};

    return change_run(job, &plan, &setup);
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

/* Another process's order that came before this one. */
static enum download_state state_now(struct job *job)
{
    engine_refresh_job(job);
    return state_of(job);
}

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
    struct setup setup = {.what = SET_RANGES, .range_count = count};
    HRESULT hr;

    if (!count)
        return S_OK;
    if (!(setup.ranges = mem_dup(ranges, count * sizeof(*ranges))))
        return E_OUTOFMEMORY;
    hr = change_run(job, &plan, &setup);
    mem_free(setup.ranges);
    return hr;
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
    enum download_state state = state_now(job);
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
    switch (download_call_verdict(DOWNLOAD_PAUSE, state_now(job)))
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
    switch (download_call_verdict(DOWNLOAD_FINALIZE, state_now(job)))
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
    switch (download_call_verdict(DOWNLOAD_ABORT, state_now(job)))
    {
    case VERDICT_OK:
        return engine_cancel_job(job);
    case VERDICT_NOOP:
        return S_OK;
    default:
        return job_hr(job, FAILURE_INVALID_STATE);
    }
}
