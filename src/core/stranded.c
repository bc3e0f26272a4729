#include "core/stranded.h"

#include "base/log.h"
#include "core/change.h"
#include "core/follow.h"
#include "core/keeper.h"
#include "core/lock.h"
#include "core/log_name.h"
#include "core/queue.h"
#include "core/record.h"
#include "core/record_names.h"
#include "core/runner.h"
#include "core/table.h"

/* ---- what is lost ---- */

static bool is_lost(const struct file *file)
{
    return !file->texts[FILE_LOCAL_NAME] &&
           (file->job->face == JOB_FACE_DOWNLOAD || file->phase != FILE_DONE);
}

static void forget_content(struct file *file)
{
    file->phase = FILE_WAITING;
    file->highest = 0;
    file_empty_locked(file);
}

static void forget_stream(struct job *job)
{
    size_t i;

    job->streamed = false;
    job->home = 0;
    if (job->state == JOB_TRANSFERRED)
        return;
    for (i = 0; i < job->file_count; i++)
        if (is_lost(job->files[i]))
            forget_content(job->files[i]);
    if (job->face == JOB_FACE_DOWNLOAD)
        job->resumed = false;
}

void stranded_settle(struct job *job)
{
    forget_stream(job);
    if (job->face == JOB_FACE_DOWNLOAD && job->state != JOB_TRANSFERRED)
        job->state = JOB_SUSPENDED;
}

/* ---- in the table ---- */

static HRESULT decide(struct change *change, void *context)
{
    const struct job *job = change->job;
    const INT64 *home = context;
    size_t i;

    if (!job->streamed || job->home != *home || job->busy || job->state == JOB_TRANSFERRED ||
        job_state_is_final(job->state))
        return S_FALSE;
    change->row.streamed = false;
    change->row.home = 0;
    if (job->face == JOB_FACE_DOWNLOAD)
    {
        change->row.state = record_state(JOB_SUSPENDED);
        change->row.resumed = false;
    }
    change_job_locked(change);
    for (i = 0; i < job->file_count; i++)
        if (is_lost(job->files[i]))
            record_no_content(job->files[i], change_progress_locked(change, job->files[i]));
    return S_OK;
}

static void publish(struct change *change, void *context)
{
    struct job *job = change->job;

    (void)context;
    INFO("%s: the process that had its stream is gone", LOG_JOB(job));
    forget_stream(job);
    if (job->face == JOB_FACE_DOWNLOAD)
        follow_state_to_locked(job, JOB_SUSPENDED);
    job_touch_locked(job);
    keeper_note_job_locked(job);
}

static const struct change_plan plan = {decide, publish};

/* The next one after that row, counted, or NULL. */
static struct job *find(INT64 after)
{
    const INT64 here = keeper_process();
    struct job *job;

    lock_take_shared(&engine_lock);
    for (job = table_first_locked(); job; job = job->next)
        if (job->row > after && job->streamed && job->home != here && !job->busy &&
            job->state != JOB_TRANSFERRED)
            break;
    if (job)
        job_addref(job);
    lock_drop_shared(&engine_lock);
    return job;
}

/* *home: of that job. */
static struct job *find_stranded(INT64 after, INT64 *home)
{
    struct job *job;

    while ((job = find(after)))
    {
        after = job->row;
        lock_take_shared(&engine_lock);
        *home = job->home;
        lock_drop_shared(&engine_lock);
        if (!queue_lock_is_held(queue_locks(), QUEUE_LOCK_PROCESS(*home)))
            return job;
        job_release(job);
    }
    return NULL;
}

bool stranded_any(void)
{
    INT64 home;
    struct job *job = find_stranded(0, &home);

    job_release(job);
    return job != NULL;
}

void stranded_settle_all(void)
{
    struct job *job;
    INT64 row = 0, home;
    HRESULT hr;

    while ((job = find_stranded(row, &home)))
    {
        row = job->row;
        if (FAILED(hr = change_run(job, &plan, &home)))
            WARN("%s: its stream is gone, %s", LOG_JOB(job), LOG_CODE(hr));
        job_release(job);
    }
}
