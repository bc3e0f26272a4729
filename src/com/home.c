#include "com/delivery_parts.h"

#include "base/handle.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"

static struct home *homes; /* under delivery_lock */

/* ---- watched threads ---- */

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
        lane_schedule_locked(lane);
    }
    if ((lane = home->lane))
    {
        home->lane = NULL;
        lane->home = NULL;
        lane->ready = true;
        lane_schedule_locked(lane);
    }
}

static bool is_watch_over(const struct home *home)
{
    DWORD result;

    result = WaitForMultipleObjects(home->wait_count - 1, home->waits + 1, FALSE, 0);
    return result < WAIT_OBJECT_0 + HOME_WATCHES;
}

bool home_watch_all_locked(void)
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

/* ---- the thread ---- */

/* One step of a home's thread: runs its lane, or waits. False when it is to end. */
static bool home_step(struct home *home)
{
    struct lane *lane;
    bool stopped, gone;

    lock_take(&delivery_lock);
    lane = home->lane;
    if (lane && lane->ready && lane->opened && !lane->runner && !lane->freed)
    {
        lane_begin_run_locked(lane, home);
        home->running = lane;
        delivery_wake_one(); /* somebody must watch from now on */
        lock_drop(&delivery_lock);

        lane_run(lane, home, home);

        lock_take(&delivery_lock);
        home->running = NULL;
        lock_drop(&delivery_lock);
        return true;
    }
    stopped = home->stopped;
    gone = home->gone;
    lock_drop(&delivery_lock);
    if (stopped)
        return false;

    if (WaitForMultipleObjects(gone ? 1 : home->wait_count, home->waits, FALSE, INFINITE) !=
        WAIT_OBJECT_0)
    {
        lock_take(&delivery_lock);
        home_gone_locked(home);
        lock_drop(&delivery_lock);
    }
    return true;
}

static void home_free(struct home *home)
{
    struct home **link;

    lock_take(&delivery_lock);
    assert(!home->lane);
    for (link = &homes; *link != home; link = &(*link)->next)
        ;
    *link = home->next;
    lock_drop(&delivery_lock);
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
    lock_take(&delivery_lock);
    started->next = homes;
    homes = started;
    lock_drop(&delivery_lock);
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

    lock_take(&delivery_lock);
    home->stopped = true;
    SetEvent(wake);
    lock_drop(&delivery_lock);
}

bool home_is_gone(struct home *home)
{
    bool gone;

    lock_take_shared(&delivery_lock);
    gone = home->gone;
    lock_drop_shared(&delivery_lock);
    return gone;
}

void home_set_calling(struct home *home, bool calling)
{
    lock_take(&delivery_lock);
    home->calling = calling ? GetCurrentThreadId() : 0;
    lock_drop(&delivery_lock);
}

bool delivery_is_calling(void)
{
    DWORD self = GetCurrentThreadId();
    struct home *home;

    lock_take_shared(&delivery_lock);
    for (home = homes; home && home->calling != self; home = home->next)
        ;
    lock_drop_shared(&delivery_lock);
    return home != NULL;
}
