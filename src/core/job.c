#include "core/job.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/job_defaults.h"
#include "core/log_name.h"
#include "core/lock.h"
#include "core/owner.h"
#include "core/part_name.h"
#include "model/limits.h"

#include <assert.h>

enum dialect job_face_dialect(enum job_face face)
{
    return face == JOB_FACE_BITS ? DIALECT_BITS : DIALECT_DO;
}

const GUID *job_id(const struct job *job)
{
    return &job->id;
}

enum job_face job_face(const struct job *job)
{
    return job->face;
}

enum dialect job_dialect(const struct job *job)
{
    return job_face_dialect(job->face);
}

HRESULT job_hr(const struct job *job, enum failure kind)
{
    const struct failure_info info = {.kind = kind};

    return (HRESULT)failure_code(job_dialect(job), &info);
}

static void set_default_numbers(struct job *job)
{
    const struct limits *limits = limits_of(job_dialect(job));

    job->numbers[JOB_PRIORITY] = limits->priority;
    job->numbers[JOB_NOTIFY_FLAGS] = limits->notify_flags;
    job->numbers[JOB_RETRY_DELAY] = limits->retry_delay;
    job->numbers[JOB_NO_PROGRESS_TIMEOUT] = limits->no_progress_background;
    job->numbers[JOB_MAX_DOWNLOAD_TIME] = limits->max_download_time;
    job->numbers[JOB_MIN_NOTIFY_INTERVAL] = limits->notify_interval;
    job->numbers[JOB_MAX_DOWNLOAD_SIZE] = UINT64_MAX;
    job->numbers[JOB_CALLBACK_SECONDS] = 1;
}

static void job_free(struct job *job)
{
    size_t i;

    if (job->observer)
        job->observer->free(job->observer);
    if (job->judge)
        job->judge->release(job->judge);
    for (i = 0; i < job->file_count; i++)
        file_free(job->files[i]);
    mem_free(job->files);
    for (i = 0; i < JOB_TEXT_COUNT; i++)
        mem_free(job->texts[i]);
    credentials_free(&job->credentials);
    mem_free(job);
}

HRESULT job_make(enum job_face face, const GUID *id, struct job **out)
{
    struct job *job = mem_zalloc(sizeof(*job));

    if (!job)
        return E_OUTOFMEMORY;
    job->refs = 1;
    job->id = *id;
    job->face = face;
    job->state = JOB_SUSPENDED;
    set_default_numbers(job);
    *out = job;
    return S_OK;
}

HRESULT job_create(enum job_face face, const WCHAR *name, struct job **out)
{
    struct job *job;
    GUID id;
    HRESULT hr;

    job_defaults_refresh();
    if (FAILED(hr = CoCreateGuid(&id)) || FAILED(hr = job_make(face, &id, &job)))
        return hr;
    if (FAILED(hr = str_dup(name, &job->texts[JOB_NAME])) ||
        FAILED(hr = owner_of_process(&job->texts[JOB_OWNER])))
    {
        job_free(job);
        return hr;
    }
    clock_filetime(&job->creation);
    job->modification = job->creation;
    *out = job;
    return S_OK;
}

void job_addref(struct job *job)
{
    InterlockedIncrement(&job->refs);
}

void job_release(struct job *job)
{
    if (job && !InterlockedDecrement(&job->refs))
        job_free(job);
}

void file_free(struct file *file)
{
    size_t i;

    if (!file)
        return;
    for (i = 0; i < FILE_TEXT_COUNT; i++)
        mem_free(file->texts[i]);
    if (file->stream)
        file->stream->release(file->stream);
    mem_free(file->url);
    mem_free(file->ranges);
    mem_free(file->requests);
    mem_free(file->spans);
    mem_free(file);
}

void file_empty_locked(struct file *file)
{
    file->received = file->front = file->checkpoint = 0;
    file->span_count = 0;
    file->remote = UINT64_MAX;
    file->total = range_total(file->ranges, file->range_count, UINT64_MAX);
    validator_init(&file->validator);
    tally_file_locked(file);
}

static HRESULT copy_ranges(struct file *file, const struct file_spec *spec)
{
    UINT64 total = 0;
    size_t i;

    if (!spec->range_count)
        return S_OK;
    file->ranges = mem_array_alloc(spec->range_count, sizeof(*file->ranges));
    if (!file->ranges)
        return E_OUTOFMEMORY;
    for (i = 0; i < spec->range_count; i++)
    {
        file->ranges[i] = spec->ranges[i];
        if (spec->ranges[i].length == UINT64_MAX)
            total = UINT64_MAX;
        else if (total != UINT64_MAX)
            total += spec->ranges[i].length;
    }
    file->range_count = spec->range_count;
    file->total = total;
    return S_OK;
}

HRESULT file_make(struct job *job, struct file **out)
{
    struct file *file = mem_zalloc(sizeof(*file));

    if (!file)
        return E_OUTOFMEMORY;
    file->job = job;
    file->phase = FILE_WAITING;
    file->total = UINT64_MAX;
    file->remote = UINT64_MAX;
    file->size_hint = UINT64_MAX;
    retry_init(&file->retry);
    stall_init(&file->stall);
    validator_init(&file->validator);
    *out = file;
    return S_OK;
}

static HRESULT take_spec(struct file *file, const struct file_spec *spec)
{
    HRESULT hr;

    file->size_hint = spec->size;
    if (FAILED(hr = str_dup(spec->remote_name, &file->texts[FILE_REMOTE_NAME])) ||
        FAILED(hr = str_dup(spec->local_name, &file->texts[FILE_LOCAL_NAME])) ||
        FAILED(hr = str_dup(spec->file_id, &file->texts[FILE_ID])) ||
        FAILED(hr = copy_ranges(file, spec)))
        return hr;
    if (spec->remote_name && !(file->url = str_utf8_from_wide(spec->remote_name)))
        return GetLastError() == ERROR_OUTOFMEMORY ? E_OUTOFMEMORY : E_INVALIDARG;
    return spec->local_name ? part_name_make(spec->local_name, &file->texts[FILE_TEMPORARY_NAME])
                            : S_OK;
}

HRESULT file_create(struct job *job, const struct file_spec *spec, struct file **out)
{
    struct file *file;
    HRESULT hr = file_make(job, &file);

    if (FAILED(hr))
        return hr;
    if (FAILED(hr = take_spec(file, spec)))
        file_free(file);
    else
        *out = file;
    return hr;
}

void job_link_file_locked(struct job *job, struct file *file)
{
    assert(job->file_count < job->file_capacity && !file->counted.is);
    file->job = job;
    file->index = job->file_count;
    job->files[job->file_count++] = file;
}

void job_tell_locked(struct job *job, unsigned int what)
{
    const struct job_event event = {.what = what};

    if (job->observer)
        job->observer->notify(job->observer, &event);
}

void job_touch_locked(struct job *job)
{
    clock_filetime(&job->modification);
    line_note_locked(job);
    job_tell_locked(job, JOB_EVENT_MODIFICATION);
}

UINT64 job_number_locked(const struct job *job, enum job_number which)
{
    const struct limits *limits = limits_of(job_dialect(job));
    bool foreground = job->numbers[JOB_PRIORITY] == JOB_PRIORITY_FOREGROUND;

    if (job->numbers_set >> which & 1)
        return job->numbers[which];
    if (which == JOB_NO_PROGRESS_TIMEOUT)
        return job_default_no_progress(foreground, foreground ? limits->no_progress_foreground
                                                              : limits->no_progress_background);
    if (which == JOB_MAX_DOWNLOAD_TIME)
        return job_default_download_time(limits->max_download_time);
    return job->numbers[which];
}

bool job_has_file_locked(const struct job *job, enum file_phase phase)
{
    size_t i;

    for (i = 0; i < job->file_count; i++)
        if (job->files[i]->phase == phase)
            return true;
    return false;
}

bool job_runs_locked(const struct job *job)
{
    return job->state == JOB_QUEUED || job->state == JOB_CONNECTING ||
           job->state == JOB_TRANSFERRING || job->state == JOB_TRANSIENT_ERROR;
}

/* What a client hears of entering a state. */
static unsigned int events_of(enum job_state state)
{
    switch (state)
    {
    case JOB_TRANSFERRED:
        return JOB_EVENT_TRANSFERRED | JOB_EVENT_STATE;
    case JOB_ERROR:
        return JOB_EVENT_ERROR | JOB_EVENT_STATE;
    case JOB_ACKNOWLEDGED:
    case JOB_CANCELLED:
        return JOB_EVENT_MODIFICATION | JOB_EVENT_STATE | JOB_EVENT_FINAL;
    default:
        return JOB_EVENT_MODIFICATION | JOB_EVENT_STATE;
    }
}

void job_move_locked(struct job *job, enum job_state state)
{
    bool ran = job_runs_locked(job);

    if (job->state == state)
        return;
    assert(job_state_may_move(job->state, state));
    assert(tally_is_right_locked(job));
    INFO("%s: %s -> %s", LOG_JOB(job), job_state_name(job->state), job_state_name(state));
    job->state = state;
    clock_filetime(&job->modification);
    if (state == JOB_TRANSFERRED)
        job->transfer_completion = job->modification;
    if (!ran && job_runs_locked(job))
    {
        job->active_since = clock_now();
        job->progress_at = 0;
        job->last_cause.kind = FAILURE_NONE;
        job->last_file = NULL;
        job->last_detail[0] = 0;
    }
    if (!job_runs_locked(job) || state == JOB_QUEUED)
        line_leave_locked(job);
    line_note_locked(job);
    job_tell_locked(job, events_of(state));
}

void job_set_error_locked(struct job *job, const struct failure_info *failure,
                          const struct failure_info *cause, struct file *file, const char *detail)
{
    struct job_error *error = &job->error;

    error->failure = *failure;
    error->code = (HRESULT)failure_code(job_dialect(job), failure);
    error->extended = S_OK;
    job->error_cause = cause ? *cause : (struct failure_info){.kind = FAILURE_NONE};
    if (cause && cause->kind != FAILURE_NONE)
        error->extended = (HRESULT)failure_code(job_dialect(job), cause);
    error->context = failure_context(job_dialect(job), failure);
    error->file = file;
    lstrcpynA(error->detail, detail ? detail : "", sizeof(error->detail));
}

void job_fail_locked(struct job *job, enum job_state state, const struct failure_info *failure,
                     const struct failure_info *cause, struct file *file, const char *detail)
{
    job_set_error_locked(job, failure, cause, file, detail);
    if (job->state != state)
        job->error_count++;
    WARN("%s: %s%s%s: %s", file ? LOG_FILE(file) : LOG_JOB(job), LOG_CODE(job->error.code),
         job->error.extended ? ", last cause " : "",
         job->error.extended ? LOG_CODE(job->error.extended) : "", job->error.detail);
    job_move_locked(job, state);
}

void job_file_done_locked(struct file *file)
{
    struct job *job = file->job;
    const struct job_event event = {.what = JOB_EVENT_FILE_TRANSFERRED, .file_index = file->index};

    INFO("%s: done, %llu bytes", LOG_FILE(file), (unsigned long long)file->received);
    file->phase = FILE_DONE;
    tally_file_locked(file);
    if (job->observer)
        job->observer->notify(job->observer, &event);
    if (!job_runs_locked(job))
        return;
    if (job->tally.files_done == job->file_count)
        job_move_locked(job, JOB_TRANSFERRED);
    else
        job_touch_locked(job);
}
