#include "core/claim.h"

#include "base/log.h"
#include "base/mem.h"
#include "core/change.h"
#include "core/keeper.h"
#include "core/load.h"
#include "core/lock.h"
#include "core/log_name.h"
#include "core/notes.h"
#include "core/queue.h"
#include "core/runner.h"
#include "io/queue_lock.h"

/* Real milliseconds, all of them. */
#define ASK_AGAIN_MS 20 /* while somebody here waits for a byte */
#define ASK_MS 1000     /* what was asked for in vain is another process's job */
#define HINT_MS 50      /* a byte that is only about to be dropped is not worth an order */
#define WAIT_MS 10000   /* that a client waits for another process to let go */

/* All of it the keeper's thread's. */
static struct claims
{
    struct job **wanted; /* somebody here waits for them, or made them run; counted */
    size_t wanted_count, wanted_capacity;
    struct job **taken; /* the byte is ours; counted */
    size_t taken_count, taken_capacity;
    UINT64 again_at;
} claims;

/* ---- what follows from whose it is ---- */

bool claim_is_away_locked(const struct job *job)
{
    return job->claimant && job->claimant != keeper_process();
}

void claim_ask_locked(struct job *job)
{
    job->asked = !job->mine;
    keeper_note_job_locked(job);
}

bool claim_lets_run_locked(const struct job *job)
{
    return job_runs_locked(job) && job->mine && !job->busy && !job->failing &&
           !claim_is_away_locked(job);
}

bool claim_is_runner_locked(const struct job *job)
{
    return job_runs_locked(job) && (job->mine || job->asked);
}

static bool rests_locked(const struct job *job)
{
    if (job->transfers || job->storing || job->failing || job->busy || job->waiting ||
        job->dirty_files)
        return false;
    return !job_runs_locked(job) || claim_is_away_locked(job);
}

/* ---- clients that wait ---- */

static HRESULT decide_claimant(struct change *change, void *context)
{
    const struct job *job = change->job;
    const INT64 *claimant = context;

    if (job_state_is_final(job->state))
        return job_hr(job, FAILURE_INVALID_STATE);
    if (job->claimant == *claimant || (*claimant && job->mine))
        return S_FALSE;
    change->row.claimant = *claimant;
    change_job_locked(change);
    return S_OK;
}

static void publish_claimant(struct change *change, void *context)
{
    change->job->claimant = *(const INT64 *)context;
    line_note_locked(change->job);
}

static HRESULT set_claimant(struct job *job, INT64 process)
{
    static const struct change_plan plan = {decide_claimant, publish_claimant};

    return change_run(job, &plan, &process);
}

/* S_FALSE: not within `ms`. */
static HRESULT wait_for_byte(struct job *job, UINT64 ms)
{
    UINT64 start = GetTickCount64();
    HRESULT hr = S_FALSE;

    lock_take(&engine_lock);
    job->waiting++;
    keeper_note_job_locked(job);
    for (;;)
    {
        UINT64 passed = GetTickCount64() - start;

        if (job_state_is_final(job->state))
            hr = job_hr(job, FAILURE_INVALID_STATE);
        else if (job->mine)
            hr = S_OK;
        if (hr != S_FALSE || passed >= ms)
            break;
        lock_wait(&engine_lock, &engine_changed, (DWORD)(ms - passed));
    }
    job->waiting--;
    lock_drop(&engine_lock);
    return hr;
}

HRESULT claim_wait(struct job *job)
{
    HRESULT hr = wait_for_byte(job, HINT_MS);

    if (hr != S_FALSE)
        return hr;
    if (SUCCEEDED(hr = set_claimant(job, keeper_process())))
        hr = wait_for_byte(job, WAIT_MS);
    if (hr == S_FALSE)
    {
        WARN("%s: the process that runs it does not let go of it", LOG_JOB(job));
        set_claimant(job, 0);
        hr = HRESULT_FROM_WIN32(ERROR_BUSY);
    }
    return hr;
}

/* ---- lists ---- */

static bool keep(struct job ***list, size_t *count, size_t *capacity, struct job *job)
{
    struct job **grown = mem_array_grow(*list, capacity, *count + 1, sizeof(*grown));

    if (!grown)
        return false;
    *list = grown;
    job_addref(job);
    grown[(*count)++] = job;
    return true;
}

static void free_list(struct job ***list, size_t *count, size_t *capacity)
{
    while (*count)
        job_release((*list)[--*count]);
    mem_free(*list);
    *list = NULL;
    *capacity = 0;
}

/* False without memory. */
static bool want(struct job *job)
{
    size_t i;

    for (i = 0; i < claims.wanted_count; i++)
        if (claims.wanted[i] == job)
            return true;
    job->free_since = GetTickCount64();
    claims.again_at = 0;
    return keep(&claims.wanted, &claims.wanted_count, &claims.wanted_capacity, job);
}

/* ---- the first run ---- */

bool claim_first(struct job *job)
{
    bool first;

    lock_take_shared(&engine_lock);
    first = !job->resumed && !job->mine && !claim_is_away_locked(job) &&
            !job_state_is_final(job->state);
    lock_drop_shared(&engine_lock);
    return first && claim_try(job);
}

void claim_give_back(struct job *job)
{
    queue_lock_drop(queue_locks(), QUEUE_LOCK_JOB(job->row));
}

/* ---- giving back ---- */

void claim_look(struct job *job)
{
    bool drop, wanted;

    lock_take(&engine_lock);
    drop = job->mine && rests_locked(job);
    if (drop)
        job->mine = false;
    wanted = !job->mine && (job->waiting || (job->asked && job_runs_locked(job)));
    lock_drop(&engine_lock);
    if (drop)
        claim_give_back(job);
    if (wanted && !want(job))
    {
        lock_take(&engine_lock);
        notes_keep_job_locked(job); /* again a little later */
        lock_drop(&engine_lock);
    }
}

/* ---- taking ---- */

bool claim_try(struct job *job)
{
    HRESULT hr = queue_lock_try(queue_locks(), QUEUE_LOCK_JOB(job->row), false);

    if (FAILED(hr))
        WARN("%s: its byte cannot be taken: 0x%08x", LOG_JOB(job), (unsigned int)hr);
    return hr == S_OK;
}

bool claim_keep(struct job *job)
{
    if (keep(&claims.taken, &claims.taken_count, &claims.taken_capacity, job))
        return true;
    claim_give_back(job);
    return false;
}

/* Whether it is still to be tried for. */
static bool is_wanted(struct job *job, UINT64 now)
{
    bool wanted;

    lock_take(&engine_lock);
    if (job->asked && (!job_runs_locked(job) || now - job->free_since >= ASK_MS))
        job->asked = false;
    wanted = !job->mine && !job_state_is_final(job->state) && (job->waiting || job->asked);
    lock_drop(&engine_lock);
    return wanted;
}

static void try_wanted(UINT64 now)
{
    size_t i = 0;

    while (i < claims.wanted_count)
    {
        struct job *job = claims.wanted[i];
        bool wanted = is_wanted(job, now);

        if (wanted && !(claim_try(job) && claim_keep(job)))
        {
            i++;
            continue;
        }
        claims.wanted[i] = claims.wanted[--claims.wanted_count];
        job->free_since = 0;
        job_release(job);
    }
    claims.again_at = now + ASK_AGAIN_MS;
    if (!claims.wanted_count)
        free_list(&claims.wanted, &claims.wanted_count, &claims.wanted_capacity);
}

UINT64 claim_turn(void)
{
    UINT64 now = GetTickCount64();

    if (claims.wanted_count && now >= claims.again_at)
        try_wanted(now);
    return claims.wanted_count ? claims.again_at : UINT64_MAX;
}

bool claim_has_taken(void)
{
    return claims.taken_count != 0;
}

/* The process that had it before may have been about to rename a file. Nobody else changes what a
 * file of the job is like: the byte is ours. */
static void settle_renames(struct job *job)
{
    struct file *file;
    size_t i;

    for (i = 0; (file = engine_file(job, i)); i++)
        if (file->renaming)
            load_settle_rename(file);
}

/* What that process was doing is not going on here. */
void claim_adopt_locked(struct job *job)
{
    size_t i;

    job->mine = true;
    job->asked = false;
    if (!job_runs_locked(job))
        return;
    INFO("%s: this process runs it", LOG_JOB(job));
    job_move_locked(job, JOB_QUEUED);
    for (i = 0; i < job->file_count; i++)
    {
        struct file *file = job->files[i];

        retry_init(&file->retry);
        if (file->phase != FILE_DONE)
            file->phase = FILE_WAITING;
    }
    line_leave_locked(job);
    line_note_locked(job);
}

/* False: what its row says is still to be taken over. */
static bool confirm(struct job *job, bool can_run)
{
    bool stale, adopted = false;

    settle_renames(job);
    lock_take(&engine_lock);
    stale = job->stale;
    if (!stale && (can_run || !job_runs_locked(job)))
    {
        claim_adopt_locked(job);
        adopted = true;
    }
    else if (!stale)
        job->asked = false; /* found again when somebody looks for jobs that nobody runs */
    if (!stale)
        keeper_note_job_locked(job); /* it may rest by now */
    lock_drop(&engine_lock);
    if (!stale && !adopted)
        claim_give_back(job);
    return !stale;
}

static bool any_runs(struct job *const *jobs, size_t count)
{
    bool runs = false;
    size_t i;

    lock_take_shared(&engine_lock);
    for (i = 0; i < count; i++)
        runs = runs || job_runs_locked(jobs[i]);
    lock_drop_shared(&engine_lock);
    return runs;
}

void claim_confirm(void)
{
    HRESULT runner = S_FALSE;
    size_t i = 0;

    if (!claims.taken_count)
        return;
    if (any_runs(claims.taken, claims.taken_count) && FAILED(runner = runner_hold()))
        WARN("no engine for the jobs of this process: 0x%08x", (unsigned int)runner);
    while (i < claims.taken_count)
    {
        struct job *job = claims.taken[i];

        if (!confirm(job, runner == S_OK))
        {
            i++;
            continue;
        }
        claims.taken[i] = claims.taken[--claims.taken_count];
        job_release(job);
    }
    if (!claims.taken_count)
        free_list(&claims.taken, &claims.taken_count, &claims.taken_capacity);
    WakeAllConditionVariable(&engine_changed);
    if (runner == S_OK)
    {
        runner_wake();
        runner_drop();
    }
}

void claim_drop_all(void)
{
    size_t i;

    for (i = 0; i < claims.taken_count; i++)
        claim_give_back(claims.taken[i]);
    free_list(&claims.taken, &claims.taken_count, &claims.taken_capacity);
    free_list(&claims.wanted, &claims.wanted_count, &claims.wanted_capacity);
    claims = (struct claims){0};
}
