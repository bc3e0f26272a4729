#include "core/queue.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/module.h"
#include "core/change.h"
#include "core/claim.h"
#include "core/keeper.h"
#include "core/load.h"
#include "core/lock.h"
#include "core/quota.h"
#include "core/runner.h"
#include "core/settings.h"
#include "core/sweep.h"
#include "core/table.h"
#include "io/places.h"

static struct lock life_lock = LOCK_INIT(LOCK_LEAF); /* protects what follows */
static CONDITION_VARIABLE life_changed = CONDITION_VARIABLE_INIT;
static unsigned int holds;
static enum {
    CLOSED,
    MOVING, /* one thread opens or closes it, without the lock; others wait */
    OPEN
} life;

/* Fixed while it is open. */
static struct queue_lock *locks;
static struct store *store;
static INT64 sequence;

struct store *queue_store(void)
{
    return store;
}

struct queue_lock *queue_locks(void)
{
    return locks;
}

INT64 *queue_sequence(void)
{
    return &sequence;
}

/* ---- opening and closing ---- */

/* Returns the jobs that were in the table, linked by `next`, whose references are the caller's. */
static struct job *empty_table(void)
{
    struct job *first, *job, **link = &first;

    lock_take(&engine_lock);
    while ((job = table_first_locked()))
    {
        table_remove_locked(job);
        *link = job;
        link = &job->next;
    }
    *link = NULL;
    lock_drop(&engine_lock);
    return first;
}

static void release_all(struct job *jobs)
{
    struct job *job;

    while ((job = jobs))
    {
        jobs = job->next;
        job->next = NULL;
        job_release(job);
    }
}

static void close_files(void)
{
    store_close(store);
    queue_lock_close(locks);
    store = NULL;
    locks = NULL;
}

static HRESULT open_files(void)
{
    bool relaxed = settings_number(L"RelaxedDurability", 0) != 0;
    WCHAR *folder;
    HRESULT hr = places_queue_folder(&folder);

    if (FAILED(hr))
        return hr;
    if (SUCCEEDED(hr = queue_lock_open(folder, &locks)))
        hr = store_open(folder, locks, relaxed, &store);
    mem_free(folder);
    return hr;
}

/* `leftovers`: jobs that ended, of which something is still there. */
static HRESULT open_queue(struct job **leftovers)
{
    HRESULT hr;

    sequence = 0;
    if (SUCCEEDED(hr = open_files()) && SUCCEEDED(hr = load_jobs(leftovers)) &&
        SUCCEEDED(hr = keeper_start()))
        return S_OK;
    ERR("the queue cannot be opened: 0x%08x", (unsigned int)hr);
    release_all(*leftovers);
    *leftovers = NULL;
    release_all(empty_table()); /* nobody has seen these jobs: they have no observers */
    close_files();
    return hr;
}

/* What it is once nobody moves it; from now on the caller does. */
static int take_life(void)
{
    int was;

    lock_take(&life_lock);
    while (life == MOVING)
        lock_wait(&life_lock, &life_changed, INFINITE);
    was = life;
    life = MOVING;
    lock_drop(&life_lock);
    return was;
}

static void give_life(bool is_open, unsigned int more)
{
    lock_take(&life_lock);
    life = is_open ? OPEN : CLOSED;
    holds += more;
    lock_drop(&life_lock);
    WakeAllConditionVariable(&life_changed);
}

/* The usual case: it is open. */
static bool hold_if_open(void)
{
    bool held;

    lock_take(&life_lock);
    if ((held = life == OPEN))
        holds++;
    lock_drop(&life_lock);
    return held;
}

HRESULT queue_hold(void)
{
    struct job *leftovers = NULL;
    HRESULT hr = S_OK;
    bool opened;

    if (hold_if_open())
        return S_OK;
    if ((opened = take_life() == CLOSED))
        hr = open_queue(&leftovers);
    give_life(SUCCEEDED(hr), SUCCEEDED(hr) ? 1 : 0);
    if (opened && SUCCEEDED(hr))
    {
        load_finish_jobs();
        sweep_begin(leftovers);
    }
    return hr;
}

void queue_drop(void)
{
    bool last;

    lock_take(&life_lock);
    assert(holds);
    last = !--holds;
    lock_drop(&life_lock);
    if (last && !module_objects_live())
        keeper_poke();
}

bool queue_is_open(void)
{
    bool is;

    lock_take_shared(&life_lock);
    is = life != CLOSED;
    lock_drop_shared(&life_lock);
    return is;
}

static bool is_at_work_locked(const struct job *job)
{
    return claim_is_runner_locked(job) || job->transfers || job->storing || job->failing ||
           job->changing || job->busy;
}

/* No client can come in meanwhile: a manager holds the queue before it is an object, and every
 * other object comes from one. */
static bool is_needed(void)
{
    const struct job *job;
    bool held;

    lock_take_shared(&life_lock);
    held = holds != 0;
    lock_drop_shared(&life_lock);
    if (held || module_objects_live() || runner_is_there())
        return true;
    lock_take_shared(&engine_lock);
    for (job = table_first_locked(); job && !is_at_work_locked(job); job = job->next)
        ;
    lock_drop_shared(&engine_lock);
    return job != NULL;
}

bool queue_close_if_idle(void)
{
    bool is_open = take_life() == OPEN;
    struct job *jobs = NULL;

    if (is_open && !is_needed())
    {
        keeper_stop();
        jobs = empty_table();
        close_files();
        is_open = false;
    }
    give_life(is_open, 0);
    release_all(jobs);
    return !is_open;
}

/* ---- new jobs ---- */

HRESULT queue_add_job(struct job *job)
{
    size_t most = quota_jobs(job_dialect(job));
    struct change change;
    HRESULT hr;

    lock_take(&engine_lock);
    hr = quota_reserve_locked(job_dialect(job), most);
    if (SUCCEEDED(hr))
    {
        change_init_locked(&change, job);
        change_add_job_locked(&change);
        table_expect_locked(job);
    }
    lock_drop(&engine_lock);
    if (FAILED(hr))
        return hr;
    hr = change_commit(&change);
    lock_take(&engine_lock);
    quota_settle_locked(job_dialect(job));
    table_unexpect_locked(job);
    if (SUCCEEDED(hr))
    {
        change_stored_locked(&change);
        table_add_locked(job);
    }
    lock_drop(&engine_lock);
    change_cleanup(&change);
    return hr;
}
