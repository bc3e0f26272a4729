#include "core/schedule.h"

#include "base/clock.h"
#include "base/log.h"
#include "core/claim.h"
#include "core/cost_watch.h"
#include "core/keeper.h"
#include "core/line.h"
#include "core/lock.h"
#include "core/log_name.h"
#include "core/policy.h"
#include "core/table.h"
#include "core/throttle.h"
#include "core/transfer.h"

#include <stdio.h>

#define SWEEP_MS 5000
#define HOLDERS_MAX 512 /* of slots: all that are ever given, lent ones included */

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
    char detail[JOB_DETAIL_CHARS];
    UINT64 quiet;

    if (!job->line.running && !job->line.retries.count)
        job->progress_at = 0; /* all its files wait for other jobs': no server is to blame */
    quiet = seconds_after(job->progress_at, job_number_locked(job, JOB_NO_PROGRESS_TIMEOUT));
    if (now >= quiet)
        failure.kind = FAILURE_NO_PROGRESS;
    else if (now >= over)
        failure.kind = FAILURE_MAX_TIME;
    if (failure.kind == FAILURE_NONE)
        return MIN(quiet, over);
    if (failure.kind == FAILURE_MAX_TIME)
        snprintf(detail, sizeof(detail), "the job's longest time is %llu s", longest);
    else
        snprintf(detail, sizeof(detail), "nothing new came for %llu s%s%s",
                 job_number_locked(job, JOB_NO_PROGRESS_TIMEOUT), *job->last_detail ? ": " : "",
                 job->last_detail);
    keeper_fail_job_locked(job, &failure, job->last_file, detail);
    return CLOCK_NEVER;
}

/* ---- starting ---- */

/* The state of a job that has a transfer. */
static void show_running_locked(struct job *job)
{
    if (job_dialect(job) == DIALECT_DO)
        keeper_show_locked(job, JOB_TRANSFERRING);
    else if (job->state != JOB_TRANSFERRING)
        keeper_show_locked(job, JOB_CONNECTING);
}

/* It has a slot. */
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
        line_put_locked(file);
        line_leave_locked(job);
        keeper_fail_job_locked(job, &failure, file, "");
        return;
    }
    file->phase = FILE_RUNNING;
    if (!job->progress_at)
        job->progress_at = clock_now();
    show_running_locked(job);
}

static bool may_run_locked(const struct job *job)
{
    return claim_lets_run_locked(job) && !job->held;
}

static void start_files_locked(struct runner *runner, UINT64 now)
{
    struct file *file;

    while ((file = line_next_locked(now)))
    {
        if (may_run_locked(file->job))
        {
            start_file_locked(runner, file);
            continue;
        }
        line_put_locked(file);
        line_leave_locked(file->job);
    }
}

/* ---- slots that change hands ---- */

static bool is_giving_up(const struct runner *runner)
{
    const struct transfer *transfer;

    for (transfer = runner->transfers; transfer; transfer = transfer_next(transfer))
        if (transfer_file(transfer)->line.gave_up)
            return true;
    return false;
}

static bool lend_locked(const struct pick_holder *holders, size_t count, UINT64 now)
{
    bool lent = false;
    size_t i;

    for (i = 0; i < count; i++)
        lent = pick_lend(line_pick_locked(), (struct pick_host *)holders[i].host, now) || lent;
    return lent;
}

/* One at a time: what the next one should do shows when its slot has been given on. */
static void make_room_locked(struct runner *runner, UINT64 now)
{
    struct pick_holder holders[HOLDERS_MAX];
    struct transfer *list[HOLDERS_MAX], *transfer;
    size_t count = 0;
    int victim;

    if (!pick_anybody_waits(line_pick_locked()) || is_giving_up(runner))
        return;
    for (transfer = runner->transfers; transfer && count < HOLDERS_MAX;
         transfer = transfer_next(transfer))
    {
        struct file *file = transfer_file(transfer);

        if (!file->line.host)
            continue;
        list[count] = transfer;
        holders[count++] = (struct pick_holder){.host = line_host_of_locked(file),
                                                .class = file->line.class,
                                                .since_ms = file->running_since,
                                                .rate = transfer_rate(transfer, now),
                                                .may_give_up = transfer_may_give_up(transfer)};
    }
    victim = pick_victim(line_pick_locked(), holders, count, now);
    if (victim >= 0)
    {
        INFO("%s: gives its slot to another file", LOG_FILE(transfer_file(list[victim])));
        transfer_file(list[victim])->line.gave_up = true;
        transfer_stop(list[victim]);
    }
    else if (lend_locked(holders, count, now))
        start_files_locked(runner, now);
}

/* ---- the look ---- */

bool schedule_has_work_locked(void)
{
    const struct job *job;

    for (job = table_first_locked(); job; job = job->next)
        if (claim_is_runner_locked(job))
            return true;
    return false;
}

static void stop_unwanted_locked(struct runner *runner, UINT64 now)
{
    struct transfer *transfer;

    for (transfer = runner->transfers; transfer; transfer = transfer_next(transfer))
    {
        struct job *job = transfer_file(transfer)->job;

        throttle_refresh_job_locked(job, now);
        if (!claim_lets_run_locked(job) || job->held || !transfer_is_current_locked(transfer))
            transfer_stop(transfer);
    }
}

/* What has become of the job, and when it is to be looked at again. */
static void look_at_job_locked(struct job *job, UINT64 now)
{
    UINT64 next;

    if (!claim_lets_run_locked(job))
    {
        line_leave_locked(job); /* whoever ends that notes it */
        return;
    }
    next = check_limits_locked(job, now);
    if (!job->failing)
        next = MIN(next, cost_watch_locked(job, now));
    if (!may_run_locked(job))
        line_leave_locked(job);
    else
    {
        if (job->state == JOB_QUEUED && job->transfers)
            show_running_locked(job); /* suspended and resumed before its transfers heard of it */
        if (!line_fill_locked(job, now))
            next = now;
        next = MIN(next, line_end_pauses_locked(job, now)); /* those that fill found, too */
    }
    if (claim_lets_run_locked(job))
        line_look_at_locked(job, next > now ? next : now + 1);
}

/* A job whose change nobody noted would wait for ever; this finds it. */
static UINT64 sweep_locked(UINT64 now)
{
    static UINT64 swept;
    struct job *job;

    if (now - swept < SWEEP_MS)
        return swept + SWEEP_MS;
    swept = now;
    for (job = table_first_locked(); job; job = job->next)
        if (!job->line.due.in_heap)
            line_note_locked(job);
    return now + SWEEP_MS;
}

static UINT64 look_at_jobs(struct runner *runner, UINT64 now)
{
    const struct policy *policy = policy_now();
    struct job *job;
    UINT64 next;

    lock_take(&engine_lock);
    line_set_limits_locked(policy->transfers, policy->per_host);
    next = sweep_locked(now);
    while ((job = line_take_due_locked(now)))
        look_at_job_locked(job, now);
    stop_unwanted_locked(runner, now);
    start_files_locked(runner, now);
    make_room_locked(runner, now);
    if (!runner->transfers && line_next_look_locked(now) == CLOCK_NEVER &&
        !schedule_has_work_locked())
        next = CLOCK_NEVER; /* nothing that could have been missed */
    next = MIN(next, line_next_look_locked(now));
    lock_drop(&engine_lock);
    return next;
}

/* Who has waited longest for a limit goes first, or the first in the list would have it all.
 * Returns when to look again. */
static UINT64 work_off_limits(struct runner *runner, UINT64 now)
{
    struct transfer *transfer, *first = NULL;
    unsigned int waiting = 0;

    for (transfer = runner->transfers; transfer; transfer = transfer_next(transfer))
    {
        UINT64 since = transfer_limited_since(transfer);

        if (!since || !throttle_is_open(transfer_file(transfer), now))
            continue;
        waiting++;
        if (!first || since < transfer_limited_since(first))
            first = transfer;
    }
    if (first)
        transfer_try_limit(first, now);
    return waiting > 1 ? now + 1 : CLOCK_NEVER;
}

UINT64 schedule_look(struct runner *runner)
{
    UINT64 now = clock_now();
    struct transfer *transfer, *following;
    UINT64 next, tick;

    policy_refresh();
    throttle_refresh(now);
    next = look_at_jobs(runner, now);
    cost_watch_refresh(now);
    /* last: what was just started must be looked at again, too */
    for (transfer = runner->transfers; transfer; transfer = following)
    {
        following = transfer_next(transfer);
        tick = transfer_tick(transfer, now);
        next = MIN(next, tick);
    }
    tick = work_off_limits(runner, now);
    return MIN(next, tick);
}
