#include "core/import.h"

#include "base/log.h"
#include "base/mem.h"
#include "core/follow.h"
#include "core/judge.h"
#include "core/keeper.h"
#include "core/leftover.h"
#include "core/load.h"
#include "core/lock.h"
#include "core/log_name.h"
#include "core/merge.h"
#include "core/queue.h"
#include "core/recall.h"
#include "core/runner.h"
#include "core/table.h"

#define GONE_WAIT_MS 2000 /* until the keeper has read how a job ended that is gone */

#define AT_ONCE 64 /* jobs under one hold of the lock: getters wait for it */

struct gone
{
    GUID id;
    enum job_face face;
    enum job_state state;
};

struct news /* one reading */
{
    struct recalled *jobs; /* in the order of their rows */
    size_t count, capacity;
    struct job **fresh; /* of those, the ones that this process did not know; counted by jobs */
    size_t fresh_count;
    bool early; /* a job is among them that this process is about to add: all is read once more */
    struct gone *gone;
    size_t gone_count, gone_capacity;
    struct job *over; /* left the table, by `next`: released without the lock */
};

/* ---- a reading ---- */

static HRESULT note_job(void *context, const struct recalled *recalled)
{
    struct news *news = context;
    struct recalled *grown =
        mem_array_grow(news->jobs, &news->capacity, news->count + 1, sizeof(*grown));

    if (!grown)
    {
        job_release(recalled->job);
        return E_OUTOFMEMORY;
    }
    news->jobs = grown;
    grown[news->count++] = *recalled;
    return S_OK;
}

static HRESULT note_gone(void *context, const GUID *id, enum job_face face, enum job_state state)
{
    struct news *news = context;
    struct gone *grown =
        mem_array_grow(news->gone, &news->gone_capacity, news->gone_count + 1, sizeof(*grown));

    if (!grown)
        return E_OUTOFMEMORY;
    news->gone = grown;
    grown[news->gone_count++] = (struct gone){.id = *id, .face = face, .state = state};
    return S_OK;
}

/* The table lets go of a job that is over; its reference is released later. */
static void leave_table_locked(struct news *news, struct job *job)
{
    table_remove_locked(job);
    job->next = news->over;
    news->over = job;
}

static void take_gone_locked(struct news *news, const struct gone *gone)
{
    struct job *job;

    for (job = table_first_locked(); job; job = job->next)
        if (job->face == gone->face && IsEqualGUID(&job->id, &gone->id))
            break;
    if (!job)
        return;
    follow_state_to_locked(job, gone->state);
    keeper_note_job_locked(job);
    leave_table_locked(news, job);
}

/* True: it is taken over, or there is nothing to take over. */
static bool take_known_locked(struct news *news, struct job *job, const struct recalled *from)
{
    HRESULT hr;

    if (job->changing)
        hr = S_FALSE;
    else if (FAILED(hr = follow_locked(job, from)) && hr != MERGE_E_GAP)
        WARN("%s: what another process changed cannot be taken over: 0x%08x", LOG_JOB(job),
             (unsigned int)hr);
    job->stale = hr != S_OK;
    if (job_state_is_final(job->state))
        leave_table_locked(news, job);
    return hr == S_OK;
}

/* Both the table and the news are in the order of rows. */
static void take_jobs_locked(struct news *news, size_t from, size_t to)
{
    struct job *job = table_first_locked(), *next;
    size_t i;

    for (i = from; i < to; i++)
    {
        struct job *read = news->jobs[i].job;

        while (job && job->row < read->row)
            job = job->next;
        next = job && job->row == read->row ? job->next : job;
        if (job && job->row == read->row)
            take_known_locked(news, job, &news->jobs[i]);
        else if (table_expects_locked(&read->id))
            news->early = true;
        else if (!job_state_is_final(read->state))
            news->fresh[news->fresh_count++] = read;
        job = next;
    }
}

/* They may be new in every respect, or what a process left that has died. */
static void add_fresh(struct job *job)
{
    if (load_settle(job) != S_OK)
        return;
    lock_take(&engine_lock);
    table_add_locked(job);
    keeper_note_job_locked(job);
    lock_drop(&engine_lock);
}

static HRESULT take_all(struct news *news)
{
    size_t i;

    if (news->count && !(news->fresh = mem_array_alloc(news->count, sizeof(struct job *))))
        return E_OUTOFMEMORY;
    for (i = 0; i < news->count; i += AT_ONCE)
    {
        lock_take(&engine_lock);
        take_jobs_locked(news, i, MIN(i + AT_ONCE, news->count));
        lock_drop(&engine_lock);
    }
    for (i = 0; i < news->fresh_count; i++)
        add_fresh(news->fresh[i]);
    for (i = 0; i < news->gone_count; i++)
    {
        lock_take(&engine_lock);
        take_gone_locked(news, &news->gone[i]);
        lock_drop(&engine_lock);
    }
    return S_OK;
}

static void finish(struct news *news)
{
    struct job *job;
    size_t i;

    while ((job = news->over))
    {
        news->over = job->next;
        job->next = NULL;
        judge_forget(job);
        job_release(job);
    }
    for (i = 0; i < news->count; i++)
        job_release(news->jobs[i].job);
    mem_free(news->jobs);
    mem_free(news->gone);
    mem_free(news->fresh);
    WakeAllConditionVariable(&engine_changed);
    runner_wake();
}

/* ---- jobs that were left ---- */

/* A stale job whose row is beyond `row`, counted. */
static struct job *next_stale(INT64 row)
{
    struct job *job;

    lock_take_shared(&engine_lock);
    for (job = table_first_locked(); job; job = job->next)
        if (job->stale && job->row > row)
            break;
    if (job)
        job_addref(job);
    lock_drop_shared(&engine_lock);
    return job;
}

/* False: not yet. */
static bool take_whole(struct job *job)
{
    struct recalled from;
    struct news news = {0};
    bool taken = true;
    HRESULT hr = recall_job(queue_store(), job->row, &from);

    if (hr == S_OK)
    {
        lock_take(&engine_lock);
        taken = take_known_locked(&news, job, &from);
        lock_drop(&engine_lock);
        job_release(from.job);
    }
    else if (FAILED(hr))
        taken = false; /* S_FALSE: the next reading tells that it is gone */
    finish(&news);
    return taken;
}

static bool take_stale(void)
{
    struct job *job;
    bool all = true;
    INT64 row = 0;

    while ((job = next_stale(row)))
    {
        row = job->row;
        all = take_whole(job) && all;
        job_release(job);
    }
    return all;
}

/* Of jobs that are over something may still be there. */
static void note_leftovers(const struct news *news)
{
    size_t i;

    for (i = 0; i < news->count; i++)
        if (job_state_is_final(news->jobs[i].job->state))
            leftover_note(news->jobs[i].job);
    for (i = 0; i < news->gone_count; i++)
        leftover_gone(news->gone[i].face, &news->gone[i].id);
}

HRESULT import_changes(INT64 *sequence, bool *all)
{
    const struct recall_reader reader = {.job = note_job, .gone = note_gone};
    struct recall_reader with = reader;
    struct news news = {0};
    INT64 upto = *sequence;
    bool early;
    HRESULT hr;

    with.context = &news;
    if (SUCCEEDED(hr = recall_changes(queue_store(), &upto, &with)) &&
        SUCCEEDED(hr = take_all(&news)) && !news.early)
        *sequence = upto;
    early = news.early;
    note_leftovers(&news);
    finish(&news);
    *all = take_stale() && SUCCEEDED(hr) && !early;
    return hr;
}

/* ---- one job, for who changes it ---- */

/* What became of it is in the next reading. */
static void wait_for_the_end(struct job *job)
{
    UINT64 start = GetTickCount64();

    keeper_wake();
    lock_take(&engine_lock);
    while (!job_state_is_final(job->state) && GetTickCount64() - start < GONE_WAIT_MS)
        lock_wait(&engine_lock, &engine_changed, 100);
    lock_drop(&engine_lock);
}

HRESULT import_job(struct job *job)
{
    struct recalled from;
    struct news news = {0};
    HRESULT hr = recall_job(queue_store(), job->row, &from);
    bool was_over;

    if (hr == S_OK)
    {
        lock_take(&engine_lock);
        was_over = job_state_is_final(job->state);
        hr = follow_locked(job, &from);
        if (!was_over && job_state_is_final(job->state))
            leave_table_locked(&news, job);
        lock_drop(&engine_lock);
        job_release(from.job);
        finish(&news);
    }
    else if (hr == S_FALSE)
    {
        wait_for_the_end(job);
        hr = S_OK;
    }
    return hr;
}
