#include "com/delivery.h"

#include "base/handle.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "com/apartment.h"

/* While a home's call is in progress, only the pool can look at what it watches. */
#define WATCH_MS 1000
/* Waiting threads the pool keeps: one to take the next lane, one that would be started for it. */
#define SPARE_THREADS 2

struct lane
{
    const struct lane_class *class; /* both never change */
    void *context;

    /* under `lock` */
    unsigned int opened;
    unsigned int active; /* runs on some stack, those of homes that are gone included */
    bool freed;
    bool ready;         /* to run once more */
    bool queued;        /* in ready_first ... ready_last */
    struct lane *next;  /* of the queue */
    UINT64 due;         /* or CLOCK_NEVER: not in `timed` */
    struct lane *later; /* of `timed` */
    struct home *home;  /* where it runs; NULL: the pool */
    const void *runner; /* the thread's own mark while a run counts, else NULL */
};

struct home
{
    const struct home_class *class; /* these never change */
    void *context;
    HANDLE waits[1 + HOME_WATCHES]; /* `wake`, then what is watched */
    DWORD wait_count;
    HANDLE wake; /* auto-reset: something below has changed */

    /* under `lock` */
    struct home *next;    /* of `homes` */
    struct lane *lane;    /* that is at home here, or NULL */
    struct lane *running; /* the run that is active here and counts, or NULL */
    DWORD calling;        /* the id of this thread while it calls a proxy, else 0 */
    bool gone;
    bool stopped;
};

static struct lock lock = LOCK_INIT(LOCK_LEAF); /* protects all that follows */
static CONDITION_VARIABLE pool_wake = CONDITION_VARIABLE_INIT;
static struct lane *ready_first, *ready_last; /* open lanes of the pool that are to run */
static struct lane *timed;                    /* open lanes with a due moment, in no order */
static struct home *homes;
static unsigned int open_lanes;
static unsigned int pool_threads;  /* that have begun and not left */
static unsigned int pool_waiting;  /* of those */
static unsigned int pool_starting; /* on their way, beside those */

/* ---- lanes, all under the lock ---- */

static void queue_locked(struct lane *lane)
{
    lane->queued = true;
    lane->next = NULL;
    if (ready_last)
        ready_last->next = lane;
    else
        ready_first = lane;
    ready_last = lane;
    WakeConditionVariable(&pool_wake);
}

static void unqueue_locked(struct lane *lane)
{
    struct lane **link = &ready_first, *before = NULL;

    if (!lane->queued)
        return;
    while (*link != lane)
    {
        before = *link;
        link = &before->next;
    }
    *link = lane->next;
    if (ready_last == lane)
        ready_last = before;
    lane->queued = false;
}

/* Hands the lane to whoever is to run it, if it is to run and can. */
static void schedule_locked(struct lane *lane)
{
    if (!lane->ready || !lane->opened || lane->runner || lane->queued || lane->freed)
        return;
    if (lane->home)
        SetEvent(lane->home->wake);
    else
        queue_locked(lane);
}

static void set_due_locked(struct lane *lane, UINT64 due)
{
    struct lane **link = &timed;

    if (lane->due != CLOCK_NEVER)
    {
        while (*link != lane)
            link = &(*link)->later;
        *link = lane->later;
    }
    lane->due = due;
    if (due != CLOCK_NEVER)
    {
        lane->later = timed;
        timed = lane;
        WakeConditionVariable(&pool_wake); /* it may be the next one to wait for */
    }
}

static void begin_run_locked(struct lane *lane, const void *runner)
{
    set_due_locked(lane, CLOCK_NEVER);
    lane->ready = false;
    lane->runner = runner;
    lane->active++;
}

/* True if the lane is to be disposed of by the caller. */
static bool end_run_locked(struct lane *lane, const void *runner, UINT64 due)
{
    lane->active--;
    if (lane->runner == runner)
    {
        lane->runner = NULL;
        if (lane->opened && !lane->freed)
            set_due_locked(lane, due);
        schedule_locked(lane);
    }
    return lane->freed && !lane->active;
}

static void dispose(struct lane *lane)
{
    lane->class->free(lane->context);
    mem_free(lane);
}

/* Runs a lane that begin_run_locked was called for. */
static void run(struct lane *lane, const void *runner, struct home *where)
{
    UINT64 due;
    bool last;

    assert(lock_none_held());
    due = lane->class->run(lane->context, where);
    lock_take(&lock);
    last = end_run_locked(lane, runner, due);
    lock_drop(&lock);
    if (last)
        dispose(lane);
}

/* ---- time and watched threads ---- */

/* The moment of the next timed lane; what is due is made ready. */
static UINT64 pass_time_locked(void)
{
    struct lane *lane, *later;
    UINT64 now = clock_now(), next = CLOCK_NEVER;

    for (lane = timed; lane; lane = later)
    {
        later = lane->later;
        if (lane->due > now)
        {
            if (lane->due < next)
                next = lane->due;
            continue;
        }
        set_due_locked(lane, CLOCK_NEVER);
        lane->ready = true;
        schedule_locked(lane);
    }
    return next;
}

static void home_gone_locked(struct home *home)
{
    struct lane *lane;

    if (home->gone)
        return;
    home->gone = true;
    if ((lane = home->running))
    {
        WARN("a client's apartment ended during a call");
        home->running = NULL;
        lane->runner = NULL;
        schedule_locked(lane);
    }
    if ((lane = home->lane))
    {
        home->lane = NULL;
        lane->home = NULL;
        lane->ready = true;
        schedule_locked(lane);
    }
}

static bool is_watch_over(const struct home *home)
{
    DWORD result;

    result = WaitForMultipleObjects(home->wait_count - 1, home->waits + 1, FALSE, 0);
    return result < WAIT_OBJECT_0 + HOME_WATCHES;
}

/* Looks after calls whose thread may have ended under them; true if there are any calls. */
static bool watch_homes_locked(void)
{
    struct home *home;
    bool calls = false;

    for (home = homes; home; home = home->next)
    {
        if (!home->running || home->wait_count == 1)
            continue;
        if (is_watch_over(home))
            home_gone_locked(home);
        else
            calls = true;
    }
    return calls;
}

/* ---- the pool ---- */

static void pool_main(void *unused);

/* Leaves somebody waiting behind who takes over while this thread is inside a client. Without the
 * memory for that, this lane is served all the same: better late than never. */
static void leave_deputy(void)
{
    if (SUCCEEDED(thread_start("delivery", pool_main, NULL, NULL)))
        return;
    lock_take(&lock);
    pool_starting--;
    lock_drop(&lock);
}

/* Takes the lock, runs the lane, returns with the lock held. */
static void pool_run(struct lane *lane, const void *runner)
{
    bool deputy = pool_waiting + pool_starting == 0;

    begin_run_locked(lane, runner);
    pool_starting += deputy;
    lock_drop(&lock);
    if (deputy)
        leave_deputy();
    run(lane, runner, NULL);
    lock_take(&lock);
}

static void pool_wait_locked(UINT64 next)
{
    DWORD ms = clock_wait_until(next);

    if (watch_homes_locked() && ms > WATCH_MS)
        ms = WATCH_MS;
    if (ready_first)
        return;
    pool_waiting++;
    lock_wait(&lock, &pool_wake, ms);
    pool_waiting--;
}

static void pool_main(void *started)
{
    struct lane *lane;
    UINT64 next;
    HRESULT hr;

    (void)started;
    if (FAILED(hr = CoInitializeEx(NULL, COINIT_MULTITHREADED)))
        ERR("no apartment, 0x%08lx", hr);
    lock_take(&lock);
    pool_starting--;
    pool_threads++;
    for (;;)
    {
        next = pass_time_locked();
        if ((lane = ready_first))
        {
            unqueue_locked(lane);
            pool_run(lane, &hr);
        }
        else if (!open_lanes || pool_waiting >= SPARE_THREADS)
            break;
        else
            pool_wait_locked(next);
    }
    pool_threads--;
    lock_drop(&lock);
    if (SUCCEEDED(hr))
        CoUninitialize();
}

/* ---- homes ---- */

/* One step of a home's thread: runs its lane, or waits. False when it is to end. */
static bool home_step(struct home *home)
{
    struct lane *lane;
    bool stopped, gone;

    lock_take(&lock);
    lane = home->lane;
    if (lane && lane->ready && lane->opened && !lane->runner && !lane->freed)
    {
        begin_run_locked(lane, home);
        home->running = lane;
        WakeConditionVariable(&pool_wake); /* somebody must watch from now on */
        lock_drop(&lock);

        run(lane, home, home);

        lock_take(&lock);
        home->running = NULL;
        lock_drop(&lock);
        return true;
    }
    stopped = home->stopped;
    gone = home->gone;
    lock_drop(&lock);
    if (stopped)
        return false;

    if (WaitForMultipleObjects(gone ? 1 : home->wait_count, home->waits, FALSE, INFINITE) !=
        WAIT_OBJECT_0)
    {
        lock_take(&lock);
        home_gone_locked(home);
        lock_drop(&lock);
    }
    return true;
}

static void home_free(struct home *home)
{
    struct home **link;

    lock_take(&lock);
    assert(!home->lane);
    for (link = &homes; *link != home; link = &(*link)->next)
        ;
    *link = home->next;
    lock_drop(&lock);
    handle_close(home->wake);
    mem_free(home);
}

static void home_main(void *context)
{
    struct home *home = context;
    HRESULT hr;

    if (FAILED(hr = CoInitializeEx(NULL, COINIT_MULTITHREADED)))
        ERR("no apartment, 0x%08lx", hr);
    home->class->begin(home->context);
    while (home_step(home))
        ;
    home->class->end(home->context);
    home_free(home);
    if (SUCCEEDED(hr))
        CoUninitialize();
}

/* ---- what is called from outside ---- */

HRESULT lane_create(const struct lane_class *lane_class, void *context, struct lane **lane)
{
    struct lane *created;

    if (!(created = mem_zalloc(sizeof(*created))))
        return E_OUTOFMEMORY;
    created->class = lane_class;
    created->context = context;
    created->due = CLOCK_NEVER;
    *lane = created;
    return S_OK;
}

/* The lane is to be left alone from now on. */
static void retire_locked(struct lane *lane)
{
    unqueue_locked(lane);
    set_due_locked(lane, CLOCK_NEVER);
    if (!--open_lanes)
        WakeAllConditionVariable(&pool_wake); /* to leave */
}

void lane_free(struct lane *lane)
{
    bool last;

    lock_take(&lock);
    if (lane->opened)
        retire_locked(lane);
    if (lane->home)
        lane->home->lane = NULL;
    lane->freed = true;
    last = !lane->active;
    lock_drop(&lock);
    if (last)
        dispose(lane);
}

HRESULT lane_open(struct lane *lane)
{
    bool needed, served;
    HRESULT hr;

    lock_take(&lock);
    if (!lane->opened++)
        open_lanes++;
    schedule_locked(lane);
    needed = pool_waiting + pool_starting == 0;
    pool_starting += needed;
    lock_drop(&lock);
    if (!needed || SUCCEEDED(hr = thread_start("delivery", pool_main, NULL, NULL)))
        return S_OK;

    lock_take(&lock);
    pool_starting--;
    served = pool_threads != 0; /* if only after what it is busy with */
    lock_drop(&lock);
    if (served)
        return S_OK;
    lane_shut(lane);
    return hr;
}

void lane_shut(struct lane *lane)
{
    lock_take(&lock);
    assert(lane->opened);
    if (!--lane->opened)
        retire_locked(lane);
    lock_drop(&lock);
}

void lane_wake(struct lane *lane)
{
    lock_take(&lock);
    lane->ready = true;
    schedule_locked(lane);
    lock_drop(&lock);
}

void lane_move(struct lane *lane, struct home *home)
{
    lock_take(&lock);
    if (lane->home)
        lane->home->lane = NULL;
    lane->home = home && !home->gone ? home : NULL;
    if (lane->home)
    {
        assert(!home->lane && !home->stopped);
        home->lane = lane;
        unqueue_locked(lane);
    }
    else if (home)
        lane->ready = true;
    schedule_locked(lane);
    lock_drop(&lock);
}

bool delivery_reaches(void)
{
    return apartment_is_mta();
}

HRESULT home_start(const struct home_class *home_class, void *context,
                   const HANDLE watched[HOME_WATCHES], struct home **home)
{
    struct home *started;
    HRESULT hr;
    size_t i;

    if (!(started = mem_zalloc(sizeof(*started))))
        return E_OUTOFMEMORY;
    started->class = home_class;
    started->context = context;
    if (!(started->wake = handle_event(false, false)))
    {
        hr = HRESULT_FROM_WIN32(GetLastError());
        mem_free(started);
        return hr;
    }
    started->waits[started->wait_count++] = started->wake;
    for (i = 0; i < HOME_WATCHES; i++)
        if (watched[i])
            started->waits[started->wait_count++] = watched[i];
    lock_take(&lock);
    started->next = homes;
    homes = started;
    lock_drop(&lock);
    *home = started; /* before `begin` may ask for it */
    if (FAILED(hr = thread_start("delivery home", home_main, started, NULL)))
    {
        *home = NULL;
        home_free(started);
    }
    return hr;
}

void home_stop(struct home *home)
{
    HANDLE wake = home->wake;

    lock_take(&lock);
    home->stopped = true;
    SetEvent(wake);
    lock_drop(&lock);
}

bool home_is_gone(struct home *home)
{
    bool gone;

    lock_take_shared(&lock);
    gone = home->gone;
    lock_drop_shared(&lock);
    return gone;
}

void home_set_calling(struct home *home, bool calling)
{
    lock_take(&lock);
    home->calling = calling ? GetCurrentThreadId() : 0;
    lock_drop(&lock);
}

bool delivery_is_calling(void)
{
    DWORD self = GetCurrentThreadId();
    struct home *home;

    lock_take_shared(&lock);
    for (home = homes; home && home->calling != self; home = home->next)
        ;
    lock_drop_shared(&lock);
    return home != NULL;
}
