#include "core/runner.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "core/keeper.h"
#include "core/lock.h"
#include "core/policy.h"
#include "core/route.h"
#include "core/schedule.h"
#include "io/http.h"
#include "io/pool.h"

#include <stdatomic.h>

#define LINGER_MS 10000 /* virtual; connections stay open for the next job this long */
#define HELD_MS 1000    /* virtual; whether somebody still holds it past that */
#define TOGETHER_MS 10  /* virtual; orders that come within it are looked at together */

struct engine_thread
{
    struct runner runner; /* the thread's own */
    atomic_bool look;     /* something changed since the last look at the jobs */
    atomic_bool soon;     /* ... of a kind that often comes in numbers */
    unsigned int holds;   /* protected by current_lock */
    bool hurry;           /* protected by current_lock; nobody wants a connection to linger */
    bool spare;           /* protected by current_lock; another one became current first */
};

static struct lock current_lock = LOCK_INIT(LOCK_LEAF); /* protects current, holds, hurry */
static struct engine_thread *current;                   /* takes work; NULL: none does */
static atomic_uint there;                               /* engine threads that are not gone */

/* ---- the thread ---- */

static void thread_free(struct engine_thread *thread)
{
    unsigned int i;

    if (thread->runner.routes)
        routes_close(thread->runner.routes);
    for (i = 0; i < RUNNER_FLUSHERS; i++)
        disk_stop(thread->runner.flushers[i]);
    if (thread->runner.disk)
        disk_stop(thread->runner.disk); /* first: its thread may be about to wake http */
    if (thread->runner.http)
        http_close(thread->runner.http);
    if (thread->runner.pool)
        pool_close(thread->runner.pool);
    mem_free(thread);
}

static void take_results(struct runner *runner)
{
    struct queue_node *node = queue_pop_all(&runner->inbox, 0);

    while (node)
    {
        struct runner_op *op = CONTAINER_OF(node, struct runner_op, node);

        node = node->next; /* finish may free the operation */
        op->finish(op);
    }
}

/* Of two threads that were made at the same time only one works; sinks and host limits rely on it.
 */
static bool takes_work(struct engine_thread *thread)
{
    bool takes;

    lock_take_shared(&current_lock);
    takes = current == thread;
    lock_drop_shared(&current_lock);
    return takes;
}

/* Decided under engine_lock, in which jobs are made to run: either the job is seen here, or its
 * client holds the runner, or it finds no current runner and starts another. */
static bool may_leave(struct engine_thread *thread, UINT64 idle_since)
{
    bool leave = false;

    lock_take_shared(&engine_lock);
    if (!takes_work(thread) || !schedule_has_work_locked())
    {
        lock_take(&current_lock);
        leave = !thread->holds && (thread->hurry || clock_now() - idle_since >= LINGER_MS);
        if (leave && current == thread)
            current = NULL;
        lock_drop(&current_lock);
    }
    lock_drop_shared(&engine_lock);
    return leave;
}

static bool is_spare(struct engine_thread *thread)
{
    bool spare;

    lock_take(&current_lock);
    spare = thread->spare;
    lock_drop(&current_lock);
    return spare;
}

/* The first look comes once the thread is current: one that is not must never start a transfer,
 * because nobody would wake it any more. */
static bool is_to_look(struct engine_thread *thread, UINT64 looked_at, UINT64 next_look)
{
    UINT64 now = clock_now();

    if (!atomic_exchange(&thread->look, false) && now < next_look &&
        (!atomic_load(&thread->soon) || now - looked_at < TOGETHER_MS))
        return false;
    atomic_store(&thread->soon, false);
    return true;
}

static void thread_run(void *context)
{
    struct engine_thread *thread = context;
    struct runner *runner = &thread->runner;
    UINT64 idle_since = clock_now();
    UINT64 next_look = CLOCK_NEVER, looked_at = 0;
    bool begun = false;

    while (!is_spare(thread))
    {
        UINT64 deadline;

        take_results(runner);
        if (is_to_look(thread, looked_at, next_look) && takes_work(thread))
        {
            looked_at = clock_now();
            if (!begun)
                policy_forget();
            begun = true;
            next_look = schedule_look(runner);
        }
        if (runner->transfers || next_look != CLOCK_NEVER)
            idle_since = clock_now();
        else if (may_leave(thread, idle_since))
            break;
        deadline = next_look;
        if (atomic_load(&thread->soon))
            deadline = MIN(deadline, looked_at + TOGETHER_MS);
        if (!runner->transfers)
            deadline = MIN(deadline, MAX(idle_since + LINGER_MS, clock_now() + HELD_MS));
        http_poll(runner->http, clock_wait_until(deadline));
    }
    thread_free(thread);
    atomic_fetch_sub(&there, 1);
    keeper_poke();
}

static HRESULT start(struct engine_thread *thread)
{
    HRESULT hr;

    atomic_fetch_add(&there, 1);
    if (FAILED(hr = thread_start("dosvc engine", thread_run, thread, NULL)))
        atomic_fetch_sub(&there, 1);
    return hr;
}

static HRESULT thread_create(struct engine_thread **out)
{
    struct engine_thread *thread = mem_zalloc(sizeof(*thread));
    HRESULT hr;

    if (!thread)
        return E_OUTOFMEMORY;
    queue_init(&thread->runner.inbox);
    thread->holds = 1;
    if (FAILED(hr = pool_open(&thread->runner.pool)) ||
        FAILED(hr = disk_start(&thread->runner.disk)) ||
        FAILED(hr = disk_start(&thread->runner.flushers[0])) ||
        FAILED(hr = http_open(&thread->runner.http)) ||
        FAILED(hr = routes_open(&thread->runner, &thread->runner.routes)) ||
        FAILED(hr = start(thread)))
        thread_free(thread);
    else
        *out = thread;
    return hr;
}

/* ---- for client operations ---- */

static void drop(struct engine_thread *thread)
{
    lock_take(&current_lock);
    if (!--thread->holds && thread->hurry) /* else it finds out in time */
        http_wake(thread->runner.http);
    lock_drop(&current_lock);
}

HRESULT runner_hold(void)
{
    struct engine_thread *made = NULL;
    bool found;
    HRESULT hr;

    lock_take(&current_lock);
    if ((found = current != NULL))
    {
        current->holds++;
        current->hurry = false;
    }
    lock_drop(&current_lock);
    if (found)
        return S_OK;
    if (FAILED(hr = thread_create(&made)))
        return hr;
    lock_take(&current_lock);
    if (current)
    {
        current->holds++;
        made->spare = true;
    }
    else
    {
        current = made;
        atomic_store(&made->look, true);
    }
    http_wake(made->runner.http);
    lock_drop(&current_lock);
    return S_OK;
}

void runner_drop(void)
{
    drop(current); /* cannot change while it is held */
}

static void poke(bool hurry)
{
    lock_take(&current_lock);
    if (current)
    {
        current->hurry = current->hurry || hurry; /* until a client makes something run */
        atomic_store(&current->look, true);
        http_wake(current->runner.http);
    }
    lock_drop(&current_lock);
}

void runner_note(void)
{
    lock_take_shared(&current_lock);
    if (current && !atomic_exchange(&current->soon, true))
        http_wake(current->runner.http);
    lock_drop_shared(&current_lock);
}

void runner_wake(void)
{
    poke(false);
}

void runner_hurry(void)
{
    poke(true);
}

bool runner_is_there(void)
{
    return atomic_load(&there) != 0;
}

/* ---- for transfers ---- */

static void op_done(struct disk_op *disk)
{
    struct runner_op *op = CONTAINER_OF(disk, struct runner_op, disk);
    struct runner *runner = op->runner;

    /* The engine thread cannot leave before it has seen op: its transfer is not closed. */
    queue_push(&runner->inbox, &op->node);
    http_wake(runner->http);
}

void runner_submit(struct runner *runner, struct disk *disk, struct runner_op *op)
{
    op->runner = runner;
    op->disk.done = op_done;
    disk_submit(disk, &op->disk);
}

struct disk *runner_flusher(struct runner *runner)
{
    struct disk **flusher;

    runner->next_flusher = runner->flushing ? (runner->next_flusher + 1) % RUNNER_FLUSHERS : 0;
    flusher = &runner->flushers[runner->next_flusher];
    if (!*flusher && FAILED(disk_start(flusher)))
        return runner->flushers[0];
    return *flusher;
}

void runner_answer(struct runner_op *op, HRESULT result)
{
    op->disk.result = result;
    op_done(&op->disk);
}
