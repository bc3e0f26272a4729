/*
 * What a client sets on one file of a job, and what it may ask about its transfer.
 */
#include "core/engine.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/change.h"
#include "core/keeper.h"
#include "core/lock.h"
#include "core/part_name.h"
#include "core/reject.h"
#include "io/partfile.h"
#include "model/path.h"

/* ---- what may change ---- */

static bool has_sink_locked(const struct file *file)
{
    return file->stream || file->texts[FILE_LOCAL_NAME];
}

static bool may_change_locked(const struct file *file)
{
    const struct job *job = file->job;

    if (job->busy || file->transfer || file->phase == FILE_STORING || file->phase == FILE_DONE)
        return false;
    return job_call_verdict(CALL_SET_FILE_PROPERTY, job->state) == VERDICT_OK ||
           (job->state == JOB_ERROR && !has_sink_locked(file));
}

/* ---- a change of it ---- */

enum what
{
    SET_PATH,
    SET_STREAM,
    SET_INFO,
    SET_MANDATORY,
    SET_SIZE
};

struct setup
{
    struct file *file;
    enum what what;
    WCHAR *path, *part; /* SET_PATH; what they replace, afterwards */
    struct stream_sink *stream;
    enum file_text which; /* SET_INFO */
    WCHAR *text;
    bool mandatory;
    UINT64 size;
};

static HRESULT decide(struct change *change, void *context)
{
    const struct setup *setup = context;
    const struct file *file = setup->file;
    struct store_file *row;

    if (!may_change_locked(file))
        return job_hr(change->job, FAILURE_INVALID_STATE);
    if ((setup->what == SET_PATH || setup->what == SET_STREAM) && has_sink_locked(file))
        return job_hr(change->job, FAILURE_SINK_ALREADY_SET);
    if (setup->what == SET_STREAM)
    {
        change->row.streamed = true;
        change->row.home = keeper_process();
        change_job_locked(change);
        return S_OK;
    }
    change_touch_locked(change);
    if (setup->what == SET_INFO)
    {
        change_file_text_locked(change, file, setup->which, setup->text);
        return S_OK;
    }
    row = change_file_locked(change, file);
    if (setup->what == SET_PATH)
    {
        row->local_name = setup->path;
        row->part_name = setup->part;
    }
    else if (setup->what == SET_MANDATORY)
        row->mandatory = setup->mandatory;
    else
        row->size_hint = setup->size;
    return S_OK;
}

static void swap(WCHAR **a, WCHAR **b)
{
    WCHAR *old = *a;

    *a = *b;
    *b = old;
}

static void publish(struct change *change, void *context)
{
    struct setup *setup = context;
    struct file *file = setup->file;

    switch (setup->what)
    {
    case SET_PATH:
        swap(&file->texts[FILE_LOCAL_NAME], &setup->path);
        swap(&file->texts[FILE_TEMPORARY_NAME], &setup->part);
        break;
    case SET_STREAM:
        file->stream = setup->stream;
        change->job->streamed = true;
        change->job->home = change->row.home;
        break;
    case SET_INFO:
        swap(&file->texts[setup->which], &setup->text);
        break;
    case SET_MANDATORY:
        file->mandatory = setup->mandatory;
        break;
    case SET_SIZE:
        file->size_hint = setup->size;
        break;
    }
    job_touch_locked(change->job);
}

static const struct change_plan plan = {decide, publish};

static HRESULT set(struct setup *setup)
{
    return change_run(setup->file->job, &plan, setup);
}

/* ---- where it goes ---- */

HRESULT engine_set_file_path(struct file *file, const WCHAR *path)
{
    struct setup setup = {.file = file, .what = SET_PATH};
    HRESULT hr;

    if (!path_is_acceptable((const uint16_t *)path))
        return E_INVALIDARG;
    if (FAILED(hr = partfile_probe_target(path)))
        return hr;
    if (SUCCEEDED(hr = str_dup(path, &setup.path)) &&
        SUCCEEDED(hr = part_name_make(path, &setup.part)))
        hr = set(&setup);
    mem_free(setup.path);
    mem_free(setup.part);
    return hr;
}

HRESULT engine_set_file_stream(struct file *file, struct stream_sink *stream)
{
    struct setup setup = {.file = file, .what = SET_STREAM, .stream = stream};

    return set(&setup);
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
    struct setup setup = {.file = file, .what = SET_INFO, .which = which};
    HRESULT hr = str_dup(text, &setup.text);

    if (SUCCEEDED(hr))
        hr = set(&setup);
    mem_free(setup.text);
    return hr;
}

HRESULT engine_set_file_mandatory(struct file *file, bool mandatory)
{
    struct setup setup = {.file = file, .what = SET_MANDATORY, .mandatory = mandatory};

    return set(&setup);
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
    struct setup setup = {.file = file, .what = SET_SIZE, .size = size};

    return set(&setup);
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
    stats->cache_bytes = file->cache_bytes;
    stats->cache_connections = file->cache_connections;
    stats->duration_ms = file->duration_ms;
    if (file->transfer)
        stats->duration_ms += clock_now() - file->running_since;
    stats->transferred = file->phase == FILE_DONE;
    lock_drop_shared(&engine_lock);
}

/* ---- what the client thinks of it ---- */

static HRESULT decide_valid(struct change *change, void *context)
{
    const struct file *file = context;

    if (change->job->busy || job_state_is_final(change->job->state))
        return job_hr(change->job, FAILURE_INVALID_STATE);
    if (file->phase != FILE_DONE)
        return E_PENDING;
    if (file->valid)
        return S_FALSE;
    change_touch_locked(change);
    change_progress_locked(change, file)->valid = true;
    return S_OK;
}

static void publish_valid(struct change *change, void *context)
{
    struct file *file = context;

    (void)change;
    file->valid = true;
}

static const struct change_plan valid_plan = {decide_valid, publish_valid};

HRESULT engine_set_file_valid(struct file *file, bool valid)
{
    const struct failure_info failure = {.kind = FAILURE_VALIDATION};
    HRESULT hr;

    if (!valid)
        return reject_file(file, &failure, "the client rejected the file", false);
    hr = change_run(file->job, &valid_plan, file);
    return hr == S_FALSE ? S_OK : hr;
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
