#include "com/status_dispatcher.h"

#include "base/clock.h"
#include "base/handle.h"
#include "base/log.h"
#include "base/mem.h"
#include "com/apartment.h"
#include "com/download_object.h"
#include "com/registrar.h"
#include "core/download.h"

#define QUIET_MS 300     /* a client that begins to wait after Start is ready by then */
#define WAIT_STEP_MS 500 /* real time after which a waiting Start looks again in any case */

struct status_dispatcher
{
    struct job_observer observer;
    struct registrar registrar;
    struct job *job; /* not counted: it owns this */
    HANDLE moved;    /* manual-reset: the state may have changed */

    /* under registrar.lock */
    unsigned int holds;
    UINT64 quiet_until;
    struct download_status told; /* to the present registration */
    UINT64 told_at;
};

/* ---- when to call ---- */

static UINT64 interval_of(struct job *job)
{
    UINT64 seconds = engine_job_number(job, JOB_CALLBACK_SECONDS);

    return 1000 * (seconds ? seconds : 1);
}

static bool is_over(enum download_state state)
{
    return state == DOWNLOAD_FINALIZED || state == DOWNLOAD_ABORTED;
}

static bool same_condition(const struct download_status *a, const struct download_status *b)
{
    return a->state == b->state && a->error == b->error && a->extended == b->extended;
}

/* Whether so many percent of the whole have come since the last call. */
static bool is_far_enough(const struct download_status *told, const struct download_status *now,
                          UINT64 percent)
{
    if (!percent || !now->bytes_total || now->bytes_transferred <= told->bytes_transferred)
        return false;
    return (double)(now->bytes_transferred - told->bytes_transferred) * 100.0 >=
           (double)now->bytes_total * (double)percent;
}

struct look
{
    struct download_status status;
    UINT64 interval;
    UINT64 percent;
    UINT64 next; /* when to look again */
};

static bool is_due_locked(struct status_dispatcher *dispatcher, struct look *look)
{
    const struct download_status *now = &look->status;
    bool repeats = now->state == DOWNLOAD_TRANSFERRING || now->state == DOWNLOAD_TRANSFERRED;
    UINT64 time = clock_now();

    look->next = CLOCK_NEVER;
    if (dispatcher->holds)
        return false; /* its end wakes */
    if (time < dispatcher->quiet_until)
    {
        look->next = dispatcher->quiet_until;
        return false;
    }
    if (!same_condition(&dispatcher->told, now))
        return true;
    if (!repeats)
        return false;
    if (is_far_enough(&dispatcher->told, now, look->percent))
        return true;
    look->next = dispatcher->told_at + look->interval;
    return time >= look->next;
}

/* ---- the lane ---- */

/* One look and at most one call; false when there was nothing to tell now. */
static bool tell_next(struct status_dispatcher *dispatcher, unsigned int run,
                      const struct registration *registration, UINT64 *next)
{
    struct registrar *registrar = &dispatcher->registrar;
    struct look look;
    DO_DOWNLOAD_STATUS status;
    bool due;

    look.interval = interval_of(dispatcher->job);
    look.percent = engine_job_number(dispatcher->job, JOB_CALLBACK_PERCENT);
    download_status(dispatcher->job, &look.status);
    lock_take(&registrar->lock);
    due = registrar_counts_locked(registrar, run, registration) && is_due_locked(dispatcher, &look);
    if (due)
    {
        dispatcher->told = look.status;
        dispatcher->told_at = clock_now();
    }
    lock_drop(&registrar->lock);
    *next = look.next;
    if (!due)
        return false;
    download_status_to_client(&look.status, &status);
    TRACE("state %d, %llu of %llu", (int)status.State, status.BytesTransferred, status.BytesTotal);
    notify_target_status(registration->target, (IDODownload *)registration->facade, &status);
    if (is_over(look.status.state))
        registrar_clear(registrar, registration);
    return true;
}

static UINT64 status_run(void *context, struct home *where)
{
    struct status_dispatcher *dispatcher = context;
    unsigned int run = registrar_begin(&dispatcher->registrar);
    struct registration *registration;
    UINT64 next = CLOCK_NEVER;
    bool more = true;

    while (more && (registration = registrar_find(&dispatcher->registrar, run, where)))
    {
        more = tell_next(dispatcher, run, registration, &next);
        registration_release(registration); /* may be the end of the job, not of this */
    }
    return more ? CLOCK_NEVER : next;
}

static void status_ended(void *context)
{
    struct status_dispatcher *dispatcher = context;

    handle_close(dispatcher->moved);
    mem_free(dispatcher);
}

static const struct lane_class status_lane = {status_run, status_ended};

/* ---- life ---- */

/* A new callback has been told nothing yet, and nobody needs to be told of Created. */
static void status_changed(struct registrar *registrar, bool registered)
{
    struct status_dispatcher *dispatcher =
        CONTAINER_OF(registrar, struct status_dispatcher, registrar);

    (void)registered;
    dispatcher->told = (struct download_status){.state = DOWNLOAD_CREATED};
    dispatcher->told_at = clock_now();
}

static struct status_dispatcher *from_observer(struct job_observer *observer)
{
    return CONTAINER_OF(observer, struct status_dispatcher, observer);
}

static void status_notify(struct job_observer *observer, const struct job_event *event)
{
    struct status_dispatcher *dispatcher = from_observer(observer);

    if (event->what & (JOB_EVENT_STATE | JOB_EVENT_FINAL))
        SetEvent(dispatcher->moved);
    registrar_wake(&dispatcher->registrar);
}

static void status_free(struct job_observer *observer)
{
    struct status_dispatcher *dispatcher = from_observer(observer);

    registrar_close(&dispatcher->registrar);
    registrar_release(&dispatcher->registrar);
}

static HRESULT status_create(struct job *job, struct status_dispatcher **out)
{
    struct status_dispatcher *created = mem_zalloc(sizeof(*created));
    HRESULT hr;

    if (!created)
        return E_OUTOFMEMORY;
    created->job = job;
    created->observer.notify = status_notify;
    created->observer.free = status_free;
    created->registrar.changed = status_changed;
    if (!(created->moved = handle_event(true, false)))
        hr = HRESULT_FROM_WIN32(GetLastError());
    else
        hr = registrar_init(&created->registrar, &status_lane, created);
    if (SUCCEEDED(hr))
    {
        *out = created;
        return S_OK;
    }
    status_ended(created);
    return hr;
}

HRESULT status_dispatcher_of(struct job *job, struct status_dispatcher **out)
{
    struct job_observer *attached = engine_observer(job);
    struct status_dispatcher *created;
    HRESULT hr;

    if (!attached)
    {
        if (FAILED(hr = status_create(job, &created)))
            return hr;
        attached = engine_attach_observer(job, &created->observer);
        if (attached != &created->observer)
            status_free(&created->observer); /* another thread was first */
    }
    *out = from_observer(attached);
    return S_OK;
}

/* ---- what clients ask for ---- */

static void be_quiet(struct status_dispatcher *dispatcher)
{
    lock_take(&dispatcher->registrar.lock);
    dispatcher->quiet_until = clock_now() + QUIET_MS;
    lock_drop(&dispatcher->registrar.lock);
}

HRESULT status_dispatcher_set(struct status_dispatcher *dispatcher, IUnknown *callback)
{
    IDODownload *facade;
    HRESULT hr;

    if (!callback)
    {
        registrar_clear(&dispatcher->registrar, NULL);
        return S_OK;
    }
    if (FAILED(hr = download_object_create(dispatcher->job, &facade)))
        return hr;
    be_quiet(dispatcher);
    hr = registrar_set(&dispatcher->registrar, PARCEL_OF_DOWNLOAD, callback, (IUnknown *)facade);
    IDODownload_Release(facade);
    return hr;
}

HRESULT status_dispatcher_get(struct status_dispatcher *dispatcher, IUnknown **callback)
{
    return registrar_query(&dispatcher->registrar, &IID_IUnknown, (void **)callback);
}

void status_dispatcher_hold(struct status_dispatcher *dispatcher)
{
    lock_take(&dispatcher->registrar.lock);
    dispatcher->holds++;
    lock_drop(&dispatcher->registrar.lock);
}

void status_dispatcher_resume(struct status_dispatcher *dispatcher)
{
    lock_take(&dispatcher->registrar.lock);
    dispatcher->holds--;
    lock_drop(&dispatcher->registrar.lock);
    be_quiet(dispatcher);
    registrar_wake(&dispatcher->registrar);
}

HRESULT status_dispatcher_wait(struct status_dispatcher *dispatcher)
{
    struct download_status status;

    for (;;)
    {
        ResetEvent(dispatcher->moved);
        download_status(dispatcher->job, &status);
        if (status.state != DOWNLOAD_TRANSFERRING)
            break;
        apartment_wait(dispatcher->moved, WAIT_STEP_MS);
    }
    return status.state == DOWNLOAD_ABORTED ? E_ABORT : status.error;
}
