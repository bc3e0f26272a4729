#include "com/delivery.h"

#include "base/handle.h"
#include "base/lock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "com/apartment.h"
#include "fake/fake_clock.h"
#include "fake/fake_delivery.h"

struct lane
{
    const struct lane_class *class; /* both never change */
    void *context;

    /* under `lock` */
    struct lane *next; /* of `lanes`, while it is open */
    unsigned int opened;
    bool freed;
    bool running;
    UINT64 woken; /* the number of the wake that counts; 0: none */
    UINT64 due;   /* or CLOCK_NEVER */
};

static struct lock lock = LOCK_INIT(LOCK_LEAF); /* protects all that follows */
static CONDITION_VARIABLE changed = CONDITION_VARIABLE_INIT;
static struct lane *lanes; /* that are open, in the order of that */
static UINT64 wakes;
static unsigned int runs; /* in progress */
static HANDLE thread;     /* or NULL */
static DWORD thread_id;
static bool changing; /* the thread is being started or stopped */
static bool stopping;

/* ---- what comes next ---- */

static bool comes_before(const struct lane *lane, const struct lane *other)
{
    if (!other || !lane->woken != !other->woken)
        return !other || lane->woken;
    return lane->woken ? lane->woken < other->woken : lane->due < other->due;
}

static struct lane *choose_locked(void)
{
    struct lane *lane, *best = NULL;
    UINT64 now = clock_now();

    for (lane = lanes; lane; lane = lane->next)
        if (!lane->running && (lane->woken || lane->due <= now) && comes_before(lane, best))
            best = lane;
    return best;
}

static void dispose(struct lane *lane)
{
    lane->class->free(lane->context);
    mem_free(lane);
}

/* Runs one lane, without the lock meanwhile; false if there is none to run. */
static bool run_one_locked(void)
{
    struct lane *lane = choose_locked();
    UINT64 due;
    bool last;

    if (!lane)
        return false;
    lane->running = true;
    lane->woken = 0;
    lane->due = CLOCK_NEVER;
    runs++;
    lock_drop(&lock);
    due = lane->class->run(lane->context, NULL);
    lock_take(&lock);
    runs--;
    lane->running = false;
    lane->due = lane->opened ? due : CLOCK_NEVER;
    last = lane->freed;
    WakeAllConditionVariable(&changed);
    if (last)
    {
        lock_drop(&lock);
        dispose(lane);
        lock_take(&lock);
    }
    return true;
}

/* ---- for the fake ---- */

void fake_delivery_run(void)
{
    lock_take(&lock);
    while (!thread && run_one_locked())
        ;
    lock_drop(&lock);
}

UINT64 fake_delivery_next(void)
{
    const struct lane *lane;
    UINT64 next = CLOCK_NEVER;

    lock_take_shared(&lock);
    for (lane = lanes; lane; lane = lane->next)
        if (!lane->running && lane->due < next)
            next = lane->due;
    lock_drop_shared(&lock);
    return next;
}

void fake_delivery_look(void)
{
    lock_take(&lock);
    WakeAllConditionVariable(&changed);
    lock_drop(&lock);
}

static void thread_main(void *unused)
{
    HRESULT entered = CoInitializeEx(NULL, COINIT_MULTITHREADED);

    (void)unused;
    lock_take(&lock);
    while (!stopping)
        if (!run_one_locked())
            lock_wait(&lock, &changed, INFINITE);
    lock_drop(&lock);
    if (SUCCEEDED(entered))
        CoUninitialize();
}

/* The right to start or stop the thread, which is done without the lock. */
static HRESULT begin_change(bool wanted)
{
    HRESULT hr = S_OK;

    lock_take(&lock);
    if (thread && thread_id == GetCurrentThreadId())
        hr = RPC_E_WRONG_THREAD;
    else if (!changing && (thread != NULL) == wanted)
        hr = S_FALSE;
    else if (lanes || runs || changing)
        hr = E_NOT_VALID_STATE;
    else
        changing = true;
    lock_drop(&lock);
    return hr;
}

static void end_change(HANDLE now)
{
    lock_take(&lock);
    thread = now;
    thread_id = now ? GetThreadId(now) : 0;
    changing = stopping = false;
    lock_drop(&lock);
    fake_clock_move_by_waits(!now);
}

HRESULT fake_delivery_start_thread(void)
{
    HANDLE started = NULL;
    HRESULT hr = begin_change(true);

    if (hr != S_OK)
        return hr;
    hr = thread_start("fake delivery", thread_main, NULL, &started);
    end_change(started);
    return hr;
}

HRESULT fake_delivery_stop_thread(void)
{
    HANDLE stopped;
    HRESULT hr = begin_change(false);

    if (hr != S_OK)
        return hr;
    lock_take(&lock);
    stopped = thread;
    stopping = true;
    WakeAllConditionVariable(&changed);
    lock_drop(&lock);
    WaitForSingleObject(stopped, INFINITE);
    end_change(NULL);
    handle_close(stopped);
    return S_OK;
}

bool fake_delivery_has_thread(void)
{
    bool has;

    lock_take_shared(&lock);
    has = thread != NULL;
    lock_drop_shared(&lock);
    return has;
}

bool fake_delivery_is_this_thread(void)
{
    bool is;

    lock_take_shared(&lock);
    is = thread && thread_id == GetCurrentThreadId();
    lock_drop_shared(&lock);
    return is;
}

bool fake_delivery_wait(DWORD ms)
{
    UINT64 begin = GetTickCount64(), passed = 0;
    bool idle;

    lock_take(&lock);
    while (!(idle = !runs && !choose_locked()) && (ms == INFINITE || passed < ms))
    {
        lock_wait(&lock, &changed, 10);
        passed = GetTickCount64() - begin;
    }
    lock_drop(&lock);
    return idle;
}

/* ---- com/delivery ---- */

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

static void unlink_locked(struct lane *lane)
{
    struct lane **link = &lanes;

    while (*link != lane)
        link = &(*link)->next;
    *link = lane->next;
}

void lane_free(struct lane *lane)
{
    bool last;

    lock_take(&lock);
    if (lane->opened)
        unlink_locked(lane);
    lane->opened = 0;
    lane->freed = true;
    last = !lane->running;
    lock_drop(&lock);
    if (last)
        dispose(lane);
}

HRESULT lane_open(struct lane *lane)
{
    struct lane **link = &lanes;

    lock_take(&lock);
    if (!lane->opened++)
    {
        while (*link)
            link = &(*link)->next;
        *link = lane;
        lane->next = NULL;
        WakeAllConditionVariable(&changed);
    }
    lock_drop(&lock);
    return S_OK;
}

void lane_shut(struct lane *lane)
{
    lock_take(&lock);
    assert(lane->opened);
    if (!--lane->opened)
        unlink_locked(lane);
    lock_drop(&lock);
}

void lane_wake(struct lane *lane)
{
    lock_take(&lock);
    if (!lane->woken)
        lane->woken = ++wakes;
    WakeAllConditionVariable(&changed);
    lock_drop(&lock);
}

void lane_move(struct lane *lane, struct home *home)
{
    (void)lane;
    (void)home;
}

bool delivery_reaches(void)
{
    return !fake_delivery_has_thread() || apartment_is_mta();
}

/* A callback of an STA that the thread would have to call: what it would do is COM's affair. */
HRESULT home_start(const struct home_class *home_class, void *context,
                   const HANDLE watched[HOME_WATCHES], struct home **home)
{
    (void)home_class;
    (void)context;
    (void)watched;
    *home = NULL;
    return RPC_E_WRONG_THREAD;
}

void home_stop(struct home *home)
{
    (void)home;
}

bool home_is_gone(struct home *home)
{
    (void)home;
    return false;
}

void home_set_calling(struct home *home, bool calling)
{
    (void)home;
    (void)calling;
}

bool delivery_is_calling(void)
{
    return false;
}
