#include "core/sweep.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "core/change.h"
#include "core/lock.h"
#include "core/log_name.h"
#include "core/operation.h"
#include "core/queue.h"
#include "core/recall.h"
#include "core/record.h"
#include "core/settings.h"
#include "core/stranded.h"
#include "core/table.h"
#include "model/limits.h"

#include <stdatomic.h>

/* ---- jobs that ended ---- */

static void remove_row(struct job *job)
{
    struct change change;
    HRESULT hr;

    lock_take(&engine_lock);
    change_init_locked(&change, job);
    change_remove_locked(&change);
    lock_drop(&engine_lock);
    if (FAILED(hr = change_commit(&change)) && hr != STORE_E_CONFLICT)
        WARN("%s: it is over, but its row stays, %s", LOG_JOB(job), LOG_CODE(hr));
    change_cleanup(&change);
}

/* As the row is now: somebody else may have removed it, and its files have other owners since. */
static void clean_up_row(INT64 row)
{
    struct recalled found;
    HRESULT hr = recall_job(queue_store(), row, &found);

    if (hr != S_OK)
        return;
    if (job_state_is_final(found.job->state) && operation_delete_files(found.job))
        remove_row(found.job);
    job_release(found.job);
}

/* Nobody but the holder of its byte touches a job's files. */
static void clean_up(struct job *job)
{
    const UINT64 byte = QUEUE_LOCK_JOB(job->row);

    if (queue_lock_try(queue_locks(), byte, false) != S_OK)
        return;
    clean_up_row(job->row);
    queue_lock_drop(queue_locks(), byte);
}

static void clean_up_all(struct job *jobs)
{
    struct job *job;

    while ((job = jobs))
    {
        jobs = job->next;
        job->next = NULL;
        clean_up(job);
        job_release(job);
    }
}

/* ---- jobs that are too old ---- */

static UINT64 seconds_kept(enum dialect dialect)
{
    return settings_number(dialect == DIALECT_BITS ? L"BitsJobInactivityTimeout"
                                                   : L"JobInactivityTimeout",
                           limits_of(dialect)->retention_days * 86400u);
}

/* Counted, or NULL. */
static struct job *find_old(void)
{
    UINT64 kept[DIALECT_COUNT], now;
    struct job *job;
    FILETIME time;

    kept[DIALECT_DO] = seconds_kept(DIALECT_DO) * 10000000;
    kept[DIALECT_BITS] = seconds_kept(DIALECT_BITS) * 10000000;
    clock_filetime(&time);
    now = record_time(&time);
    lock_take_shared(&engine_lock);
    for (job = table_first_locked(); job; job = job->next)
        if (!job->busy && now > record_time(&job->modification) &&
            now - record_time(&job->modification) >= kept[job_dialect(job)])
            break;
    if (job)
        job_addref(job);
    lock_drop_shared(&engine_lock);
    return job;
}

static void cancel_old(void)
{
    HRESULT hr = S_OK;
    struct job *job;

    while (SUCCEEDED(hr) && (job = find_old()))
    {
        INFO("%s: cancelled, nobody touched it for too long", LOG_JOB(job));
        if (FAILED(hr = engine_cancel_job(job)))
            WARN("%s: not cancelled, %s", LOG_JOB(job), LOG_CODE(hr));
        job_release(job);
    }
}

/* ---- the thread ---- */

static atomic_int running;

static void run(void *context)
{
    clean_up_all(context);
    stranded_settle_all();
    cancel_old();
    atomic_fetch_sub(&running, 1);
    queue_drop();
}

static void release_all(struct job *jobs)
{
    struct job *job;

    while ((job = jobs))
    {
        jobs = job->next;
        job_release(job);
    }
}

static bool has_work(const struct job *leftovers)
{
    struct job *old;

    if (leftovers)
        return true;
    if (atomic_load(&running))
        return false; /* somebody looks at this moment */
    if (stranded_any())
        return true;
    old = find_old();
    job_release(old);
    return old != NULL;
}

void sweep_begin(struct job *leftovers)
{
    HRESULT hr;

    if (!has_work(leftovers) || FAILED(queue_hold()))
    {
        release_all(leftovers);
        return;
    }
    atomic_fetch_add(&running, 1);
    if (SUCCEEDED(hr = thread_start("dosvc sweep", run, leftovers, NULL)))
        return;
    atomic_fetch_sub(&running, 1);
    WARN("what is left of old jobs stays until the next start: 0x%08x", (unsigned int)hr);
    release_all(leftovers);
    queue_drop();
}
