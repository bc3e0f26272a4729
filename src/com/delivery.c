#include "com/delivery_parts.h"

#include "base/log.h"
#include "base/thread.h"
#include "com/apartment.h"

/* While a home's call is in progress, only the pool can look at what it watches. */
#define WATCH_MS 1000
/* Waiting threads the pool keeps: one to take the next lane, one that would be started for it. */
#define SPARE_THREADS 2

static CONDITION_VARIABLE pool_wake = CONDITION_VARIABLE_INIT;
static unsigned int pool_threads;  /* that have begun and not left */
static unsigned int pool_waiting;  /* of those */
static unsigned int pool_starting; /* on their way, beside those */

void delivery_wake_one(void)
{
    WakeConditionVariable(&pool_wake);
}

void delivery_wake_all(void)
{
    WakeAllConditionVariable(&pool_wake);
}

static void pool_main(void *unused);

/* Leaves somebody waiting behind who takes over while this thread is inside a client. Without the
 * memory for that, this lane is served all the same: better late than never. */
static void leave_deputy(void)
{
    if (SUCCEEDED(thread_start("delivery", pool_main, NULL, NULL)))
        return;
    lock_take(&delivery_lock);
    pool_starting--;
    lock_drop(&delivery_lock);
}

/* Takes the lock, runs the lane, returns with the lock held. */
static void pool_run(struct lane *lane, const void *runner)
{
    bool deputy = pool_waiting + pool_starting == 0;

    lane_begin_run_locked(lane, runner);
    pool_starting += deputy;
    lock_drop(&delivery_lock);
    if (deputy)
        leave_deputy();
    lane_run(lane, runner, NULL);
    lock_take(&delivery_lock);
}

static void pool_wait_locked(UINT64 next)
{
    DWORD ms = clock_wait_until(next);

    if (home_watch_all_locked() && ms > WATCH_MS)
        ms = WATCH_MS;
    if (lane_any_is_ready_locked())
        return;
    pool_waiting++;
    lock_wait(&delivery_lock, &pool_wake, ms);
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
    lock_take(&delivery_lock);
    pool_starting--;
    pool_threads++;
    for (;;)
    {
        next = lane_pass_time_locked();
        if ((lane = lane_next_locked()))
            pool_run(lane, &hr);
        else if (!lane_any_is_open_locked() || pool_waiting >= SPARE_THREADS)
            break;
        else
            pool_wait_locked(next);
    }
    pool_threads--;
    lock_drop(&delivery_lock);
    if (SUCCEEDED(hr))
        CoUninitialize();
}

HRESULT delivery_ensure_thread(void)
{
    bool needed, served;
    HRESULT hr;

    lock_take(&delivery_lock);
    needed = pool_waiting + pool_starting == 0;
    pool_starting += needed;
    lock_drop(&delivery_lock);
    if (!needed || SUCCEEDED(hr = thread_start("delivery", pool_main, NULL, NULL)))
        return S_OK;

    lock_take(&delivery_lock);
    pool_starting--;
    served = pool_threads != 0; /* if only after what it is busy with */
    lock_drop(&delivery_lock);
    return served ? S_OK : hr;
}

bool delivery_reaches(void)
{
    return apartment_is_mta();
}
