#include "com/delivery_parts.h"

#include "base/mem.h"

struct lock delivery_lock = LOCK_INIT(LOCK_LEAF);

static struct lane *ready_first, *ready_last; /* open lanes of the pool that are to run */
static struct lane *timed;                    /* open lanes with a due moment, in no order */
static unsigned int open_lanes;

/* ---- the queue, and time ---- */

static void queue_locked(struct lane *lane)
{
    lane->queued = true;
    lane->next = NULL;
    if (ready_last)
        ready_last->next = lane;
    else
        ready_first = lane;
    ready_last = lane;
    delivery_wake_one();
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

void lane_schedule_locked(struct lane *lane)
{
    if (!lane->ready || !lane->opened || lane->runner || lane->queued || lane->freed)
        return;
    if (lane->home)
        SetEvent(lane->home->wake);
    else
        queue_locked(lane);
}

struct lane *lane_next_locked(void)
{
    struct lane *lane = ready_first;

    if (lane)
        unqueue_locked(lane);
    return lane;
}

bool lane_any_is_ready_locked(void)
{
    return ready_first != NULL;
}

bool lane_any_is_open_locked(void)
{
    return open_lanes != 0;
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
        delivery_wake_one(); /* it may be the next one to wait for */
    }
}

UINT64 lane_pass_time_locked(void)
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
        lane_schedule_locked(lane);
    }
    return next;
}

/* ---- runs ---- */

void lane_begin_run_locked(struct lane *lane, const void *runner)
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
        lane_schedule_locked(lane);
    }
    return lane->freed && !lane->active;
}

static void dispose(struct lane *lane)
{
    lane->class->free(lane->context);
    mem_free(lane);
}

void lane_run(struct lane *lane, const void *runner, struct home *where)
{
    UINT64 due;
    bool last;

    assert(lock_none_held());
    due = lane->class->run(lane->context, where);
    lock_take(&delivery_lock);
    last = end_run_locked(lane, runner, due);
    lock_drop(&delivery_lock);
    if (last)
        dispose(lane);
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
        delivery_wake_all(); /* to leave */
}

void lane_free(struct lane *lane)
{
    bool last;

    lock_take(&delivery_lock);
    if (lane->opened)
        retire_locked(lane);
    if (lane->home)
        lane->home->lane = NULL;
    lane->freed = true;
    last = !lane->active;
    lock_drop(&delivery_lock);
    if (last)
        dispose(lane);
}

HRESULT lane_open(struct lane *lane)
{
    HRESULT hr;

    lock_take(&delivery_lock);
    if (!lane->opened++)
        open_lanes++;
    lane_schedule_locked(lane);
    lock_drop(&delivery_lock);
    if (FAILED(hr = delivery_ensure_thread()))
        lane_shut(lane);
    return hr;
}

void lane_shut(struct lane *lane)
{
    lock_take(&delivery_lock);
    assert(lane->opened);
    if (!--lane->opened)
        retire_locked(lane);
    lock_drop(&delivery_lock);
}

void lane_wake(struct lane *lane)
{
    lock_take(&delivery_lock);
    lane->ready = true;
    lane_schedule_locked(lane);
    lock_drop(&delivery_lock);
}

void lane_move(struct lane *lane, struct home *home)
{
    lock_take(&delivery_lock);
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
    lane_schedule_locked(lane);
    lock_drop(&delivery_lock);
}
