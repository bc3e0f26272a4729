#include "core/schedule.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "core/cost_watch.h"
#include "core/lock.h"
#include "core/policy.h"
#include "core/table.h"
#include "core/transfer.h"
#include "model/limits.h"
#include "model/url.h"

/* ---- states that follow from what the files do ---- */

static void fail_locked(struct job *job, const struct failure_info *failure, struct file *file,
                        const char *detail)
{
    job_fail_locked(job, JOB_ERROR, failure, &job->last_cause, file, detail);
}

/* The earliest retry of a file; CLOCK_NEVER if none waits for one. */
static UINT64 next_retry_locked(const struct job *job)
{
    UINT64 at = CLOCK_NEVER;
    size_t i;

    for (i = 0; i < job->file_count; i++)
        if (job->files[i]->phase == FILE_BACKOFF)
            at = MIN(at, job->files[i]->retry_at);
    return at;
}

static void retry_due_files_locked(struct job *job, UINT64 now)
{
    size_t i;

    for (i = 0; i < job->file_count; i++)
    {
        struct file *file = job->files[i];

        if (file->phase != FILE_BACKOFF || file->retry_at > now)
            continue;
        file->phase = FILE_WAITING;
        job->cursor = MIN(job->cursor, i);
    }
}

/* ---- time limits of a job ---- */

static UINT64 seconds_after(UINT64 start, UINT64 seconds)
{
    if (!start || seconds > UINT64_MAX / 1000 - start)
        return CLOCK_NEVER;
    return start + seconds * 1000;
}

/* Ends the job if one of its limits is reached; returns when the next one will be. */
static UINT64 check_limits_locked(struct job *job, UINT64 now)
{
    UINT64 longest = job_number_locked(job, JOB_MAX_DOWNLOAD_TIME);
    UINT64 over = longest ? seconds_after(job->active_since, longest) : CLOCK_NEVER;
    struct failure_info failure = {.kind = FAILURE_NONE};
    UINT64 quiet;

    if (!job_has_file_locked(job, FILE_RUNNING) && !job_has_file_locked(job, FILE_BACKOFF))
        job->progress_at = 0; /* all its files wait for other jobs': no server is to blame */
    quiet = seconds_after(job->progress_at, job_number_locked(job, JOB_NO_PROGRESS_TIMEOUT));
    if (now >= quiet)
        failure.kind = FAILURE_NO_PROGRESS;
    else if (now >= over)
        failure.kind = FAILURE_MAX_TIME;
    if (failure.kind == FAILURE_NONE)
        return MIN(quiet, over);
    fail_locked(job, &failure, job->last_file, job->last_detail);
    return CLOCK_NEVER;
}

/* ---- starting ---- */

static unsigned int transfers_to(const struct runner *runner, const char *host)
{
    const struct transfer *transfer;
    unsigned int count = 0;

    for (transfer = runner->transfers; transfer; transfer = transfer_next(transfer))
        count += str_equal_nocase(transfer_host(transfer), host);
    return count;
}

static bool host_has_room(const struct runner *runner, const struct file *file)
{
    char host[URL_HOST_SIZE];

    return !url_host(file->url, host, sizeof(host)) ||
           transfers_to(runner, host) < policy_now()->per_host;
}

/* The state of a job that has a transfer. */
static void show_running_locked(struct job *job)
{
    if (job_dialect(job) == DIALECT_DO)
        job_move_locked(job, JOB_TRANSFERRING);
    else if (job->state != JOB_TRANSFERRING)
        job_move_locked(job, JOB_CONNECTING);
}

static void start_file_locked(struct runner *runner, struct file *file)
{
    struct failure_info failure = {.kind = FAILURE_LOCAL_FILE};
    struct job *job = file->job;
    HRESULT hr = E_FAIL;

    if (!file->stream && !file->texts[FILE_LOCAL_NAME])
        failure.kind = FAILURE_NO_SINK; /* it was added while the job ran */
    else if (FAILED(hr = transfer_start_locked(runner, file)))
        failure.hr = (uint32_t)hr;
    if (FAILED(hr))
    {

        fail_locked(job, &failure, file, "");
        return;
    }
    file->phase = FILE_RUNNING;
    if (!job->progress_at)
        job->progress_at = clock_now();
    show_running_locked(job);
}

static void start_files_locked(struct runner *runner, struct job *job)
{
    bool passed = false; /* a file that must wait: the cursor stays before it */
    size_t i;

    if (job->state == JOB_QUEUED && job->transfers)
        show_running_locked(job); /* suspended and resumed before its transfers heard of it */
    for (i = job->cursor; i < job->file_count && runner->transfer_count < policy_now()->transfers;
         i++)
    {
        struct file *file = job->files[i];

        if (file->phase == FILE_WAITING)
        {
            if (!file->transfer && host_has_room(runner, file))
                start_file_locked(runner, file);
            else
                passed = true;
            if (!job_runs_locked(job))
                return;
        }
        if (!passed)
            job->cursor = i + 1;
    }
}

/* ---- the look ---- */

bool schedule_has_work_locked(void)
{
    const struct job *job;

    for (job = table_first_locked(); job; job = job->next)
        if (job_runs_locked(job))
            return true;
    return false;
}

static void stop_unwanted_locked(struct runner *runner)
{
    struct transfer *transfer;

    for (transfer = runner->transfers; transfer; transfer = transfer_next(transfer))
    {
        const struct job *job = transfer_file(transfer)->job;

        if (!job_runs_locked(job) || job->busy || job->held ||
            !transfer_is_current_locked(transfer))
            transfer_stop(transfer);
    }
}

UINT64 schedule_look(struct runner *runner)
{
    UINT64 now = clock_now();
    UINT64 next = CLOCK_NEVER;
    struct transfer *transfer, *following;
    unsigned int priority;
    struct job *job;
    UINT64 tick;

    policy_refresh();
    lock_take(&engine_lock);
    for (job = table_first_locked(); job; job = job->next)
    {
        if (!job_runs_locked(job) || job->busy)
            continue;
        next = MIN(next, check_limits_locked(job, now));
        retry_due_files_locked(job, now);
        next = MIN(next, next_retry_locked(job));
        if (job_runs_locked(job))
            next = MIN(next, cost_watch_locked(job, now));
    }
    stop_unwanted_locked(runner);
    for (priority = 0; priority <= JOB_PRIORITY_LOWEST; priority++)
        for (job = table_first_locked(); job; job = job->next)
            if (job->numbers[JOB_PRIORITY] == priority && job_runs_locked(job) && !job->busy &&
                !job->held)
                start_files_locked(runner, job);
    lock_drop(&engine_lock);
    cost_watch_refresh(now);
    /* last: what was just started must be looked at again, too */
    for (transfer = runner->transfers; transfer; transfer = following)
    {
        following = transfer_next(transfer);
        tick = transfer_tick(transfer, now);
        next = MIN(next, tick);
    }
    return next;
}
