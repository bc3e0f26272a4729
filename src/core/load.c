#include "core/load.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "core/change.h"
#include "core/lock.h"
#include "core/log_name.h"
#include "core/queue.h"
#include "core/record_names.h"
#include "core/stranded.h"
#include "core/table.h"
#include "io/partfile.h"

/* ---- a rename that was about to happen ---- */

void load_settle_rename(struct file *file)
{
    const WCHAR *part = file->texts[FILE_TEMPORARY_NAME];
    const WCHAR *target = file->texts[FILE_LOCAL_NAME];
    bool happened = false;
    HRESULT hr;
    UINT64 size;

    if (!part || !target)
        return;
    hr = partfile_size_at(part, &size);
    if (hr == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND))
        happened = SUCCEEDED(partfile_size_at(target, &size)) && size == file->received;
    if (FAILED(hr) && !happened)
        return; /* whoever wants it will find out */
    lock_take(&engine_lock);
    file->renaming = false;
    file->in_place = file->in_place || happened;
    if (!happened && file->job->face == JOB_FACE_DOWNLOAD)
        file->phase = FILE_WAITING; /* all of it is there: it is only renamed again */
    tally_file_locked(file);
    lock_drop(&engine_lock);
}

/* ---- a job ---- */

static bool is_whole(const struct job *job)
{
    size_t i;

    for (i = 0; i < job->file_count; i++)
        if (job->files[i]->index != i)
            return false;
    return job->face != JOB_FACE_DOWNLOAD || job->file_count == 1;
}

/* To ask for a byte takes several calls of the system, and most jobs rest. */
static bool was_left_in_the_middle(const struct job *job)
{
    bool open = job_runs_locked(job);
    size_t i;

    for (i = 0; !open && i < job->file_count; i++)
        open = job->files[i]->renaming;
    return open;
}

/* `alone`: no other process has the queue open, so nobody holds a byte. */
static HRESULT settle(struct job *job, bool alone)
{
    struct queue_lock *locks = queue_locks();
    char id[STR_GUID_SIZE];
    size_t i;

    if (!is_whole(job))
    {
        str_from_guid(&job->id, id);
        ERR("job %s is left out: not all of its files are there", id);
        return S_FALSE;
    }
    if (was_left_in_the_middle(job) &&
        (alone || !queue_lock_is_held(locks, QUEUE_LOCK_JOB(job->row))))
    {
        if (job_runs_locked(job))
            job->state = JOB_QUEUED;
        for (i = 0; i < job->file_count; i++)
            if (job->files[i]->renaming)
                load_settle_rename(job->files[i]);
    }
    if (job->streamed && (alone || !queue_lock_is_held(locks, QUEUE_LOCK_PROCESS(job->home))))
        stranded_settle(job);
    if (job_runs_locked(job))
        job->active_since = clock_now();
    tally_files_locked(job, 0);
    return S_OK;
}

HRESULT load_settle(struct job *job)
{
    return settle(job, false);
}

/* ---- all of them ---- */

struct load
{
    struct job *first, **link;       /* those of the table, by `next` */
    struct job *ended, **ended_link; /* the leftovers */
    size_t count;
};

static HRESULT take(void *context, const struct recalled *recalled)
{
    struct load *load = context;
    struct job *job = recalled->job;

    if (job_state_is_final(job->state))
    {
        *load->ended_link = job;
        load->ended_link = &job->next;
    }
    else
    {
        *load->link = job;
        load->link = &job->next;
        load->count++;
    }
    return S_OK;
}

/* The reading is over, so the disk may be looked at. */
static void publish(struct job *jobs)
{
    bool alone = store_is_alone(queue_store());
    struct job *job;

    while ((job = jobs))
    {
        jobs = job->next;
        job->next = NULL;
        if (settle(job, alone) == S_OK)
        {
            lock_take(&engine_lock);
            table_add_locked(job);
            lock_drop(&engine_lock);
        }
        job_release(job);
    }
}

HRESULT load_jobs(struct job **leftovers)
{
    struct load load = {0};
    struct recall_reader reader = {.job = take, .context = &load};
    struct job *job;
    HRESULT hr;

    load.link = &load.first;
    load.ended_link = &load.ended;
    hr = recall_changes(queue_store(), queue_sequence(), &reader);
    if (FAILED(hr))
        while ((job = load.first))
        {
            load.first = job->next;
            job_release(job);
        }
    if (load.count)
        INFO("%u jobs are in the queue", (unsigned int)load.count);
    *leftovers = load.ended;
    publish(load.first);
    return hr;
}

/* ---- what was stored all but the end ---- */

static HRESULT decide_finish(struct change *change, void *context)
{
    const struct job *job = change->job;
    size_t i;

    (void)context;
    if (job->busy || !job_runs_locked(job) || job->tally.files_done != job->file_count)
        return S_FALSE;
    change->row.state = record_state(JOB_TRANSFERRED);
    change_job_locked(change);
    change->row.completed = change->row.modified;
    for (i = 0; i < job->file_count; i++)
        change_progress_locked(change, job->files[i]);
    return S_OK;
}

static void publish_finish(struct change *change, void *context)
{
    (void)context;
    job_move_locked(change->job, JOB_TRANSFERRED);
}

static const struct change_plan finish_plan = {decide_finish, publish_finish};

static struct job *find_finished(void)
{
    struct job *job;

    lock_take_shared(&engine_lock);
    for (job = table_first_locked(); job; job = job->next)
        if (job_runs_locked(job) && job->file_count && job->tally.files_done == job->file_count)
            break;
    if (job)
        job_addref(job);
    lock_drop_shared(&engine_lock);
    return job;
}

void load_finish_jobs(void)
{
    struct job *job;
    HRESULT hr = S_OK;

    while (SUCCEEDED(hr) && (job = find_finished()))
    {
        hr = change_run(job, &finish_plan, NULL);
        if (FAILED(hr))
            WARN("%s: its files are all there, which cannot be stored: 0x%08x", LOG_JOB(job),
                 (unsigned int)hr);
        job_release(job);
    }
}
