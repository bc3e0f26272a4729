#include "com/fallback_lane.h"

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "com/delivery.h"
#include "com/dispatcher.h"
#include "com/job_object.h"
#include "com/notify_fallback.h"

#define REPEAT_FIRST 5000 /* ms, as for callbacks: doubles ... */
#define REPEAT_SLOWEST (300 * 1000)

struct fallback_lane
{
    struct lane *lane; /* both never change */
    struct dispatcher *dispatcher;

    struct lock lock;     /* protects what follows */
    struct job *job;      /* counted while held, else NULL */
    bool owed;            /* the job's present end may not have been told */
    unsigned int entries; /* how often `owed` was set */
    UINT64 at;            /* not before */
    UINT64 delay;
};

static void owe_locked(struct fallback_lane *fallback)
{
    fallback->owed = true;
    fallback->entries++;
    fallback->at = fallback->delay = 0;
}

static void answered(struct fallback_lane *fallback, unsigned int entries, HRESULT hr)
{
    lock_take(&fallback->lock);
    if (fallback->entries == entries)
    {
        fallback->owed = FAILED(hr);
        fallback->delay = fallback->delay ? MIN(fallback->delay * 2, REPEAT_SLOWEST) : REPEAT_FIRST;
        fallback->at = clock_now() + fallback->delay;
    }
    lock_drop(&fallback->lock);
}

/* Ends what fallback_lane_hold began. */
static void disarm(struct fallback_lane *fallback)
{
    struct job *job;

    lock_take(&fallback->lock);
    job = fallback->job;
    fallback->job = NULL;
    fallback->owed = false;
    lock_drop(&fallback->lock);
    if (!job)
        return;
    lane_shut(fallback->lane);
    job_release(job); /* may be the last: the lane goes when this run has ended */
}

static bool is_end(enum job_state state)
{
    return state == JOB_TRANSFERRED || state == JOB_ERROR;
}

/* What is not wanted now stays owed. */
static bool is_wanted(struct job *job, enum job_state state)
{
    ULONG flag = state == JOB_TRANSFERRED ? BG_NOTIFY_JOB_TRANSFERRED : BG_NOTIFY_JOB_ERROR;
    UINT64 flags = engine_job_number(job, JOB_NOTIFY_FLAGS);

    return (flags & flag) && !(flags & BG_NOTIFY_DISABLE);
}

static HRESULT tell(struct job *job, enum job_state state)
{
    IBackgroundCopyJob5 *object;
    HRESULT hr;

    if (FAILED(hr = job_object_create(job, &object)))
        return hr;
    hr = notify_fallback_tell((IBackgroundCopyJob *)object, (BG_JOB_STATE)state);
    IBackgroundCopyJob5_Release(object);
    return hr;
}

static UINT64 fallback_run(void *context, struct home *where)
{
    struct fallback_lane *fallback = context;
    unsigned int entries;
    enum job_state state;
    struct job *job;
    UINT64 at;
    bool owed;

    (void)where; /* the pool: it is never moved */
    lock_take(&fallback->lock);
    job = fallback->job;
    owed = fallback->owed;
    entries = fallback->entries;
    at = fallback->at;
    lock_drop(&fallback->lock);
    if (!job)
        return CLOCK_NEVER;
    state = engine_job_state(job);
    if (job_state_is_final(state))
    {
        disarm(fallback);
        return CLOCK_NEVER;
    }
    if (!owed || (is_end(state) && !is_wanted(job, state)))
        return CLOCK_NEVER;
    if (clock_now() < at)
        return at;
    if (!is_end(state) || dispatcher_has_target(fallback->dispatcher))
        answered(fallback, entries, S_OK);
    else
        answered(fallback, entries, tell(job, state));
    lock_take(&fallback->lock);
    at = fallback->owed ? fallback->at : CLOCK_NEVER;
    lock_drop(&fallback->lock);
    return at;
}

static void fallback_ended(void *context)
{
    mem_free(context);
}

static const struct lane_class fallback_class = {fallback_run, fallback_ended};

HRESULT fallback_lane_create(struct dispatcher *dispatcher, struct fallback_lane **out)
{
    struct fallback_lane *fallback = mem_zalloc(sizeof(*fallback));
    HRESULT hr;

    if (!fallback)
        return E_OUTOFMEMORY;
    lock_init(&fallback->lock, LOCK_LEAF);
    fallback->dispatcher = dispatcher;
    if (FAILED(hr = lane_create(&fallback_class, fallback, &fallback->lane)))
        mem_free(fallback);
    else
        *out = fallback;
    return hr;
}

void fallback_lane_free(struct fallback_lane *fallback)
{
    lane_free(fallback->lane);
}

HRESULT fallback_lane_hold(struct fallback_lane *fallback, struct job *job)
{
    bool held;
    HRESULT hr;

    if (FAILED(hr = lane_open(fallback->lane)))
        return hr;
    lock_take(&fallback->lock);
    held = fallback->job != NULL;
    if (!held)
    {
        fallback->job = job;
        job_addref(job);
    }
    lock_drop(&fallback->lock);
    if (held)
        lane_shut(fallback->lane); /* it is open already */
    return S_OK;
}

HRESULT fallback_lane_arm(struct fallback_lane *fallback, struct job *job)
{
    HRESULT hr = fallback_lane_hold(fallback, job);

    if (FAILED(hr))
        return hr;
    lock_take(&fallback->lock);
    owe_locked(fallback);
    lock_drop(&fallback->lock);
    lane_wake(fallback->lane);
    return S_OK;
}

void fallback_lane_post(struct fallback_lane *fallback, const struct job_event *event)
{
    const unsigned int end = JOB_EVENT_TRANSFERRED | JOB_EVENT_ERROR;
    bool wake;

    if (!(event->what & (end | JOB_EVENT_FLAGS | JOB_EVENT_FINAL)))
        return;
    lock_take(&fallback->lock);
    wake = fallback->job != NULL;
    if (wake && (event->what & end))
        owe_locked(fallback);
    lock_drop(&fallback->lock);
    if (wake)
        lane_wake(fallback->lane);
}
