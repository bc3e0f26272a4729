#include "core/orphan.h"

#include "base/mem.h"
#include "core/claim.h"
#include "core/keeper.h"
#include "core/leftover.h"
#include "core/lock.h"
#include "core/queue.h"
#include "core/runner.h"
#include "core/stranded.h"
#include "core/sweep.h"
#include "core/table.h"

/* Real milliseconds. */
#define FREE_MS 1000  /* nobody's for so long: who ran it has left, or died */
#define LOOK_MS 500   /* between looks */
#define LOOKED_AT 256 /* jobs in one look */

/* The keeper's thread's. */
static UINT64 look_at;
static INT64 cursor; /* row of the last job that was looked at, if there were too many */

/* Its bytes go to a stream of another process. */
static bool is_elsewhere(const struct job *job)
{
    return job->streamed && job->home != keeper_process();
}

/* Jobs that wait for somebody to run them, from the cursor on; counted. */
static size_t find_orphans(struct job **orphans)
{
    struct job *job;
    size_t count = 0;

    lock_take_shared(&engine_lock);
    for (job = table_first_locked(); job && count < LOOKED_AT; job = job->next)
    {
        if (job->row <= cursor || job->mine || job->asked || job->waiting ||
            !job_runs_locked(job) || claim_is_away_locked(job) || is_elsewhere(job))
            continue;
        job_addref(job);
        orphans[count++] = job;
    }
    cursor = job && count ? orphans[count - 1]->row : 0;
    lock_drop_shared(&engine_lock);
    return count;
}

static void try_orphans(UINT64 now)
{
    struct job *orphans[LOOKED_AT];
    size_t count = find_orphans(orphans), i;
    bool alone = count && store_is_alone(queue_store());

    for (i = 0; i < count; i++)
    {
        struct job *job = orphans[i];

        if (!claim_try(job))
            job->free_since = 0;
        else if (alone || (job->free_since && now - job->free_since >= FREE_MS))
        {
            claim_keep(job);
            job->free_since = 0;
        }
        else
        {
            queue_lock_drop(queue_locks(), QUEUE_LOCK_JOB(job->row));
            if (!job->free_since)
                job->free_since = now;
        }
        job_release(job);
    }
}

/* A claimant that died wants nothing any more. */
static void forget_dead_claimants(void)
{
    struct job *job, *found = NULL;
    bool dead;
    INT64 row = 0;

    for (;;)
    {
        lock_take_shared(&engine_lock);
        for (job = table_first_locked(); job; job = job->next)
            if (job->row > row && claim_is_away_locked(job))
                break;
        if ((found = job))
            job_addref(found);
        lock_drop_shared(&engine_lock);
        if (!found)
            return;
        row = found->row;
        dead = !queue_lock_is_held(queue_locks(), QUEUE_LOCK_PROCESS(found->claimant));
        lock_take(&engine_lock);
        if (dead)
        {
            found->claimant = 0;
            line_note_locked(found);
        }
        lock_drop(&engine_lock);
        if (dead)
            runner_wake(); /* it goes on, if it has not been let go of yet */
        job_release(found);
    }
}

UINT64 orphan_turn(void)
{
    UINT64 now = GetTickCount64();

    if (now < look_at)
        return look_at;
    forget_dead_claimants();
    try_orphans(now);
    leftover_turn(now);
    if (stranded_any())
        sweep_begin(NULL);
    look_at = cursor ? now : now + LOOK_MS;
    return look_at;
}

void orphan_forget(void)
{
    look_at = 0;
    cursor = 0;
    leftover_forget();
}
