#include "core/engine.h"

#include "base/mem.h"
#include "base/str.h"
#include "core/job.h"
#include "core/keeper.h"
#include "core/lock.h"
#include "core/peers.h"
#include "core/queue.h"
#include "core/runner.h"
#include "core/table.h"

struct lock engine_lock = LOCK_INIT(LOCK_ENGINE);
CONDITION_VARIABLE engine_changed = CONDITION_VARIABLE_INIT;

/* ---- the queue ---- */

HRESULT engine_open(void)
{
    return queue_hold();
}

void engine_close(void)
{
    queue_drop();
}

bool engine_is_open(void)
{
    return queue_is_open();
}

void engine_clients_gone(void)
{
    runner_hurry();
    keeper_poke();
}

/* ---- the table ---- */

HRESULT engine_create_job(enum job_face face, const WCHAR *name, struct job **out)
{
    struct job *job;
    HRESULT hr;

    if (FAILED(hr = job_create(face, name, &job)))
        return hr;
    if (FAILED(hr = queue_add_job(job)))
        job_release(job);
    else
        *out = job;
    return hr;
}

/* Counted, or NULL. */
static struct job *find_job(enum job_face face, const GUID *id)
{
    struct job *job;

    lock_take_shared(&engine_lock);
    for (job = table_first_locked(); job; job = job->next)
        if (job->face == face && IsEqualGUID(&job->id, id))
            break;
    if (job)
        job_addref(job);
    lock_drop_shared(&engine_lock);
    return job;
}

HRESULT engine_find_job(enum job_face face, const GUID *id, struct job **out)
{
    const struct failure_info not_found = {.kind = FAILURE_NOT_FOUND};
    struct job *job = find_job(face, id);

    if (!job) /* another process may have made it just now */
    {
        peers_catch_up();
        job = find_job(face, id);
    }
    if (!job)
        return (HRESULT)failure_code(job_face_dialect(face), &not_found);
    *out = job;
    return S_OK;
}

HRESULT engine_list_jobs(enum job_face face, struct job ***out, size_t *count)
{
    struct job **jobs;
    struct job *job;
    size_t found = 0;

    lock_take_shared(&engine_lock);
    jobs = mem_array_alloc(table_count_locked(), sizeof(*jobs));
    for (job = jobs ? table_first_locked() : NULL; job; job = job->next)
    {
        if (job->face != face)
            continue;
        job_addref(job);
        jobs[found++] = job;
    }
    lock_drop_shared(&engine_lock);
    if (!jobs)
        return E_OUTOFMEMORY;
    *out = jobs;
    *count = found;
    return S_OK;
}

/* ---- observers ---- */

struct job_observer *engine_attach_observer(struct job *job, struct job_observer *candidate)
{
    struct job_observer *observer;

    lock_take(&engine_lock);
    if (!job->observer)
        job->observer = candidate;
    observer = job->observer;
    lock_drop(&engine_lock);
    return observer;
}

struct job_observer *engine_observer(struct job *job)
{
    struct job_observer *observer;

    lock_take_shared(&engine_lock);
    observer = job->observer;
    lock_drop_shared(&engine_lock);
    return observer;
}

/* ---- what a job is ---- */

enum job_state engine_job_state(struct job *job)
{
    return job->state;
}

void engine_job_progress(struct job *job, struct job_progress *progress)
{
    tally_read(job, progress);
}

void engine_job_times(struct job *job, struct job_times *times)
{
    lock_take_shared(&engine_lock);
    times->creation = job->creation;
    times->modification = job->modification;
    times->transfer_completion = job->transfer_completion;
    lock_drop_shared(&engine_lock);
}

HRESULT engine_job_error(struct job *job, struct job_error *error)
{
    bool failed;

    lock_take_shared(&engine_lock);
    failed = job->state == JOB_ERROR || job->state == JOB_TRANSIENT_ERROR;
    if (failed)
        *error = job->error;
    lock_drop_shared(&engine_lock);
    return failed ? S_OK : job_hr(job, FAILURE_ERROR_INFORMATION_UNAVAILABLE);
}

ULONG engine_job_error_count(struct job *job)
{
    ULONG count;

    lock_take_shared(&engine_lock);
    count = job->error_count;
    lock_drop_shared(&engine_lock);
    return count;
}

bool engine_job_was_resumed(struct job *job)
{
    bool resumed;

    lock_take_shared(&engine_lock);
    resumed = job->resumed;
    lock_drop_shared(&engine_lock);
    return resumed;
}

/* ---- properties ---- */

UINT64 engine_job_number(struct job *job, enum job_number which)
{
    UINT64 value;

    lock_take_shared(&engine_lock);
    value = job_number_locked(job, which);
    lock_drop_shared(&engine_lock);
    return value;
}

bool engine_job_number_is_set(struct job *job, enum job_number which)
{
    bool set;

    lock_take_shared(&engine_lock);
    set = job->numbers_set >> which & 1;
    lock_drop_shared(&engine_lock);
    return set;
}

HRESULT engine_job_text(struct job *job, enum job_text which, WCHAR **text)
{
    HRESULT hr;

    lock_take_shared(&engine_lock);
    hr = str_dup(job->texts[which], text);
    lock_drop_shared(&engine_lock);
    return hr;
}

/* ---- files ---- */

size_t engine_file_count(struct job *job)
{
    size_t count;

    lock_take_shared(&engine_lock);
    count = job->file_count;
    lock_drop_shared(&engine_lock);
    return count;
}

struct file *engine_file(struct job *job, size_t index)
{
    struct file *file;

    lock_take_shared(&engine_lock);
    file = index < job->file_count ? job->files[index] : NULL;
    lock_drop_shared(&engine_lock);
    return file;
}

struct job *file_job(const struct file *file)
{
    return file->job;
}

size_t file_index(const struct file *file)
{
    return file->index;
}

void engine_file_progress(struct file *file, struct file_progress *progress)
{
    lock_take_shared(&engine_lock);
    progress->bytes_total = file->total;
    progress->bytes_transferred = file->received;
    progress->front = file->front;
    progress->completed = file->in_place;
    lock_drop_shared(&engine_lock);
}

HRESULT engine_file_text(struct file *file, enum file_text which, WCHAR **text)
{
    HRESULT hr;

    lock_take_shared(&engine_lock);
    hr =
        str_dup(which == FILE_TEMPORARY_NAME && !file->part_made ? NULL : file->texts[which], text);
    lock_drop_shared(&engine_lock);
    return hr;
}

HRESULT engine_file_ranges(struct file *file, struct range **ranges, size_t *count)
{
    struct range *copy = NULL;

    if (file->range_count &&
        !(copy = mem_dup(file->ranges, file->range_count * sizeof(*file->ranges))))
        return E_OUTOFMEMORY;
    *ranges = copy;
    *count = file->range_count;
    return S_OK;
}
