/*
 * What a client sets on one file of a job, and what it may ask about its transfer.
 */
#include "core/engine.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/download.h"
#include "core/job.h"
#include "core/lock.h"
#include "core/runner.h"
#include "io/partfile.h"
#include "io/memory_store.h"
#include "model/path.h"

static bool has_sink_locked(const struct file *file)
{
    return file->stream || file->texts[FILE_LOCAL_NAME];
}

static bool may_change_locked(const struct file *file)
{
    const struct job *job = file->job;

    if (job->busy || file->transfer || file->phase == FILE_DONE)
        return false;
    return job_call_verdict(CALL_SET_FILE_PROPERTY, job->state) == VERDICT_OK ||
           (job->state == JOB_ERROR && !has_sink_locked(file));
}

static HRESULT commit_file(const struct file *file)
{
    const struct store_change change = {
        .verb = STORE_PUT_FILE, .job = file->job->id, .file = file->index};

    return store_commit(&change, 1);
}

/* Begins a change that ends with end_change: both locks are taken, and the row is stored. On
 * failure no lock is held. */
static HRESULT begin_change(struct file *file, bool of_sink)
{
    HRESULT hr = S_OK;

    lock_take(&store_lock);
    lock_take_shared(&engine_lock);
    if (!may_change_locked(file))
        hr = job_hr(file->job, FAILURE_INVALID_STATE);
    else if (of_sink && has_sink_locked(file))
        hr = job_hr(file->job, FAILURE_SINK_ALREADY_SET);
    lock_drop_shared(&engine_lock);
    if (SUCCEEDED(hr))
        hr = commit_file(file);
    if (FAILED(hr))
    {
        lock_drop(&store_lock);
        return hr;
    }
    lock_take(&engine_lock);
    return S_OK;
}

static void end_change(struct file *file)
{
    job_touch_locked(file->job);
    lock_drop(&engine_lock);
    lock_drop(&store_lock);
}

/* ---- where it goes ---- */

HRESULT engine_set_file_path(struct file *file, const WCHAR *path)
{
    WCHAR *copy;
    HRESULT hr;

    if (!path_is_acceptable((const uint16_t *)path))
        return E_INVALIDARG;
    if (FAILED(hr = partfile_probe_target(path)))
        return hr;
    if (!(copy = mem_wcsdup(path)))
        return E_OUTOFMEMORY;
    if (FAILED(hr = begin_change(file, true)))
    {
        mem_free(copy);
        return hr;
    }
    file->texts[FILE_LOCAL_NAME] = copy;
    end_change(file);
    return S_OK;
}

HRESULT engine_set_file_stream(struct file *file, struct stream_sink *stream)
{
    HRESULT hr;

    if (FAILED(hr = begin_change(file, true)))
        return hr;
    file->stream = stream;
    end_change(file);
    return S_OK;
}

struct stream_sink *engine_file_stream(struct file *file)
{
    struct stream_sink *stream;

    lock_take_shared(&engine_lock);
    if ((stream = file->stream))
        stream->addref(stream);
    lock_drop_shared(&engine_lock);
    return stream;
}

/* ---- what it is ---- */

HRESULT engine_set_file_info(struct file *file, enum file_text which, const WCHAR *text)
{
    WCHAR *copy = mem_wcsdup(text);
    WCHAR *old;
    HRESULT hr;

    if (!copy)
        return E_OUTOFMEMORY;
    if (FAILED(hr = begin_change(file, false)))
    {
        mem_free(copy);
        return hr;
    }
    old = file->texts[which];
    file->texts[which] = copy;
    end_change(file);
    mem_free(old);
    return S_OK;
}

HRESULT engine_set_file_mandatory(struct file *file, bool mandatory)
{
    HRESULT hr;

    if (FAILED(hr = begin_change(file, false)))
        return hr;
    file->mandatory = mandatory;
    end_change(file);
    return S_OK;
}

bool engine_file_mandatory(struct file *file)
{
    bool mandatory;

    lock_take_shared(&engine_lock);
    mandatory = file->mandatory;
    lock_drop_shared(&engine_lock);
    return mandatory;
}

HRESULT engine_set_file_size(struct file *file, UINT64 size)
{
    HRESULT hr;

    if (FAILED(hr = begin_change(file, false)))
        return hr;
    file->size_hint = size;
    end_change(file);
    return S_OK;
}

UINT64 engine_file_size(struct file *file)
{
    UINT64 size;

    lock_take_shared(&engine_lock);
    size = file->total == UINT64_MAX ? file->size_hint : file->total;
    lock_drop_shared(&engine_lock);
    return size;
}

/* ---- how it came ---- */

void engine_file_stats(struct file *file, struct file_stats *stats)
{
    lock_take_shared(&engine_lock);
    stats->bytes = file->body_bytes;
    stats->connections = file->connections;
    stats->duration_ms = file->duration_ms;
    if (file->transfer)
        stats->duration_ms += clock_now() - file->running_since;
    stats->transferred = file->phase == FILE_DONE;
    lock_drop_shared(&engine_lock);
}

/* ---- what the client thinks of it ---- */

/* Nothing of what was fetched is wanted. */
static void put_back_in_line_locked(struct file *file)
{
    struct job *job = file->job;

    file->phase = FILE_WAITING;
    file->valid = false;
    file->received = file->checkpoint = file->highest = 0;
    file->changes = 0;
    file->remote = UINT64_MAX;
    file->total = range_total(file->ranges, file->range_count, UINT64_MAX);
    validator_init(&file->validator);
    job->files_done--;
    job->cursor = 0;
}

HRESULT engine_set_file_valid(struct file *file, bool valid)
{
    const struct failure_info failure = {.kind = FAILURE_VALIDATION};
    struct job *job = file->job;
    HRESULT hr = S_OK;

    lock_take(&engine_lock);
    if (job->busy || job_state_is_final(job->state))
        hr = job_hr(job, FAILURE_INVALID_STATE);
    else if (file->phase != FILE_DONE)
        hr = E_PENDING;
    else if (valid)
        file->valid = true;
    else if (file->stream)
        hr = job_hr(job, FAILURE_INVALID_STATE); /* what a stream took cannot be taken back */
    else
    {
        put_back_in_line_locked(file);
        if (job_runs_locked(job) || job->state == JOB_TRANSFERRED)
            job_fail_locked(job, JOB_ERROR, &failure, NULL, file, "the client rejected the file");
        else
            job_touch_locked(job);
    }
    lock_drop(&engine_lock);
    if (SUCCEEDED(hr) && !valid)
        runner_wake();
    return hr;
}

HRESULT engine_file_valid(struct file *file, bool *valid)
{
    HRESULT hr;

    lock_take_shared(&engine_lock);
    hr = file->phase == FILE_DONE ? S_OK : E_PENDING;
    *valid = file->valid;
    lock_drop_shared(&engine_lock);
    return hr;
}
