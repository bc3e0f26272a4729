#include "com/job_lane.h"

#include "base/mem.h"
#include "com/fallback_lane.h"

struct job_lane
{
    struct job_observer observer;
    struct dispatcher *dispatcher; /* owned, like fallback; both never change */
    struct fallback_lane *fallback;
};

static struct job_lane *from_observer(struct job_observer *observer)
{
    return CONTAINER_OF(observer, struct job_lane, observer);
}

static void job_lane_notify(struct job_observer *observer, const struct job_event *event)
{
    dispatcher_post(from_observer(observer)->dispatcher, event);
    fallback_lane_post(from_observer(observer)->fallback, event);
}

static void job_lane_free(struct job_observer *observer)
{
    struct job_lane *lane = from_observer(observer);

    fallback_lane_free(lane->fallback);
    dispatcher_free(lane->dispatcher);
    mem_free(lane);
}

static HRESULT job_lane_create(struct job_lane **lane)
{
    struct job_lane *created;
    HRESULT hr;

    if (!(created = mem_zalloc(sizeof(*created))))
        return E_OUTOFMEMORY;
    if (FAILED(hr = dispatcher_create(&created->dispatcher)) ||
        FAILED(hr = fallback_lane_create(created->dispatcher, &created->fallback)))
    {
        dispatcher_free(created->dispatcher);
        mem_free(created);
        return hr;
    }
    created->observer.notify = job_lane_notify;
    created->observer.free = job_lane_free;
    *lane = created;
    return S_OK;
}

struct dispatcher *job_lane_find(struct job *job)
{
    struct job_observer *observer = engine_observer(job);

    return observer ? from_observer(observer)->dispatcher : NULL;
}

static HRESULT find_or_create(struct job *job, struct job_lane **out)
{
    struct job_observer *attached = engine_observer(job);
    struct job_lane *lane;
    HRESULT hr;

    if (!attached)
    {
        if (FAILED(hr = job_lane_create(&lane)))
            return hr;
        attached = engine_attach_observer(job, &lane->observer);
        if (attached != &lane->observer)
            job_lane_free(&lane->observer); /* another thread was first */
    }
    *out = from_observer(attached);
    return S_OK;
}

HRESULT job_lane_dispatcher(struct job *job, struct dispatcher **dispatcher)
{
    struct job_lane *lane;
    HRESULT hr;

    if (SUCCEEDED(hr = find_or_create(job, &lane)))
        *dispatcher = lane->dispatcher;
    return hr;
}

HRESULT job_lane_may_fall_back(struct job *job)
{
    struct job_lane *lane;
    HRESULT hr;

    if (SUCCEEDED(hr = find_or_create(job, &lane)))
        hr = fallback_lane_hold(lane->fallback, job);
    return hr;
}

HRESULT job_lane_fall_back(struct job *job)
{
    struct job_lane *lane;
    HRESULT hr;

    if (SUCCEEDED(hr = find_or_create(job, &lane)))
        hr = fallback_lane_arm(lane->fallback, job);
    return hr;
}
